// The words of an enumeration, as one constexpr table that is read both ways. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace pinwire {

template <class Value>
struct word {
    Value value;
    std::string_view text;
};

// "?": a number from a newer version's row.
template <class Words, class Value>
constexpr std::string_view text_of(const Words& words, Value value) {
    for (const auto& entry : words)
        if (entry.value == value) return entry.text;
    return "?";
}

template <class Value, class Words>
constexpr std::optional<Value> value_of(const Words& words, std::string_view text) {
    for (const auto& entry : words)
        if (entry.text == text) return entry.value;
    return std::nullopt;
}

}  // namespace pinwire
