#include "tests/support/temp_dir.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <system_error>

namespace pinwire::test {

temp_dir::temp_dir() {
    std::string name = "/tmp/pw-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw std::system_error(errno, std::system_category(), "mkdtemp " + name);
    path_ = name;
}

temp_dir::~temp_dir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string unique_name(const std::string& prefix) {
    static std::atomic<unsigned> count{0};
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return fmt::format("{}_{}_{}_{:x}", prefix, ::getpid(), ++count, now);
}

}  // namespace pinwire::test
