// How statuses move, against a naive model: a list of words in the design's order, of which a row
// keeps the one that stands furthest back. Every pair and triple in every order, and long random
// stories.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "common/core/status.hpp"

namespace pinwire {
namespace {

const std::vector<std::string> delivery_words{
    "ACCEPTD", "ENROUTE", "UNKNOWN", "EXPIRED", "DELETED", "UNDELIV", "REJECTD", "DELIVRD"};
const std::vector<std::string> call_words{
    "PENDING_ACCEPTED",
    "PROCESSING",
    "UNDEFINED",
    "ERROR",
    "BAD_REQUEST",
    "ERROR_ROUTE_NOT_AVAILABLE",
    "ERROR_NETWORK_NOT_AVAILABLE",
    "ERROR_NOT_ENOUGH_CREDITS",
    "ERROR_NO_ANSWER",
    "ERROR_USER_BUSY",
    "ANSWERED_MACHINE",
    "PROCESSED"};

std::string last_of(const std::vector<std::string>& told, const std::vector<std::string>& words) {
    const auto place = [&words](const std::string& word) {
        return std::find(words.begin(), words.end(), word) - words.begin();
    };
    return *std::max_element(told.begin(), told.end(), [&](const auto& left, const auto& right) {
        return place(left) < place(right);
    });
}

template <class Status, class Parse>
Status folded(const std::vector<std::string>& told, Parse parse) {
    std::optional<Status> row;
    for (const auto& word : told) {
        const auto now = fold(row, *parse(word));
        EXPECT_GE(now, row.value_or(now)) << "never backwards";
        row = now;
    }
    return *row;
}

template <class Status, class Parse>
void expect_model(const std::vector<std::string>& words, Parse parse) {
    for (const auto& a : words) {
        for (const auto& b : words) {
            EXPECT_EQ(to_string(folded<Status>({a, b}, parse)), last_of({a, b}, words));
            for (const auto& c : words) {
                const std::vector<std::string> told{a, b, c};
                EXPECT_EQ(to_string(folded<Status>(told, parse)), last_of(told, words));
            }
        }
    }
    std::mt19937 draws(6);
    for (int story = 0; story < 2000; ++story) {
        std::vector<std::string> told(1 + draws() % 12);
        for (auto& word : told)
            word = words[draws() % words.size()];
        const auto end = folded<Status>(told, parse);
        EXPECT_EQ(to_string(end), last_of(told, words));
        std::shuffle(told.begin(), told.end(), draws);
        EXPECT_EQ(folded<Status>(told, parse), end);
    }
}

TEST(LatticeModel, DeliveryEndsAtTheHighestWordInWhateverOrder) {
    expect_model<dlr_status>(delivery_words, parse_dlr_status);
}

TEST(LatticeModel, ACallEndsAtTheHighestWordInWhateverOrder) {
    expect_model<call_status>(call_words, parse_call_status);
}

// So it makes no difference whether a call's news is folded first or read as delivery first.
TEST(LatticeModel, WhatACallMeansForDeliveryNeverFallsWithIt) {
    for (const auto& a : call_words) {
        for (const auto& b : call_words) {
            const auto left = *parse_call_status(a);
            const auto right = *parse_call_status(b);
            EXPECT_EQ(delivery_of(fold(left, right)), fold(delivery_of(left), delivery_of(right)))
                << a << ' ' << b;
        }
    }
}

}  // namespace
}  // namespace pinwire
