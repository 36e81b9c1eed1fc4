#include "cli/ring_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "common/config/descriptor.hpp"

namespace pinwire::cli {
namespace {

constexpr std::size_t ring_bytes_max = 64 * 1024;

std::filesystem::path resolved(const std::filesystem::path& name) {
    std::error_code wrong;
    auto path = std::filesystem::canonical(name, wrong);
    if (!wrong) return path;
    throw failure(
        exit_code::wrong,
        fmt::format(
            "{}: {}; `pinwire keys make --file` makes a ring", name.string(), wrong.message()
        )
    );
}

// 0, or errno.
int read_all(int fd, std::string& into) {
    std::size_t used = 0;
    while (used < into.size()) {
        const auto got =
            ::pread(fd, into.data() + used, into.size() - used, static_cast<off_t>(used));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    into.resize(used);
    return 0;
}

}  // namespace

ring_file::ring_file(const std::filesystem::path& name) : path_(resolved(name)) {
    fd_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
    if (fd_ < 0) fail("can't be read", errno);
    const auto refuse = [this](const std::string& why) {
        ::close(fd_);
        throw failure(exit_code::wrong, path_.string() + " " + why);
    };
    if (::fstat(fd_, &found_) != 0) refuse("can't be looked at");
    if (!S_ISREG(found_.st_mode)) refuse("is no regular file");
    if ((found_.st_mode & 007) != 0) refuse("may be read or written by others (chmod o-rwx)");
    if (static_cast<std::size_t>(found_.st_size) > ring_bytes_max)
        refuse("is too large for a ring");
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) refuse("is being changed by another process");
    std::string text(static_cast<std::size_t>(found_.st_size), '\0');
    if (const int code = read_all(fd_, text); code != 0)
        refuse("can't be read: " + std::generic_category().message(code));
    text_ = secret(std::move(text));
}

ring_file::~ring_file() {
    ::close(fd_);
}

void ring_file::fail(const char* doing, int code) const {
    throw failure(
        exit_code::failed,
        fmt::format("{} {}: {}", path_.string(), doing, std::generic_category().message(code))
    );
}

void ring_file::expect_unchanged() const {
    struct stat now {};
    const bool same = ::stat(path_.c_str(), &now) == 0 && now.st_ino == found_.st_ino &&
                      now.st_dev == found_.st_dev && now.st_size == found_.st_size &&
                      now.st_mtim.tv_sec == found_.st_mtim.tv_sec &&
                      now.st_mtim.tv_nsec == found_.st_mtim.tv_nsec;
    if (same) return;
    throw failure(
        exit_code::failed, path_.string() + " was changed meanwhile: nothing was done, try again"
    );
}

// Content, owner, mode, and all of it on disk.
void ring_file::write(int fd, const secret& text) const {
    const auto bytes = text.reveal();
    for (std::size_t written = 0; written < bytes.size();) {
        const auto some = ::write(fd, bytes.data() + written, bytes.size() - written);
        if (some < 0 && errno != EINTR) fail("can't be replaced", errno);
        if (some > 0) written += static_cast<std::size_t>(some);
    }
    struct stat made {};
    if (::fstat(fd, &made) != 0) fail("can't be replaced", errno);
    const bool same_owner = made.st_uid == found_.st_uid && made.st_gid == found_.st_gid;
    if (!same_owner && ::fchown(fd, found_.st_uid, found_.st_gid) != 0)
        fail("can't be replaced by a file of the same owner", errno);
    if (::fchmod(fd, found_.st_mode & 07777) != 0) fail("can't be replaced", errno);
    if (::fsync(fd) != 0) fail("can't be replaced", errno);
    std::string again(bytes.size() + 1, '\0');
    const int code = read_all(fd, again);
    const bool good = code == 0 && again == bytes;
    const secret wiped(std::move(again));
    if (!good) fail("can't be replaced: the new file reads otherwise", code == 0 ? EIO : code);
}

void ring_file::replace(const secret& text) {
    const auto folder = path_.parent_path();
    const auto fresh = folder / ("." + path_.filename().string() + ".new");
    // the lock is ours: what stands there is left of one that was killed
    if (::unlink(fresh.c_str()) != 0 && errno != ENOENT) fail("can't be replaced", errno);
    const descriptor file(
        ::open(fresh.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
    );
    if (file.get() < 0) fail("can't be replaced", errno);
    try {
        write(file.get(), text);
        expect_unchanged();
        if (::rename(fresh.c_str(), path_.c_str()) != 0) fail("can't be replaced", errno);
    } catch (...) {
        ::unlink(fresh.c_str());
        throw;
    }
    const descriptor held(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (held.get() < 0 || ::fsync(held.get()) != 0)
        fail("was replaced; whether that outlives a power failure isn't known", errno);
}

}  // namespace pinwire::cli
