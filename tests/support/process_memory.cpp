#include "tests/support/process_memory.hpp"

#include <fmt/format.h>

#include <fstream>
#include <stdexcept>
#include <string>

namespace pinwire::test {

std::size_t peak_memory_kib(pid_t process) {
    std::ifstream from(fmt::format("/proc/{}/status", process));
    for (std::string word; from >> word;) {
        std::size_t kib = 0;
        if (word == "VmHWM:" && from >> kib) return kib;
    }
    throw std::runtime_error(fmt::format("the memory of process {} isn't shown", process));
}

bool memory_is_its_own() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    return false;
#else
    return true;
#endif
}

}  // namespace pinwire::test
