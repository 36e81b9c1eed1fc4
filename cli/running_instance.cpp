#include "cli/running_instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "cli/command.hpp"

namespace pinwire::cli {
namespace {

constexpr const char* lock_name = "instance.lock";
constexpr int tries_max = 3;  // a service that starts just now writes its number a moment later

failure not_allowed(const std::string& what, const std::filesystem::path& where) {
    return failure(
        exit_code::failed,
        fmt::format(
            "{} {}: {}; run it as root or as the service's user",
            what,
            where.string(),
            std::strerror(errno)
        )
    );
}

class lock_file {
public:
    explicit lock_file(const std::filesystem::path& file)
        : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (descriptor_ < 0) throw not_allowed("can't read", file);
    }
    ~lock_file() { ::close(descriptor_); }
    lock_file(const lock_file&) = delete;
    lock_file& operator=(const lock_file&) = delete;

    bool held() const {
        if (::flock(descriptor_, LOCK_SH | LOCK_NB) != 0) return true;
        ::flock(descriptor_, LOCK_UN);
        return false;
    }
    // "IDENTITY pid NUMBER machine MARK" (upkeep::instance_lock)
    pid_t holder() const {
        char text[256] = {};
        const auto got = ::pread(descriptor_, text, sizeof text - 1, 0);
        const char* mark = got > 0 ? std::strstr(text, " pid ") : nullptr;
        return mark != nullptr ? static_cast<pid_t>(std::strtol(mark + 5, nullptr, 10)) : -1;
    }

private:
    int descriptor_;
};

}  // namespace

std::optional<running_instance> running_instance::find(const std::filesystem::path& directory) {
    const lock_file lock(directory / lock_name);
    for (int i = 0; i < tries_max && lock.held(); ++i) {
        const auto pid = lock.holder();
        const int descriptor = pid > 0 ? static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)) : -1;
        // Only if it holds the lock still, the descriptor surely is of the holder.
        if (descriptor >= 0 && lock.held() && lock.holder() == pid)
            return running_instance(directory.filename().string(), pid, descriptor);
        if (descriptor >= 0) ::close(descriptor);
        ::poll(nullptr, 0, 50);
    }
    return std::nullopt;
}

running_instance::running_instance(running_instance&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(other.pid_),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

running_instance::~running_instance() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void running_instance::signal(int which) const {
    if (::syscall(SYS_pidfd_send_signal, descriptor_, which, nullptr, 0) != 0)
        throw not_allowed("can't signal", name_);
}

bool running_instance::wait_for_end(std::chrono::milliseconds limit) const {
    pollfd one{descriptor_, POLLIN, 0};
    return ::poll(&one, 1, static_cast<int>(limit.count())) > 0;
}

std::vector<running_instance> running_instances(const std::filesystem::path& state_dir) {
    std::error_code error;
    std::vector<std::filesystem::path> found;
    for (const auto& one : std::filesystem::directory_iterator(state_dir, error)) {
        std::error_code ignored;
        if (std::filesystem::exists(one.path() / lock_name, ignored)) found.push_back(one.path());
        if (ignored) {
            errno = ignored.value();
            throw not_allowed("can't look into", one.path());
        }
    }
    if (error) {
        errno = error.value();
        throw not_allowed("can't look into", state_dir);
    }
    std::sort(found.begin(), found.end());
    std::vector<running_instance> running;
    for (const auto& directory : found)
        if (auto one = running_instance::find(directory)) running.push_back(std::move(*one));
    return running;
}

}  // namespace pinwire::cli
