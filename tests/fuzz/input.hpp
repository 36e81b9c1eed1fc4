// What the fuzz targets share: the rule that a broken promise aborts, and pieces of an input.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace pinwire::fuzz {

inline void must(bool holds) {
    if (!holds) std::abort();
}

inline bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

inline std::size_t longest_run_of_digits(std::string_view text) {
    std::size_t longest = 0;
    std::size_t now = 0;
    for (const char c : text) {
        now = is_digit(c) ? now + 1 : 0;
        longest = std::max(longest, now);
    }
    return longest;
}

// Bytes and lines from the front; what is left is the last piece.
class input {
public:
    input(const std::uint8_t* data, std::size_t size)
        : left_(reinterpret_cast<const char*>(data), size) {}
    explicit input(std::string_view bytes) : left_(bytes) {}

    // 0 when there is none.
    std::uint8_t byte() {
        if (left_.empty()) return 0;
        const auto first = static_cast<std::uint8_t>(left_.front());
        left_.remove_prefix(1);
        return first;
    }
    // Without its end; all that is left when there is none.
    std::string_view line() {
        const auto made = left_.substr(0, left_.find('\n'));
        left_.remove_prefix(std::min(made.size() + 1, left_.size()));
        return made;
    }
    std::string_view rest() const { return left_; }

private:
    std::string_view left_;
};

}  // namespace pinwire::fuzz
