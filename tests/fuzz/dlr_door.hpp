// The keys and the paths of a listener whose every carrier the fuzz targets and their seeds share:
// no input can guess a token, so seeds bring good ones.
#pragma once

#include <array>
#include <string>

#include "common/core/key_ring.hpp"

namespace pinwire::fuzz {

inline const key_ring& door_keys() {
    static const auto made = [] {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(7);
        return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true) + "\n");
    }();
    return made;
}

inline std::string door_of(const std::string& carrier) {
    const auto attempt = *attempt_id::parse("0193500b7c00a1b2c3d4e5f60718293a");
    return "/dlr/" + carrier + "/" + door_keys().dlr_token(carrier_name(carrier), attempt);
}

}  // namespace pinwire::fuzz
