// The text of a message that came as UCS-2 or UTF-16, as the handset shows it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace pinwire::sim {

void append_utf8(std::string& out, char32_t point);
// Big-endian, no byte order mark; an odd last byte is dropped.
std::string from_utf16_be(std::string_view bytes);

}  // namespace pinwire::sim
