// A guess from what was written to what became of it.
#include <gtest/gtest.h>

#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

using kind = postgres::guess_answer::kind;

class GuessPin : public testing::Test {
protected:
    GuessPin() {
        who.account = w.shop;
        w.pins.add(w.shop->name, pin_id("A1"), number("447700900123"), secret("12AB"));
    }

    guessed guess(std::string text) {
        postgres::pin_question which;
        which.pin = pin_id("A1");
        return run(w.guess.run(who, which, secret(std::move(text))));
    }
    guessed guess_by_number(std::string text) {
        postgres::pin_question which;
        which.to = number("447700900123");
        return run(w.guess.run(who, which, secret(std::move(text))));
    }

    world w;
    caller who;
};

TEST_F(GuessPin, TrimsAndRaisesWhatWasWritten) {
    EXPECT_EQ(guess(" 12ab\t").answer.what, kind::right);
}

TEST_F(GuessPin, CountsAWrongLengthAsAWrongGuess) {
    const auto told = guess("12A");
    EXPECT_EQ(told.answer.what, kind::wrong);
    EXPECT_EQ(told.answer.tries_left, 2);
    EXPECT_FALSE(w.pins.guesses.back().mac);
}

TEST_F(GuessPin, SaysGoneForAPinThatIsNotThere) {
    postgres::pin_question which;
    which.pin = pin_id("B2");
    const auto told = run(w.guess.run(who, which, secret("1234")));
    EXPECT_EQ(told.answer.what, kind::gone);
    EXPECT_TRUE(told.pin.pin.empty());
}

TEST_F(GuessPin, TakesTheNewestOfANumber) {
    w.pins.add(w.shop->name, pin_id("C3"), number("447700900123"), secret("9999"));
    const auto told = guess_by_number("9999");
    EXPECT_EQ(told.answer.what, kind::right);
    EXPECT_EQ(told.pin.pin, pin_id("C3"));
}

TEST_F(GuessPin, AsksUnderTheCallersAccountWhateverTheQuestionNames) {
    postgres::pin_question which;
    which.account = account_name("another");
    which.pin = pin_id("A1");
    EXPECT_EQ(run(w.guess.run(who, which, secret("12AB"))).answer.what, kind::right);
}

TEST_F(GuessPin, NamesTheLimitOfTheApplicationAndNumber) {
    auto& pin = *w.pins.at(w.shop->name, pin_id("A1"));
    pin.story.application = "APP";
    pin.verify_limit = rate_limit{1, std::chrono::milliseconds(3000)};
    EXPECT_EQ(guess("0000").answer.what, kind::wrong);
    EXPECT_EQ(guess("12AB").answer.what, kind::limited);
    EXPECT_EQ(w.pins.guesses.back().limit_scope, "verify:APP:447700900123");
}

TEST_F(GuessPin, StillAsksWhatBecameOfAPinBeyondGuessing) {
    w.pins.at(w.shop->name, pin_id("A1"))->dead = true;
    EXPECT_EQ(guess("12AB").answer.what, kind::used_up);
}

TEST_F(GuessPin, SaysThatTheRingLacksTheKey) {
    w.pins.at(w.shop->name, pin_id("A1"))->guess_key = key_id("zz");
    EXPECT_THROW(guess("12AB"), std::runtime_error);
}

}  // namespace
}  // namespace pinwire::api::test
