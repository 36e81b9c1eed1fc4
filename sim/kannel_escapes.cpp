#include "sim/kannel_escapes.hpp"

#include "common/core/form.hpp"
#include "sim/protocol.hpp"

namespace pinwire::sim {

namespace {

std::string with_plus(std::string_view number) {
    if (number.starts_with("00")) return "%2B" + percent_encode(number.substr(2));
    return percent_encode(number);
}

std::string unix_time(std::chrono::system_clock::time_point when) {
    return std::to_string(std::chrono::system_clock::to_time_t(when));
}

// YYYY-MM-DD+HH:MM: the space of the documented form, as a query has it.
std::string minute_time(std::chrono::system_clock::time_point when) {
    std::string text = space_time(when).substr(0, 16);
    text[10] = '+';
    return text;
}

// Known, but with nothing to say about our messages.
bool says_nothing(char letter) {
    constexpr std::string_view empty_ones = "NDBmMuOfvVkKsSrab";
    return empty_ones.find(letter) != empty_ones.npos;
}

bool append_text(std::string& out, char letter, const kannel_values& values) {
    const std::string* text = nullptr;
    switch (letter) {
        case 'A':
            text = &values.receipt;
            break;
        case 'F':
            text = &values.foreign_id;
            break;
        case 'I':
            text = &values.internal_id;
            break;
        case 'i':
            text = &values.smsc;
            break;
        case 'n':
            text = &values.user;
            break;
        case 'p':
            text = &values.sender;
            break;
        case 'P':
            text = &values.receiver;
            break;
        case 'o':
            text = &values.account;
            break;
        case 'c':
            text = &values.coding;
            break;
        case 'C':
            text = &values.charset;
            break;
        case 'R':
            text = &values.url;
            break;
        default:
            return false;
    }
    out += percent_encode(*text);
    return true;
}

}  // namespace

std::string fill_kannel_escapes(std::string_view pattern, const kannel_values& values) {
    std::string out;
    while (!pattern.empty()) {
        const auto percent = pattern.find('%');
        out += pattern.substr(0, percent);
        if (percent == pattern.npos) break;
        pattern.remove_prefix(percent);
        if (pattern.size() == 1) {
            out += '%';
            break;
        }
        const char letter = pattern[1];
        if (letter == 'd') {
            out += std::to_string(values.value);
        } else if (letter == 't') {
            out += minute_time(values.at);
        } else if (letter == 'T') {
            out += unix_time(values.at);
        } else if (letter == 'Q') {
            out += with_plus(values.sender);
        } else if (letter == 'q') {
            out += with_plus(values.receiver);
        } else if (letter == '%') {
            out += '%';
        } else if (!says_nothing(letter) && !append_text(out, letter, values)) {
            out += pattern.substr(0, 2);
        }
        pattern.remove_prefix(2);
    }
    return out;
}

}  // namespace pinwire::sim
