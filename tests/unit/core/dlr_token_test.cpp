// A token's parts, read without a key; what isn't laid out like one is none.
#include "common/core/dlr_token.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pinwire {
namespace {

const std::string id = "0123456789abcdef0123456789abcdef";
const std::string mac(token_mac_bytes * 2, 'e');

TEST(DlrToken, HasAnAttemptAKeyAndAMac) {
    for (const std::string key : {"a", "k2", "abc123"}) {
        const auto token = id + key + mac;
        const auto parts = split_dlr_token(token);
        ASSERT_TRUE(parts) << key;
        EXPECT_EQ(parts->attempt.hex(), id);
        EXPECT_EQ(parts->key, key);
        EXPECT_EQ(parts->mac, mac);
    }
}

TEST(DlrToken, IsNoneWithoutAKeyWithALongOneOrWithOtherCharacters) {
    const std::string odd[] = {
        "",
        id + mac,
        id + "abc1234" + mac,
        id + "K2" + mac,
        id + "k-" + mac,
        "g" + id.substr(1) + "k2" + mac,
        id + "k2" + "E" + mac.substr(1)};
    for (const auto& one : odd)
        EXPECT_FALSE(split_dlr_token(one)) << one;
}

}  // namespace
}  // namespace pinwire
