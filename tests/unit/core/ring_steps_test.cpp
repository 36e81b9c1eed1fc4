#include "common/core/ring_steps.hpp"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>

#include "common/core/key_ring.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using namespace std::chrono_literals;

const auto now = *parse_rfc3339("2026-06-01T12:00:00Z");
constexpr auto week = std::chrono::hours(7 * 24);

std::array<std::uint8_t, 32> bytes(std::uint8_t seed) {
    std::array<std::uint8_t, 32> made{};
    made.fill(seed);
    return made;
}

std::string line(const char* kid, std::uint8_t seed, const std::string& marks = "") {
    auto made = key_ring::make_line(key_id(kid), bytes(seed), false);
    made.pop_back();
    return made + (marks.empty() ? "" : " " + marks) + "\n";
}

const ring_step& taken(const ring_answer& answer) {
    static const ring_step none;
    const auto* step = std::get_if<ring_step>(&answer);
    if (step == nullptr) ADD_FAILURE() << std::get<std::string>(answer);
    return step == nullptr ? none : *step;
}

std::string text_of(const ring_answer& answer) {
    return std::string(taken(answer).text.reveal());
}

std::string why(const ring_answer& answer) {
    const auto* said = std::get_if<std::string>(&answer);
    EXPECT_NE(said, nullptr) << "it was taken";
    return said == nullptr ? std::string() : *said;
}

ring_key_state state_of(const std::string& text, const char* kid) {
    for (const auto& one : ring_entries(text)) {
        if (one.id == key_id(kid)) return one.state;
    }
    throw std::logic_error("no such key");
}

TEST(RingSteps, AWholeRotationKeepsEveryPinAndTokenReadable) {
    const auto first = line("k1", 1, "active");
    const auto before = key_ring::parse(first);
    const auto spread = text_of(spread_key(first, key_id("k2"), bytes(2)));
    const auto between = key_ring::parse(spread);
    EXPECT_EQ(between.active(), key_id("k1")) << "nobody seals with a key that is only spread";
    const auto used = text_of(use_key(spread, std::nullopt, now));
    const auto after = key_ring::parse(used);
    EXPECT_EQ(after.active(), key_id("k2"));
    // each ring opens what either of its neighbours makes
    const nonce96 nonce{};
    const auto attempt = *attempt_id::parse("0190a8b1c2d3e4f50123456789abcdef");
    const carrier_name carrier("acme");
    for (const auto* writer : {&before, &between, &after}) {
        for (const auto* reader : {&between, &after}) {
            const auto sealed = writer->seal(secret("1234"), "c", nonce);
            EXPECT_TRUE(reader->unseal(sealed, "c"));
            EXPECT_TRUE(
                reader->verify_dlr_token(carrier, writer->dlr_token(carrier, attempt), now + week)
            );
        }
    }
    const auto dropped = text_of(drop_key(used, std::nullopt, now + week, week));
    EXPECT_EQ(key_ring::parse(dropped).ids(), std::vector{key_id("k2")});
}

TEST(RingSteps, OnlyTheLinesThatChangeAreWrittenAnew) {
    const std::string comment = "# the ring of the first site\n\n";
    const auto old = line("k0", 9, "retired=2026-01-01T00:00:00Z");
    const auto text = comment + old + "  " + line("k1", 1, "active   # since spring") +
                      line("k2", 2, "# for June");
    const auto used = text_of(use_key(text, std::nullopt, now));
    EXPECT_TRUE(used.starts_with(comment + old)) << used;
    EXPECT_NE(used.find("retired=2026-06-01T12:00:00.000000Z  # since spring\n"), used.npos);
    EXPECT_NE(used.find(" active  # for June\n"), used.npos) << used;
    EXPECT_EQ(key_ring::parse(used).ids().size(), 3U);
}

TEST(RingSteps, AFileWithoutANewlineAtItsEndGetsAWholeNewLine) {
    auto text = line("k1", 1, "active");
    text.pop_back();
    const auto spread = text_of(spread_key(text, key_id("k2"), bytes(2)));
    EXPECT_EQ(key_ring::parse(spread).ids().size(), 2U);
    EXPECT_EQ(spread, line("k1", 1, "active") + line("k2", 2));
}

TEST(RingSteps, ASecondKeyIsSpreadOnlyWhenTheFirstIsUsed) {
    const auto text = line("k1", 1, "active") + line("k2", 2);
    EXPECT_NE(
        why(spread_key(text, key_id("k3"), bytes(3))).find("k2 is spread"), std::string::npos
    );
    const auto used = text_of(use_key(text, std::nullopt, now));
    EXPECT_EQ(taken(spread_key(used, key_id("k3"), bytes(3))).before, key_id("k2"));
}

TEST(RingSteps, RefusesWhatMakesNoSense) {
    const auto one = line("k1", 1, "active");
    EXPECT_NE(why(spread_key(one, key_id("k1"), bytes(2))).find("already"), std::string::npos);
    EXPECT_NE(why(use_key(one, std::nullopt, now)).find("no key is spread"), std::string::npos);
    EXPECT_NE(why(use_key(one, key_id("k1"), now)).find("used already"), std::string::npos);
    EXPECT_NE(why(use_key(one, key_id("k9"), now)).find("no key k9"), std::string::npos);
    EXPECT_NE(why(drop_key(one, std::nullopt, now, week)).find("no key"), std::string::npos);
    EXPECT_NE(why(drop_key(one, key_id("k1"), now, week)).find("not retired"), std::string::npos);
    const auto two = one + line("k2", 2) + line("k3", 3);
    EXPECT_NE(why(use_key(two, std::nullopt, now)).find("--id"), std::string::npos);
    EXPECT_EQ(taken(use_key(two, key_id("k3"), now)).key, key_id("k3"));
    EXPECT_THROW(spread_key("no ring", key_id("k1"), bytes(1)), std::runtime_error);
    EXPECT_THROW(spread_key(one, key_id("UP"), bytes(1)), std::runtime_error);
}

TEST(RingSteps, AFullRingTakesNoKey) {
    auto text = line("k", 1, "active");
    for (std::uint8_t i = 1; i < ring_keys_max; ++i) {
        const auto kid = "r" + std::to_string(i);
        text += line(kid.c_str(), static_cast<std::uint8_t>(i + 1), "retired=2026-01-01T00:00:00Z");
    }
    EXPECT_NE(why(spread_key(text, key_id("new"), bytes(99))).find("--drop"), std::string::npos);
    const auto room = text_of(drop_key(text, std::nullopt, now, week));
    EXPECT_EQ(ring_entries(text_of(spread_key(room, key_id("new"), bytes(99)))).size(), 16U);
}

TEST(RingSteps, ADroppedKeyIsTheOneRetiredLongestAndNeverTooEarly) {
    const auto text = line("k1", 1, "retired=2026-05-25T12:00:00Z") +
                      line("k0", 2, "retired=2026-05-01T00:00:00Z") + line("k2", 3, "active");
    EXPECT_EQ(taken(drop_key(text, std::nullopt, now, week)).key, key_id("k0"));
    EXPECT_EQ(taken(drop_key(text, key_id("k1"), now, week)).key, key_id("k1"));
    EXPECT_NE(
        why(drop_key(text, key_id("k1"), now - 1s, week)).find("until 2026-06-01T12:00:00"),
        std::string::npos
    );
}

TEST(RingSteps, TheWayBackMakesTheOldKeyTheUsedOneAgain) {
    const auto text = line("k1", 1, "active") + line("k2", 2);
    const auto used = text_of(use_key(text, std::nullopt, now));
    const auto back = text_of(use_key(used, key_id("k1"), now + 1h));
    EXPECT_EQ(key_ring::parse(back).active(), key_id("k1"));
    EXPECT_EQ(state_of(back, "k1"), ring_key_state::used);
    EXPECT_EQ(state_of(back, "k2"), ring_key_state::retired);
}

// Rings that were rotated by hand, before there was a command for it, have old keys without a date.
TEST(RingSteps, AnOldKeyWithoutADateIsNotTakenForASpreadOne) {
    const auto text = line("k1", 1) + line("k2", 2, "active");
    EXPECT_EQ(state_of(text, "k1"), ring_key_state::kept);
    EXPECT_NE(why(use_key(text, std::nullopt, now)).find("no key is spread"), std::string::npos);
    const auto spread = text_of(spread_key(text, key_id("k3"), bytes(3)));
    EXPECT_EQ(taken(use_key(spread, std::nullopt, now)).key, key_id("k3"));
    EXPECT_NE(why(drop_key(text, key_id("k1"), now, week)).find("nobody wrote"), std::string::npos);
}

}  // namespace
}  // namespace pinwire
