#include "common/upkeep/identity.hpp"

#include <gtest/gtest.h>

#include <array>

#include "common/core/key_fingerprint.hpp"

namespace pinwire::upkeep {
namespace {

std::string line(const char* kid, std::uint8_t seed, bool active) {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(seed);
    return key_ring::make_line(key_id(kid), bytes, active);
}

// `pinwire keys rotate` asks the heartbeats who has a key, and who still seals with one.
TEST(Identity, NamesEveryKeyAndTheOneThatItSealsWithFirst) {
    config::settings settings;
    settings.keys.ring =
        key_ring::parse(line("k1", 1, false) + line("k2", 2, true) + line("k3", 3, false));
    const auto who = identity_of(settings, "worker", new_epoch(), "worker-1/00");
    EXPECT_EQ(who.keys, (std::vector{key_id("k2"), key_id("k1"), key_id("k3")}));
    const auto mark = [&settings](const char* kid) {
        return key_mark(*settings.keys.ring, key_id(kid));
    };
    EXPECT_EQ(who.key_marks, (std::vector{mark("k1"), mark("k2"), mark("k3")}));
}

}  // namespace
}  // namespace pinwire::upkeep
