// JSON from strangers, read strictly: no duplicate keys (the last would win silently), nesting
// bounded (dumping or copying a deep one overflows the stack), numbers taken only when they are
// what was asked for. Errors say which rule, never what stood there. The caller bounds the size.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string_view>

namespace pinwire {

enum class json_fault {
    not_json,       // also bad UTF-8 and numbers beyond a double
    duplicate_key,  // the same name twice in one object
    too_deep        // more than json_depth_max levels
};

inline constexpr int json_depth_max = 16;

std::string_view to_string(json_fault);

// Nothing when `into` holds the value; else it holds null.
std::optional<json_fault> read_json(std::string_view bytes, nlohmann::json& into);

// A JSON integer (no 1.0, no true, no "1") within the bounds.
std::optional<std::int64_t> integer_of(
    const nlohmann::json& value, std::int64_t least, std::int64_t most
);

}  // namespace pinwire
