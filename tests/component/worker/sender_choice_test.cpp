// Whose name stands on the handset.
#include "worker/sender_choice.hpp"

#include <gtest/gtest.h>

namespace pinwire::worker {
namespace {

class SenderChoice : public testing::Test {
protected:
    SenderChoice() {
        job_.account = account_name("acme");
        account_.default_sender = sender_name("Account");
        route_.sender = sender_name("Route");
    }
    std::string choice() const {
        return choose_sender(job_, &account_, &route_, rules_).sender.str();
    }

    sender_rules rules_;
    job job_;
    config::account_settings account_;
    config::route_settings route_;
};

TEST_F(SenderChoice, TheJobComesBeforeTheAccountBeforeTheRoute) {
    job_.from = sender_name("Job");
    EXPECT_EQ(choice(), "Job");
    job_.from = sender_name();
    EXPECT_EQ(choice(), "Account");
    account_.default_sender = sender_name();
    EXPECT_EQ(choice(), "Route");
    route_.sender = sender_name();
    EXPECT_EQ(choice(), "");
}

TEST_F(SenderChoice, NeedsNeitherARouteNorAKnownAccount) {
    EXPECT_EQ(choose_sender(job_, nullptr, nullptr, rules_).sender, sender_name());
    job_.from = sender_name("Job");
    EXPECT_EQ(choose_sender(job_, nullptr, nullptr, rules_).sender, sender_name("Job"));
    EXPECT_EQ(asked_sender(job_, nullptr, nullptr), sender_name("Job"));
}

TEST_F(SenderChoice, ACallPassesNamesOverForTheFirstNumber) {
    job_.channel = channel::voice;
    job_.from = sender_name("Job");
    route_.sender = sender_name("442071838750");
    EXPECT_EQ(choice(), "442071838750");
    account_.default_sender = sender_name("34911222333");
    EXPECT_EQ(choice(), "34911222333");
    job_.from = sender_name("4930123456");
    EXPECT_EQ(choice(), "4930123456");
}

TEST_F(SenderChoice, TheRouteKnowsItsDestinations) {
    job_.from = sender_name("Job");
    job_.to = *msisdn::parse("919711111111");
    route_.senders = {{"91", sender_name("ACMEIN")}};
    EXPECT_EQ(choice(), "ACMEIN");
    EXPECT_EQ(asked_sender(job_, &account_, &route_), sender_name("Job"));
    job_.to = *msisdn::parse("12125550100");
    route_.sender = sender_name("18005550100");
    EXPECT_EQ(choice(), "18005550100") << "the United States take no names";
}

TEST_F(SenderChoice, WhatIsAskedForFollowsTheSameOrder) {
    EXPECT_EQ(asked_sender(job_, &account_, &route_), sender_name("Account"));
    account_.default_sender = sender_name();
    EXPECT_EQ(asked_sender(job_, &account_, &route_), sender_name("Route"));
}

}  // namespace
}  // namespace pinwire::worker
