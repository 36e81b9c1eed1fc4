// A TCP port on 127.0.0.1 that nobody listens on just now. Programs that can listen on port 0 and
// tell what they got should do that: between this answer and its use somebody else may take the
// port. Throws std::system_error.
#pragma once

#include <cstdint>

namespace pinwire::test {

std::uint16_t free_port();

}  // namespace pinwire::test
