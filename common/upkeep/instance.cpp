#include "common/upkeep/instance.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fstream>
#include <span>
#include <stdexcept>

#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/ids.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::upkeep {
namespace {

constexpr std::size_t identity_digits = 32;
constexpr std::string_view machine_key = " machine ";

// "IDENTITY pid NUMBER machine MARK"; older versions wrote no machine.
struct lock_text {
    explicit lock_text(const std::string& all) {
        const auto at = std::min(all.find(machine_key), all.size());
        identity = all.substr(0, identity_digits);
        if (at > identity_digits)
            holder = all.substr(identity_digits + 1, at - identity_digits - 1);
        if (at < all.size()) machine = all.substr(at + machine_key.size());
    }
    std::string identity;
    std::string holder;
    std::string machine;
};

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

std::string machine_mark(std::string_view machine_id, std::string_view host_name) {
    const digest256 both = sha256(fmt::format("pinwire instance\n{}\n{}", machine_id, host_name));
    return hex_encode(std::span(both).first<16>());
}

std::string this_machine() {
    std::string id;
    std::ifstream("/etc/machine-id") >> id;
    char host[HOST_NAME_MAX + 1] = {};
    ::gethostname(host, sizeof host - 1);
    return machine_mark(id, host);
}

instance_lock::instance_lock(
    const std::filesystem::path& directory, const std::string& name, const std::string& machine
)
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
        const auto holder = lock_text(read_all(file_)).holder;
        ::close(file_);
        throw std::runtime_error(fmt::format(
            "{} is held by another process ({}): give each instance a name of its own (--instance)",
            path.string(),
            holder.empty() ? "unknown" : holder
        ));
    }
    const lock_text before(read_all(file_));
    const bool ours = before.machine.empty() || before.machine == machine;
    const bool kept = ours && parse_hex128(before.identity);
    const auto id = kept ? before.identity : to_hex(random_bytes<16>());
    write_all(file_, fmt::format("{} pid {}{}{}", id, ::getpid(), machine_key, machine));
    identity_ = name + "/" + id;
}

instance_lock::~instance_lock() {
    if (file_ >= 0) ::close(file_);
}

}  // namespace pinwire::upkeep
