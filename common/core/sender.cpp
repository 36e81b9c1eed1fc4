#include "common/core/sender.hpp"

#include <algorithm>

namespace pinwire {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

bool is_sender(std::string_view text) {
    constexpr std::size_t digits_max = 15;
    constexpr std::size_t characters_max = 11;
    if (text.empty()) return false;
    if (std::all_of(text.begin(), text.end(), is_digit)) return text.size() <= digits_max;
    if (text.size() > characters_max) return false;
    if (text.front() == ' ' || text.back() == ' ') return false;
    const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == ' '; };
    return std::all_of(text.begin(), text.end(), allowed) &&
           std::any_of(text.begin(), text.end(), is_letter);
}

}  // namespace pinwire
