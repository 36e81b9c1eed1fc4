// A key ring's file while it is changed: locked against a second change, read once, and replaced
// whole or not at all. The new file has the owner, group and mode of the old one and is on disk
// before it takes the name; so whoever opens the name reads one ring or the other, never half of
// one. Symbolic links are followed: the file is replaced, not the link. Throws failure.
#pragma once

#include <sys/stat.h>

#include <filesystem>

#include "cli/command.hpp"
#include "common/core/secret.hpp"

namespace pinwire::cli {

class ring_file {
public:
    explicit ring_file(const std::filesystem::path& name);
    ~ring_file();
    ring_file(const ring_file&) = delete;
    ring_file& operator=(const ring_file&) = delete;

    const secret& text() const noexcept { return text_; }
    // Once. When it fails, the file is as it was, or whole and new: read it before another step.
    void replace(const secret& text);

private:
    [[noreturn]] void fail(const char* doing, int code) const;
    // Somebody replaced it since it was opened: what was read is no longer what stands there.
    void expect_unchanged() const;
    void write(int fd, const secret& text) const;

    std::filesystem::path path_;
    int fd_ = -1;
    struct stat found_ {};
    secret text_;
};

}  // namespace pinwire::cli
