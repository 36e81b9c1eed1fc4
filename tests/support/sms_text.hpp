// What a handset shows of the bytes that an SMSC was given: GSM 03.38 with its extension table
// (unpacked, as SMPP carries it), or UCS-2. A table of the tests' own, so that ours is judged and
// not repeated. What has no character becomes U+FFFD.
#pragma once

#include <string>

namespace pinwire::test {

std::string text_of_gsm(const std::string& bytes);   // UTF-8
std::string text_of_ucs2(const std::string& bytes);  // big-endian, pairs joined; UTF-8

}  // namespace pinwire::test
