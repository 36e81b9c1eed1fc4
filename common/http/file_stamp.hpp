// Whether a file is another one than before, or says something else. Internal to common/http.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <string>

namespace pinwire::http {

struct file_stamp {
    dev_t device = 0;
    ino_t number = 0;
    off_t size = 0;
    time_t seconds = 0;
    long nanoseconds = 0;

    bool operator==(const file_stamp&) const = default;
};

// None: it isn't there or is empty, as it is for a moment when somebody writes it anew.
inline std::optional<file_stamp> stamp_of(const std::string& path) {
    struct stat seen {};
    if (::stat(path.c_str(), &seen) != 0 || seen.st_size == 0) return std::nullopt;
    file_stamp made;
    made.device = seen.st_dev;
    made.number = seen.st_ino;
    made.size = seen.st_size;
    made.seconds = seen.st_mtim.tv_sec;
    made.nanoseconds = seen.st_mtim.tv_nsec;
    return made;
}

}  // namespace pinwire::http
