#include "common/core/secret.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <new>
#include <ostream>
#include <string_view>
#include <type_traits>

namespace pinwire {
namespace {

template <class Value>
concept printable = requires(std::ostream& out, const Value& value) {
    out << value;
};

static_assert(!printable<secret>);
static_assert(!fmt::is_formattable<secret>::value);
static_assert(!std::is_convertible_v<secret, std::string>);
static_assert(!std::is_convertible_v<std::string, secret>);

TEST(Secret, RevealsOnlyWhenAsked) {
    EXPECT_EQ(secret("1234").reveal(), "1234");
}

TEST(Secret, ComparesByContents) {
    EXPECT_TRUE(secret("1234") == secret("1234"));
    EXPECT_FALSE(secret("1234") == secret("1235"));
    EXPECT_FALSE(secret("1234") == secret("12345"));
    EXPECT_TRUE(secret() == secret(""));
}

TEST(Secret, MovingLeavesNothingBehind) {
    secret from("1234");
    secret to(std::move(from));
    EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): that is the claim
    EXPECT_EQ(to.reveal(), "1234");
    secret assigned;
    assigned = std::move(to);
    EXPECT_TRUE(to.empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(assigned.reveal(), "1234");
}

// Looks at the object's own bytes: a short string lives inside it.
TEST(Secret, WipesTheBytesOfAShortText) {
    alignas(secret) unsigned char room[sizeof(secret)] = {};
    const auto holds = [&room] {
        const std::string_view bytes(reinterpret_cast<const char*>(room), sizeof(room));
        return bytes.find("847291") != std::string_view::npos;
    };
    auto* pin = new (room) secret(std::string("847291"));
    ASSERT_TRUE(holds());
    secret elsewhere(std::move(*pin));
    EXPECT_FALSE(holds());
    *pin = elsewhere;
    ASSERT_TRUE(holds());
    *pin = secret("1");
    EXPECT_FALSE(holds());
    pin->~secret();
}

TEST(Secret, AssigningToItselfKeepsIt) {
    secret pin("1234");
    const secret& same = pin;
    pin = same;
    EXPECT_EQ(pin.reveal(), "1234");
}

}  // namespace
}  // namespace pinwire
