// Places in JSON as the configuration names them (RFC 6901): "/messages/0/status", "~1" for a slash
// and "~0" for a tilde in a name; the empty pointer is the whole value. Nothing throws. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace pinwire {

bool is_json_pointer(std::string_view text);

// What stands there; null: nothing, or the pointer is none.
const nlohmann::json* at_pointer(const nlohmann::json& value, std::string_view pointer);

// A string as it is, an integer or a truth value written out; empty: nothing of that kind.
std::string scalar_at(const nlohmann::json& value, std::string_view pointer);

}  // namespace pinwire
