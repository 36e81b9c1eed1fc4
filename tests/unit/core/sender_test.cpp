#include "common/core/sender.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

TEST(Sender, TakesElevenCharactersOrFifteenDigits) {
    for (const auto* text :
         {"A", "Acme", "Acme Ltd 24", "ABCDEFGHIJK", "1", "123456789012345", "7UP"})
        EXPECT_TRUE(is_sender(text)) << text;
}

TEST(Sender, RefusesEverythingElse) {
    for (const auto* text :
         {"",
          " ",
          "12 34",
          "ABCDEFGHIJKL",
          "1234567890123456",
          "12345678901A",
          "+447700900123",
          "Acme!",
          "Ac\nme",
          " Acme",
          "Acme ",
          "Añb"})
        EXPECT_FALSE(is_sender(text)) << text;
}

class SenderChoice : public testing::Test {
protected:
    SenderChoice() {
        wishes_.account = sender_name("Account");
        wishes_.route = sender_name("447700900999");
        wishes_.of_route = &put_;
    }
    std::string to(std::string_view digits, channel over = channel::sms) {
        const auto made = choose_sender(wishes_, over, digits, rules_);
        return made.sender.str() + (made.substituted ? " (substituted)" : "");
    }

    sender_wishes wishes_;
    sender_table put_;
    sender_rules rules_;
};

TEST_F(SenderChoice, TheJobComesBeforeTheAccountBeforeTheRoute) {
    wishes_.job = sender_name("Job");
    EXPECT_EQ(to("34600000000"), "Job");
    wishes_.job = sender_name();
    EXPECT_EQ(to("34600000000"), "Account");
    wishes_.account = sender_name();
    EXPECT_EQ(to("34600000000"), "447700900999") << "nobody asked for another: no substitution";
}

TEST_F(SenderChoice, WhereNoNamesAreTakenTheRoutesNumberStands) {
    EXPECT_EQ(to("12125550100"), "447700900999 (substituted)");
    EXPECT_EQ(to("17875550100"), "447700900999 (substituted)") << "Puerto Rico";
    EXPECT_EQ(to("8613800000000"), "447700900999 (substituted)");
    EXPECT_EQ(to("18765550100"), "Account") << "Jamaica takes names";
    wishes_.job = sender_name("18005550100");
    EXPECT_EQ(to("12125550100"), "18005550100") << "a number is taken everywhere";
}

TEST_F(SenderChoice, WithoutANumberTheCarriersOwnStands) {
    wishes_.route = sender_name("Route");
    EXPECT_EQ(to("12125550100"), " (substituted)");
}

TEST_F(SenderChoice, WhatTheRoutePutsForADestinationWins) {
    put_ = {{"91", sender_name("ACMEIN")}, {"9198", sender_name("ACMEDL")}};
    wishes_.job = sender_name("Job");
    EXPECT_EQ(to("919711111111"), "ACMEIN (substituted)");
    EXPECT_EQ(to("919811111111"), "ACMEDL (substituted)");
    wishes_.job = sender_name("ACMEIN");
    EXPECT_EQ(to("919711111111"), "ACMEIN") << "it was asked for";
    EXPECT_EQ(to("34600000000"), "ACMEIN");
}

TEST_F(SenderChoice, ACallShowsTheFirstNumber) {
    wishes_.job = sender_name("Job");
    put_ = {{"34", sender_name("Name")}};
    EXPECT_EQ(to("34600000000", channel::voice), "447700900999 (substituted)");
    wishes_.account = sender_name("34911222333");
    EXPECT_EQ(to("34600000000", channel::voice), "34911222333 (substituted)");
    wishes_.job = sender_name("4930123456");
    EXPECT_EQ(to("34600000000", channel::voice), "4930123456");
}

TEST_F(SenderChoice, TheRulesAreASetting) {
    rules_.numbers_only = {"34"};
    EXPECT_EQ(to("34600000000"), "447700900999 (substituted)");
    EXPECT_EQ(to("12125550100"), "Account");
}

}  // namespace
}  // namespace pinwire
