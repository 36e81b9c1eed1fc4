// Whose name stands on the handset.
#include "worker/sender_choice.hpp"

#include <gtest/gtest.h>

namespace pinwire::worker {
namespace {

class SenderChoice : public testing::Test {
protected:
    SenderChoice() {
        job_.account = account_name("acme");
        settings_.accounts[job_.account].default_sender = sender_name("Account");
        route_.sender = sender_name("Route");
    }
    std::string choice() const { return choose_sender(job_, settings_, &route_).str(); }
    config::account_settings& account() { return settings_.accounts[job_.account]; }

    job job_;
    config::settings settings_;
    config::route_settings route_;
};

TEST_F(SenderChoice, TheJobComesBeforeTheAccountBeforeTheRoute) {
    job_.from = sender_name("Job");
    EXPECT_EQ(choice(), "Job");
    job_.from = sender_name();
    EXPECT_EQ(choice(), "Account");
    account().default_sender = sender_name();
    EXPECT_EQ(choice(), "Route");
    route_.sender = sender_name();
    EXPECT_EQ(choice(), "");
}

TEST_F(SenderChoice, NeedsNeitherARouteNorAKnownAccount) {
    settings_.accounts.clear();
    EXPECT_EQ(choose_sender(job_, settings_, nullptr), sender_name());
    job_.from = sender_name("Job");
    EXPECT_EQ(choose_sender(job_, settings_, nullptr), sender_name("Job"));
}

TEST_F(SenderChoice, ACallPassesNamesOverForTheFirstNumber) {
    job_.channel = channel::voice;
    job_.from = sender_name("Job");
    route_.sender = sender_name("442071838750");
    EXPECT_EQ(choice(), "442071838750");
    account().default_sender = sender_name("34911222333");
    EXPECT_EQ(choice(), "34911222333");
    job_.from = sender_name("4930123456");
    EXPECT_EQ(choice(), "4930123456");
}

}  // namespace
}  // namespace pinwire::worker
