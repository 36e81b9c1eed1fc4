// What a process has needed of memory, as the kernel counts it.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace pinwire::test {

// The most that was resident so far, in KiB. Throws std::runtime_error where it isn't shown.
std::size_t peak_memory_kib(pid_t process);

// False under a sanitizer, which keeps what was freed for a while.
bool memory_is_its_own();

}  // namespace pinwire::test
