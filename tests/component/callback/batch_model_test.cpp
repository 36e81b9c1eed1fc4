// Every pair and triple of statuses, in every order and cut into batches in every way, against a
// naive row that keeps the highest. And what a batch keeps to park says no less than it settles.
#include <gtest/gtest.h>

#include <algorithm>

#include "callback/batch_of_dlrs.hpp"

namespace pinwire::callback {
namespace {

enum class known_by { token, reference, carrier_id };

attempt_id some_attempt() {
    return *attempt_id::parse(std::string(32, 'a'));
}

const auto then = std::chrono::system_clock::time_point(std::chrono::hours(490'000));

// Statuses are 1 to 8; a call's 1 to 12, named from 101 on. 0: a word that nobody knows.
dlr told(int what, known_by how) {
    dlr made;
    made.carrier = carrier_name("alpha");
    if (how == known_by::token) made.token = some_attempt();
    if (how == known_by::reference) made.reference = some_attempt();
    if (how == known_by::carrier_id) made.carrier_message_id = "m1";
    if (what > 100) made.call = static_cast<call_status>(what - 100);
    if (what > 0 && what < 100) made.status = static_cast<dlr_status>(what);
    made.raw_status = "W" + std::to_string(what);
    made.intake_at = then;
    return made;
}

// What the design's table says of calls, written once more.
int delivery_rank(int what) {
    if (what < 100) return what;
    const int call = what - 100;
    if (call <= 2) return 2;
    if (call == 3) return 3;
    return call == 12 ? 8 : 6;
}

struct naive_row {
    int delivery = 0;
    int call = 0;

    void tell(int what) {
        delivery = std::max(delivery, delivery_rank(what));
        if (what > 100) call = std::max(call, what - 100);
    }
    bool operator==(const naive_row&) const = default;
};

void PrintTo(const naive_row& row, std::ostream* out) {
    *out << row.delivery << '/' << row.call;
}

void settle_into(naive_row& row, const postgres::dlr_entry& entry) {
    if (entry.status) row.delivery = std::max(row.delivery, static_cast<int>(*entry.status));
    if (entry.call) row.call = std::max(row.call, static_cast<int>(*entry.call));
}

// The batches that the bits of `cuts` make of the order: bit i cuts behind its i-th report.
std::vector<std::vector<kafka::record>> batches_of(
    const std::vector<int>& order, unsigned cuts, known_by how
) {
    std::vector<std::vector<kafka::record>> made(1);
    for (std::size_t i = 0; i < order.size(); ++i) {
        kafka::record one;
        one.partition = 0;
        one.payload = encode_dlr(told(order[i], how));
        made.back().push_back(std::move(one));
        if ((cuts >> i & 1U) != 0) made.emplace_back();
    }
    return made;
}

void expect_same_end(const std::vector<int>& order, known_by how) {
    naive_row expected;
    for (const int what : order)
        expected.tell(what);
    for (unsigned cuts = 0; cuts < 1U << (order.size() - 1); ++cuts) {
        naive_row settled;
        naive_row parked;  // as settled later, from what was kept
        for (const auto& records : batches_of(order, cuts, how)) {
            const auto batch = read_batch(records, then);
            ASSERT_EQ(batch.entries.size(), 1U);
            ASSERT_EQ(batch.history.size(), records.size());
            const auto& entry = batch.entries.front();
            const auto kept = decode_dlr(entry.entry);
            ASSERT_TRUE(kept) << kept.error();
            settle_into(settled, entry);
            settle_into(parked, entry_of(*kept, entry.entry));
            EXPECT_EQ(kept->carrier_message_id, entry.carrier_message_id);
        }
        ASSERT_EQ(settled, expected) << testing::PrintToString(order) << " cut " << cuts;
        ASSERT_EQ(parked, expected) << testing::PrintToString(order) << " cut " << cuts;
    }
}

void expect_same_end_of_all(const std::vector<int>& words) {
    for (const auto how : {known_by::token, known_by::reference, known_by::carrier_id}) {
        for (const int a : words) {
            for (const int b : words) {
                ASSERT_NO_FATAL_FAILURE(expect_same_end({a, b}, how));
                for (const int c : words)
                    ASSERT_NO_FATAL_FAILURE(expect_same_end({a, b, c}, how));
            }
        }
    }
}

TEST(BatchModel, MessagesEndTheSameInWhateverOrderAndBatches) {
    expect_same_end_of_all({0, 1, 2, 3, 4, 5, 6, 7, 8});
}

TEST(BatchModel, CallsEndTheSameInWhateverOrderAndBatches) {
    expect_same_end_of_all({0, 101, 102, 103, 104, 107, 110, 111, 112});
}

TEST(BatchModel, CallsAndMessagesReportsOfOneAttemptEndTheSame) {
    expect_same_end_of_all({2, 6, 8, 102, 103, 112});
}

// The word that is kept is the one that the status is of.
TEST(BatchModel, WhatIsKeptOfSeveralIsTheHighestsWord) {
    const auto batches = batches_of({2, 8, 6}, 0, known_by::carrier_id);
    const auto batch = read_batch(batches.front(), then);
    const auto kept = decode_dlr(batch.entries.at(0).entry);
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->raw_status, "W8");
}

}  // namespace
}  // namespace pinwire::callback
