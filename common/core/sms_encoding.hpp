// How an SMS text goes over the air (PROTOCOLS 7): GSM 03.38 seven-bit characters, or UCS-2 when
// one character is outside its table, and how many parts that makes. Texts are UTF-8; ill-formed
// bytes count as U+FFFD (is_utf8 in text.hpp tells). Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace pinwire {

// Every character is in the default alphabet or its extension table.
bool is_gsm7(std::string_view utf8);

// Septets (extension characters take two) if is_gsm7, else UTF-16 units.
std::size_t sms_units(std::string_view utf8);

// 160 or 153 a part septets, 70 or 67 a part units; neither an escape pair nor a surrogate pair is
// split. An empty text is one part.
std::size_t sms_parts(std::string_view utf8);

// Big-endian, no byte order mark: what Kannel takes with coding=2.
std::string utf16be(std::string_view utf8);

// Replaces what GSM-7 lacks by what reads the same (ó by o, typographic quotes by plain ones); what
// has no such likeness stays.
std::string transliterate(std::string_view utf8);

}  // namespace pinwire
