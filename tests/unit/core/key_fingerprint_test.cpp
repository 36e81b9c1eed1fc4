#include "common/core/key_fingerprint.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>

namespace pinwire {
namespace {

key_ring ring_of(std::uint8_t seed) {
    std::array<std::uint8_t, 32> key{};
    std::iota(key.begin(), key.end(), seed);
    return key_ring::parse(
        key_ring::make_line(key_id("k1"), key, true) +
        key_ring::make_line(key_id("k11"), key, false)
    );
}

TEST(KeyFingerprint, TellsTwoKeysOfOneNameApart) {
    const key_id k1("k1");
    EXPECT_EQ(key_fingerprint(ring_of(1), k1), key_fingerprint(ring_of(1), k1));
    EXPECT_NE(key_fingerprint(ring_of(1), k1), key_fingerprint(ring_of(2), k1));
    EXPECT_EQ(key_fingerprint(ring_of(1), k1).size(), 16U);
    EXPECT_THROW(key_fingerprint(ring_of(1), key_id("k2")), std::invalid_argument);
}

TEST(KeyFingerprint, IsReadFromAHeartbeatThatGivesOne) {
    const auto ring = ring_of(1);
    const std::vector<std::string> words = {
        "k1", "k11", key_mark(ring, key_id("k11")), key_mark(ring, key_id("k1"))};
    EXPECT_EQ(marked_fingerprint(words, key_id("k1")), key_fingerprint(ring, key_id("k1")));
    EXPECT_EQ(marked_fingerprint(words, key_id("k11")), key_fingerprint(ring, key_id("k11")));
    EXPECT_FALSE(marked_fingerprint({"k1"}, key_id("k1"))) << "of an earlier version";
}

}  // namespace
}  // namespace pinwire
