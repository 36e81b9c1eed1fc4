// A TCP port on 127.0.0.1 that nobody listens on just now, by chance of a range that nobody gets
// who listens on port 0: between this answer and its use only another of these could take it. One
// thread. Throws std::system_error.
#pragma once

#include <cstdint>

namespace pinwire::test {

std::uint16_t free_port();

}  // namespace pinwire::test
