// A batch of records folded in memory: the maximum of all that was told, whatever the order.
#include "callback/batch_of_dlrs.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

const auto t0 = std::chrono::system_clock::time_point(std::chrono::hours(490'000));

attempt_id attempt(char last) {
    return *attempt_id::parse(std::string(31, 'a') + last);
}

dlr report(char last, std::chrono::seconds at = 0s) {
    dlr made;
    made.carrier = carrier_name("alpha");
    made.token = attempt(last);
    made.raw_status = "WORD";
    made.intake_at = t0 + at;
    return made;
}

kafka::record record(const std::string& bytes, int partition = 0) {
    kafka::record made;
    made.topic = "pin.dlrs";
    made.partition = partition;
    made.payload = bytes;
    return made;
}

kafka::record record_of(const dlr& one, int partition = 0) {
    return record(encode_dlr(one), partition);
}

dlr_batch read_batch(const std::vector<kafka::record>& records) {
    return callback::read_batch(records, t0 + 1min);
}

TEST(BatchOfDlrs, EveryPairOfStatusesGivesTheHigherInEitherOrder) {
    for (int left = 1; left <= 8; ++left) {
        for (int right = 1; right <= 8; ++right) {
            auto first = report('1');
            auto second = report('1');
            first.status = static_cast<dlr_status>(left);
            second.status = static_cast<dlr_status>(right);
            const auto batch = read_batch({record_of(first), record_of(second)});
            ASSERT_EQ(batch.entries.size(), 1U);
            EXPECT_EQ(batch.entries[0].status, static_cast<dlr_status>(std::max(left, right)));
        }
    }
}

TEST(BatchOfDlrs, EveryPairOfCallsGivesTheHigherAndItsDelivery) {
    for (int left = 1; left <= 12; ++left) {
        for (int right = 1; right <= 12; ++right) {
            auto first = report('1');
            auto second = report('1');
            first.call = static_cast<call_status>(left);
            second.call = static_cast<call_status>(right);
            const auto batch = read_batch({record_of(first), record_of(second)});
            ASSERT_EQ(batch.entries.size(), 1U);
            const auto higher = static_cast<call_status>(std::max(left, right));
            EXPECT_EQ(batch.entries[0].call, higher);
            EXPECT_EQ(
                batch.entries[0].status, fold(delivery_of(*first.call), delivery_of(*second.call))
            ) << left
              << " " << right;
        }
    }
}

TEST(BatchOfDlrs, AnUnknownWordMovesNothingButIsKept) {
    auto known = report('1');
    known.status = dlr_status::delivrd;
    for (const auto& order : {std::vector{known, report('1')}, std::vector{report('1'), known}}) {
        const auto batch = read_batch({record_of(order[0]), record_of(order[1])});
        ASSERT_EQ(batch.entries.size(), 1U);
        EXPECT_EQ(batch.entries[0].status, dlr_status::delivrd);
        EXPECT_EQ(batch.history.size(), 2U);
    }
}

TEST(BatchOfDlrs, WhatIsToldOfDifferentThingsIsNotMerged) {
    auto by_id = report('1');
    by_id.token.reset();
    by_id.carrier_message_id = "m1";
    auto other_id = by_id;
    other_id.carrier_message_id = "m2";
    auto other_number = by_id;
    other_number.to = msisdn::parse("447700900123");
    auto other_carrier = by_id;
    other_carrier.carrier = carrier_name("beta");
    auto by_reference = report('1');
    by_reference.token.reset();
    by_reference.reference = attempt('1');
    auto disagreeing = report('1');
    disagreeing.reference = attempt('2');
    const std::vector<dlr> all = {
        report('1'),
        report('2'),
        by_id,
        other_id,
        other_number,
        other_carrier,
        by_reference,
        disagreeing};
    std::vector<kafka::record> records;
    for (const auto& one : all) {
        records.push_back(record_of(one));
        records.push_back(record_of(one));
    }
    const auto batch = read_batch(records);
    EXPECT_EQ(batch.entries.size(), all.size());
    EXPECT_EQ(batch.history.size(), all.size() * 2);
}

// Which of them is told of is lost in a fold, and "delivered" of one is not of the other.
TEST(BatchOfDlrs, PartsOfATextAreKeptApart) {
    auto first = report('1');
    first.carrier_message_id = "p1";
    first.part = true;
    first.status = dlr_status::delivrd;
    auto second = first;
    second.carrier_message_id = "p2";
    second.status = dlr_status::undeliv;
    auto first_again = first;
    first_again.status = dlr_status::enroute;
    const auto batch = read_batch({record_of(first), record_of(second), record_of(first_again)});
    ASSERT_EQ(batch.entries.size(), 3U);
    EXPECT_EQ(batch.entries[0].status, dlr_status::enroute);
    EXPECT_EQ(batch.entries[1].status, dlr_status::delivrd);
    EXPECT_EQ(batch.entries[2].status, dlr_status::undeliv);
    for (const auto& one : batch.entries)
        EXPECT_NE(one.entry.find("\"part\":true"), std::string::npos)
            << "the database looks for it";
}

// What the database makes of a text in two parts; tests against PostgreSQL hold it to the same.
int end_of_two_parts(const std::vector<postgres::dlr_entry>& told) {
    std::set<std::string> arrived;
    int worst = 0;
    for (const auto& one : told) {
        const bool here = one.status == dlr_status::delivrd;
        if (here) arrived.insert(one.carrier_message_id);
        const auto counts = here ? dlr_status::enroute : *one.status;
        worst = std::max(worst, static_cast<int>(counts));
    }
    return arrived.size() == 2 ? static_cast<int>(dlr_status::delivrd) : worst;
}

TEST(BatchOfDlrs, PartsEndTheSameFoldedOrOneByOneInAnyOrderAndHoweverOften) {
    std::vector<dlr> all;
    for (const char* part : {"p1", "p2"})
        for (int status = 1; status <= 8; ++status) {
            all.push_back(report('1'));
            all.back().part = true;
            all.back().carrier_message_id = part;
            all.back().status = static_cast<dlr_status>(status);
        }
    for (const auto& a : all)
        for (const auto& b : all)
            for (const auto& c : all) {
                const auto folded = read_batch({record_of(a), record_of(b), record_of(c)});
                const std::vector alone{entry_of(a, ""), entry_of(b, ""), entry_of(c, "")};
                ASSERT_EQ(end_of_two_parts(folded.entries), end_of_two_parts(alone))
                    << encode_dlr(a) << encode_dlr(b) << encode_dlr(c);
            }
}

// That a part arrived says nothing of the text yet, so it may not hide what else was told of it.
TEST(BatchOfDlrs, APartsArrivalHidesNoOtherNewsOfIt) {
    auto arrived = report('1');
    arrived.carrier_message_id = "p1";
    arrived.part = true;
    arrived.status = dlr_status::delivrd;
    auto lost = arrived;
    lost.status = dlr_status::undeliv;
    for (const auto& order : {std::vector{arrived, lost}, std::vector{lost, arrived}}) {
        const auto batch = read_batch({record_of(order[0]), record_of(order[1])});
        ASSERT_EQ(batch.entries.size(), 2U);
        EXPECT_EQ(batch.entries[0].status, dlr_status::undeliv);
        EXPECT_EQ(batch.entries[1].status, dlr_status::delivrd);
    }
}

// Whoever fits nothing yet is written down as it stands: all that was folded has to be in it.
TEST(BatchOfDlrs, WhatIsKeptForLaterSaysAllThatWasTold) {
    auto early = report('1');
    early.token.reset();
    early.carrier_message_id = "m1";
    early.status = dlr_status::enroute;
    auto late = early;
    late.status = dlr_status::undeliv;
    late.error_code = "31";
    late.intake_at += std::chrono::seconds(1);
    for (const auto& order : {std::vector{early, late}, std::vector{late, early}}) {
        const auto batch = read_batch({record_of(order[0]), record_of(order[1])});
        ASSERT_EQ(batch.entries.size(), 1U);
        const auto& entry = batch.entries[0];
        const auto kept = decode_dlr(entry.entry);
        ASSERT_TRUE(kept);
        EXPECT_EQ(kept->status, dlr_status::undeliv);
        EXPECT_EQ(kept->error_code, "31");
        EXPECT_EQ(kept->carrier_message_id, "m1");
        const auto again = entry_of(*kept, entry.entry);
        EXPECT_EQ(again.status, entry.status);
        EXPECT_EQ(again.error_code, entry.error_code);
        EXPECT_EQ(again.at, entry.at);
    }
}

TEST(BatchOfDlrs, WhatIsToldOnceIsKeptAsItStood) {
    const auto given = record_of(report('1'));
    EXPECT_EQ(read_batch({given}).entries.at(0).entry, *given.payload);
}

TEST(BatchOfDlrs, OnlyATokenStandsAlone) {
    auto by_reference = report('1');
    by_reference.token.reset();
    by_reference.reference = attempt('1');
    EXPECT_TRUE(read_batch({record_of(report('1'))}).entries.at(0).alone);
    EXPECT_FALSE(read_batch({record_of(by_reference)}).entries.at(0).alone);
}

TEST(BatchOfDlrs, APartitionIsSettledToTheLatestIntakeOrMarker) {
    const auto batch = read_batch(
        {record_of(report('1', 5s), 0),
         record_of(report('2', 3s), 0),
         record_of(report('3', 1s), 1),
         record(encode_dlr_marker(t0 + 9s), 1),
         record_of(report('4', 2s), 1),
         record(encode_dlr_marker(t0 + 4s), 2),
         record("nonsense", 3)}
    );
    ASSERT_EQ(batch.marks.size(), 3U);
    EXPECT_EQ(batch.marks[0].until, t0 + 5s);
    EXPECT_EQ(batch.marks[1].until, t0 + 9s);
    EXPECT_EQ(batch.marks[2].until, t0 + 4s);
    EXPECT_EQ(batch.marks[2].partition, 2);
}

// It would say that there is no news of the hour to come.
TEST(BatchOfDlrs, AnIntakeThatIsStillToComeSettlesNothing) {
    const auto now = t0 + 10s;
    const auto batch = callback::read_batch(
        {record_of(report('1', 5s), 0),
         record_of(report('2', 3610s), 0),
         record_of(report('3', 3610s), 1),
         record(encode_dlr_marker(t0 + 3610s), 2),
         record(encode_dlr_marker(now), 2),
         record_of(report('4', 11s), 3)},
        now
    );
    ASSERT_EQ(batch.entries.size(), 4U);
    ASSERT_EQ(batch.marks.size(), 3U);
    EXPECT_EQ(batch.marks[0].until, t0 + 5s);
    EXPECT_EQ(batch.marks[1].partition, 2);
    EXPECT_EQ(batch.marks[1].until, now);
    EXPECT_EQ(batch.marks[2].until, t0 + 11s) << "clocks differ by a little";
}

TEST(BatchOfDlrs, MarkersAreNoReports) {
    const auto batch = read_batch({record(encode_dlr_marker(t0))});
    EXPECT_TRUE(batch.entries.empty());
    EXPECT_TRUE(batch.history.empty());
    EXPECT_TRUE(batch.undecodable.empty());
}

TEST(BatchOfDlrs, WhatCannotBeReadIsNamedAndCostsTheOthersNothing) {
    auto tombstone = record("");
    tombstone.payload.reset();
    const auto batch =
        read_batch({record("{"), record_of(report('1')), tombstone, record(R"({"a":1})")});
    EXPECT_EQ(batch.undecodable, (std::vector<std::size_t>{0, 2, 3}));
    EXPECT_EQ(batch.entries.size(), 1U);
}

TEST(BatchOfDlrs, TheLatestIntakeAndAnyCarrierIdAreKept) {
    auto first = report('1', 9s);
    auto second = report('1', 2s);
    second.carrier_message_id = "m1";
    const auto batch = read_batch({record_of(first), record_of(second)});
    ASSERT_EQ(batch.entries.size(), 1U);
    EXPECT_EQ(batch.entries[0].at, t0 + 9s);
    EXPECT_EQ(batch.entries[0].carrier_message_id, "m1");
}

TEST(BatchOfDlrs, EntriesComeInTheOrderOfTheirKeys) {
    const auto one_way = read_batch({record_of(report('1')), record_of(report('2'))});
    const auto other_way = read_batch({record_of(report('2')), record_of(report('1'))});
    ASSERT_EQ(one_way.entries.size(), 2U);
    EXPECT_EQ(one_way.entries[0].token, other_way.entries[0].token);
}

}  // namespace
}  // namespace pinwire::callback
