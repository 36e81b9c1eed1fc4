// Small questions about UTF-8 text that decoders ask. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pinwire {

// Well-formed UTF-8: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text);
// A stranger's text as JSON and PostgreSQL can keep it: what is ill-formed and NUL become U+FFFD.
// Ends with a whole character, at `bytes_max` bytes at most.
std::string storable_text(std::string_view text, std::size_t bytes_max);
// Code points of well-formed UTF-8.
std::size_t characters_in(std::string_view text);
// C0, DEL or C1 (as UTF-8) anywhere.
bool has_control_characters(std::string_view text);
// 1 to 64 of [A-Za-z0-9._-]: job ids, PIN ids, account names.
bool is_identifier(std::string_view text);
// Without the white space around it: spaces, tabs, ends of lines.
std::string_view trimmed(std::string_view text);
// a-z become A-Z, in place: of a secret text no copy is left behind.
void upper_case(std::string& text);

}  // namespace pinwire
