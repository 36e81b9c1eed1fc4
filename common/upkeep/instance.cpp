#include "common/upkeep/instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/core/ids.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::upkeep {
namespace {

constexpr std::size_t identity_digits = 32;

std::string read_all(int file) {
    char buffer[256];
    const auto got = ::pread(file, buffer, sizeof buffer, 0);
    return got > 0 ? std::string(buffer, static_cast<std::size_t>(got)) : std::string();
}

void write_all(int file, const std::string& text) {
    const auto size = static_cast<ssize_t>(text.size());
    if (::pwrite(file, text.data(), text.size(), 0) != size || ::ftruncate(file, size) != 0) {
        throw std::runtime_error(
            fmt::format("can't write the instance's lock file: {}", std::strerror(errno))
        );
    }
}

}  // namespace

instance_lock::instance_lock(const std::filesystem::path& directory, const std::string& name)
    : directory_(directory / name) {
    std::error_code ignored;
    std::filesystem::create_directories(directory_, ignored);
    const auto path = directory_ / "instance.lock";
    file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) {
        throw std::runtime_error(fmt::format(
            "can't open {}: {}; state_dir must be a directory that this user may write",
            path.string(),
            std::strerror(errno)
        ));
    }
    if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
        const auto holder = read_all(file_);
        ::close(file_);
        throw std::runtime_error(fmt::format(
            "{} is held by another process ({}): give each instance a name of its own (--instance)",
            path.string(),
            holder.size() > identity_digits ? holder.substr(identity_digits + 1) : "unknown"
        ));
    }
    auto id = read_all(file_).substr(0, identity_digits);
    if (!parse_hex128(id)) id = to_hex(random_bytes<16>());
    write_all(file_, fmt::format("{} pid {}", id, ::getpid()));
    identity_ = name + "/" + id;
}

instance_lock::~instance_lock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace pinwire::upkeep
