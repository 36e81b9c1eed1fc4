// The support desk's answers, and what stands beside them: money. Pure.
#include "cli/why.hpp"

#include <gtest/gtest.h>

#include "cli/money.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::system_clock;

class Why : public testing::Test {
protected:
    Why() {
        story_.job.accepted_at = now_ - 1min;
        postgres::attempt_story attempt;
        attempt.carrier = carrier_name("alpha");
        story_.attempts.push_back(attempt);
    }
    void ended(sms_status sms, std::optional<dlr_status> delivery = {}) {
        story_.job.final_at = now_;
        story_.job.sms = sms;
        story_.job.delivery = delivery;
        if (sms == sms_status::sent) story_.job.sent_at = now_;
    }
    bool says(const std::string& part) const {
        const auto text = why_no_code(story_, pin_, now_);
        EXPECT_NE(text.find(part), std::string::npos) << text;
        return text.find(part) != std::string::npos;
    }

    const clock::time_point now_ = clock::time_point(1'800'000'000s);
    postgres::story story_;
    std::optional<pin_state> pin_;
};

TEST_F(Why, NothingWasSentHasItsReason) {
    ended(sms_status::not_sent);
    for (const auto& [reason, part] : std::vector<std::pair<std::string, std::string>>{
             {"lookup_refused", "lookup"},
             {"lookup_withheld", "a call may"},
             {"no_route", "no route"},
             {"cancelled", "worker running"},
             {"superseded", "newer PIN"},
             {"prefix_suspended", "pinwire suspended"},
             {"odd_new_reason", "odd_new_reason"},
             {"", "no reason"}}) {
        story_.job.reason = reason;
        says("Nothing was sent");
        says(part);
    }
}

TEST_F(Why, WhatIsUnderWaySaysWhereItIs) {
    postgres::due_story due;
    due.what = attempt_state::waiting;
    due.at = now_;
    story_.due = due;
    story_.attempts.back().error = "connect_failed";
    says("waits to be sent");
    says("connect_failed");
    story_.due->what = attempt_state::in_doubt;
    says("isn't known");
    story_.due->what = attempt_state::sent;
    says("alpha took it");
}

TEST_F(Why, TheCarriersWordIsPassedOn) {
    ended(sms_status::sent, dlr_status::delivrd);
    says("the handset has it");
    ended(sms_status::sent, dlr_status::expired);
    says("switched off");
    story_.attempts.back().dlr_error = "45";
    ended(sms_status::sent, dlr_status::rejectd);
    says("code 45");
    ended(sms_status::sent);
    says("never said");
}

TEST_F(Why, ACallSaysHowItWent) {
    ended(sms_status::sent);
    story_.job.channel = channel::voice;
    story_.job.sms.reset();
    story_.job.call = call_status::error_user_busy;
    says("busy");
    story_.job.call = call_status::processed;
    says("answered");
}

TEST_F(Why, ThePinsStateComesAfterIt) {
    ended(sms_status::sent, dlr_status::delivrd);
    pin_ = pin_state();
    pin_->expires_at = now_ - 1s;
    says("expired");
    pin_->tries_left = 0;
    says("no tries left");
    pin_->newer = true;
    says("newer PIN");
    pin_->verified_at = now_;
    says("was verified");
}

TEST(Money, ReadsAndWritesSixPlaces) {
    EXPECT_EQ(parse_micros("+12.50"), 12'500'000);
    EXPECT_EQ(parse_micros("-0.000001"), -1);
    EXPECT_EQ(parse_micros("3"), 3'000'000);
    for (const char* wrong : {"", "+", ".5", "1.", "1.0000001", "1e3", "1234567890", "--1", "1,5"})
        EXPECT_FALSE(parse_micros(wrong)) << wrong;
    EXPECT_EQ(micros_text(12'500'000), "12.50");
    EXPECT_EQ(micros_text(-1), "-0.000001");
    EXPECT_EQ(micros_text(0), "0.00");
    EXPECT_EQ(micros_text(80'000), "0.08");
}

}  // namespace
}  // namespace pinwire::cli
