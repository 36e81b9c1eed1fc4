// The % escapes that Kannel fills into a dlr-url. As in Kannel, a % with a letter it doesn't know
// stays as it is, so percent-encoded bytes survive unless their first digit is one of its letters
// (%F0 loses its %F): a trap for whoever builds the URL. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace pinwire::sim {

struct kannel_values {
    unsigned value = 0;                        // %d: 1, 2, 4, 8, 16
    std::string receipt;                       // %A
    std::string foreign_id;                    // %F
    std::string internal_id;                   // %I
    std::string smsc;                          // %i
    std::string user;                          // %n
    std::string sender;                        // %p
    std::string receiver;                      // %P
    std::string account;                       // %o
    std::string coding;                        // %c
    std::string charset;                       // %C
    std::string url;                           // %R: as it was given
    std::chrono::system_clock::time_point at;  // %t, %T
};

std::string fill_kannel_escapes(std::string_view pattern, const kannel_values& values);

}  // namespace pinwire::sim
