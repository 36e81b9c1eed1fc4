// JSON pointers (RFC 6901), as an operator writes them to say where in an answer something stands.
// Pure; never throws.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

namespace pinwire::lookup {

// "" (the whole answer), or /-separated steps in which ~0 is ~ and ~1 is /.
bool is_json_pointer(std::string_view text);

// Null when nothing stands there, or the pointer is none.
const nlohmann::json* find_at(const nlohmann::json& in, std::string_view pointer);

}  // namespace pinwire::lookup
