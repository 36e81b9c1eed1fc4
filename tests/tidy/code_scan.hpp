// Small questions about blanked C++ text (source::code), answered without a parser: good enough for
// code that clang-format has laid out. Positions are byte offsets; `npos` means "none".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire::tidy {

bool is_name_char(char c);

// Starts of the whole word.
std::vector<std::size_t> find_word(std::string_view code, std::string_view word);

// The last non-space position before `position`.
std::size_t previous(std::string_view code, std::size_t position);
// The word that ends at `position` inclusive; empty if no word does.
std::string_view word_ending_at(std::string_view code, std::size_t position);

// For each bracket of any kind its partner, for everything else npos. A `<` is no bracket here.
std::vector<std::size_t> match_brackets(std::string_view code);

enum class brace_kind {
    block,        // of a function, a branch, a class, a namespace
    lambda,       // a lambda's body
    initialiser,  // Type{...}, {...} as an argument or a value
};
brace_kind classify_brace(
    std::string_view code, const std::vector<std::size_t>& partners, std::size_t brace
);

// True if the `[` starts a lambda that captures something.
bool is_capturing(
    std::string_view code, const std::vector<std::size_t>& partners, std::size_t bracket
);

}  // namespace pinwire::tidy
