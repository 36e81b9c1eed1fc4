// Reads and writes "127.0.0.1:8081" and "[::1]:8081": numeric addresses only, so that a listener
// never depends on a resolver. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/config/settings.hpp"

namespace pinwire::config {

std::optional<listen_address> parse_listen_address(std::string_view text);
std::string to_string(const listen_address& listen);

}  // namespace pinwire::config
