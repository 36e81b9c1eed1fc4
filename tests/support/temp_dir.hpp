// A directory of a test's own directly below /tmp: short enough for a Unix socket's path. It goes
// with the object, with all that is in it. Throws std::system_error where it can't be made.
#pragma once

#include <filesystem>
#include <string>

namespace pinwire::test {

class temp_dir {
public:
    temp_dir();
    ~temp_dir();
    temp_dir(const temp_dir&) = delete;
    temp_dir& operator=(const temp_dir&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

// Unique on this machine, of [a-z0-9_] only: for databases, topics and groups in a shared cluster.
std::string unique_name(const std::string& prefix);

}  // namespace pinwire::test
