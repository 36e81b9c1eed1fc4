#include "common/core/msisdn.hpp"

namespace pinwire {
namespace {

constexpr std::size_t text_max = 64;  // nobody writes a number with more separators than that
constexpr std::size_t digits_min = 7;
constexpr std::size_t digits_max = 15;

bool is_separator(char c) {
    return c == ' ' || c == '-' || c == '.' || c == '(' || c == ')';
}

}  // namespace

std::optional<msisdn> msisdn::parse(std::string_view text) {
    if (text.size() > text_max) return std::nullopt;
    std::string digits;
    bool plus = false;
    for (const char c : text) {
        if (is_separator(c)) continue;
        if (c == '+') {
            if (plus || !digits.empty()) return std::nullopt;
            plus = true;
            continue;
        }
        if (c < '0' || c > '9') return std::nullopt;
        digits.push_back(c);
    }
    if (!plus && digits.starts_with("00")) digits.erase(0, 2);
    if (digits.size() < digits_min || digits.size() > digits_max) return std::nullopt;
    if (digits.front() == '0') return std::nullopt;
    return msisdn(std::move(digits));
}

std::string msisdn::masked() const {
    constexpr std::size_t head = 4;
    constexpr std::size_t tail = 2;
    std::string text = digits_;
    for (std::size_t i = head; i + tail < text.size(); ++i)
        text[i] = '*';
    return text;
}

}  // namespace pinwire
