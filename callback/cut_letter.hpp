// What stays in pin.dlrs.dead of a body that is too large for a record: its beginning, sealed like
// a whole one, and headers that say how long it was and what its SHA-256 was. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/kafka/producer.hpp"

namespace pinwire::callback {

inline constexpr std::size_t kept_of_body = 16 * 1024;  // enough to see what it is

inline std::string beginning_of(std::string_view body) {
    return std::string(body.substr(0, kept_of_body));
}

// Nothing if its beginning is the whole of it.
inline void note_cut(kafka::message& letter, std::string_view body) {
    if (body.size() <= kept_of_body) return;
    const auto add = [&letter](const char* name, std::string value) {
        kafka::header made;
        made.name = name;
        made.value = std::move(value);
        letter.headers.push_back(std::move(made));
    };
    add("x-sha256", hex_encode(sha256(body)));
    add("x-bytes", std::to_string(body.size()));
}

}  // namespace pinwire::callback
