// How a line of the key ring's file falls into words: KID BASE64 [active] [retired=TIME] [#
// comment]. Pure; what is given back points into the line.
#pragma once

#include <string_view>

namespace pinwire {

inline std::string_view without_comment(std::string_view line) {
    return line.substr(0, line.find('#'));
}

// The next word of a line; empty at its end.
inline std::string_view take_word(std::string_view& line) {
    constexpr std::string_view blanks = " \t\r";
    const auto begin = line.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return line = {};
    line.remove_prefix(begin);
    const auto word = line.substr(0, line.find_first_of(blanks));
    line.remove_prefix(word.size());
    return word;
}

}  // namespace pinwire
