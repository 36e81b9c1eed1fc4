// Small helpers that several statements share; private to this module.
#pragma once

#include <algorithm>
#include <optional>
#include <string>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/errors.hpp"
#include "common/postgres/result.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

// A nullable smallint as the status that it stands for.
template <class Enum>
std::optional<Enum> status_of(const row& from, int column) {
    const auto number = from.maybe_int16(column);
    if (!number) return std::nullopt;
    return static_cast<Enum>(*number);
}

inline content_hash_bytes hash_of(const row& from, int column) {
    const auto bytes = from.bytes(column);
    content_hash_bytes out{};
    if (bytes.size() != out.size()) throw unexpected_answer("a content hash of another size");
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

inline std::optional<std::string> null_if_empty(const std::string& value) {
    if (value.empty()) return std::nullopt;
    return value;
}

}  // namespace pinwire::postgres
