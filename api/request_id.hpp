// The name of a request, on its answer and in the log: the caller's own if it is well-formed. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinwire::api {

// `given` when it is 1 to 64 of [A-Za-z0-9._-], else the random bytes in hex.
std::string request_id_of(std::string_view given, const std::array<std::uint8_t, 16>& random);

}  // namespace pinwire::api
