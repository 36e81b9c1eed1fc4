#include "tests/support/machine_clock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <system_error>

namespace pinwire::test {
namespace {

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

}  // namespace

machine_clock::machine_clock() {
    file_ = ::open((directory_ / "ahead").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file_ < 0) fail("a clock's file");
    be_ahead(std::chrono::nanoseconds(0));
}

machine_clock::~machine_clock() {
    if (file_ >= 0) ::close(file_);
}

std::vector<std::pair<std::string, std::string>> machine_clock::environment() const {
    std::vector<std::pair<std::string, std::string>> made = {
        {"LD_PRELOAD", PINWIRE_CLOCK_SHIFT_LIBRARY},
        {"PINWIRE_CLOCK_SHIFT", (directory_ / "ahead").string()}};
#if defined(__SANITIZE_ADDRESS__)
    // it wants to be the first library itself, though nothing of ours is in its way
    const char* const given = std::getenv("ASAN_OPTIONS");
    const std::string options = given == nullptr ? "" : std::string(given) + ":";
    made.emplace_back("ASAN_OPTIONS", options + "verify_asan_link_order=0");
#endif
    return made;
}

void machine_clock::be_ahead(std::chrono::nanoseconds by) {
    const std::int64_t written = by.count();
    if (::pwrite(file_, &written, sizeof(written), 0) != sizeof(written)) fail("setting a clock");
}

}  // namespace pinwire::test
