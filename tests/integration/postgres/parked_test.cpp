// Reports that fit no attempt yet: how long they are kept, and that the history of their job has
// them in the end.
#include "common/postgres/parked.hpp"

#include "common/postgres/story.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class parked_reports : public database {
protected:
    claim_request sent(const std::string& job, const std::string& carrier_id) {
        auto request = sms_request(job);
        claim_one(request);
        const auto outcome = sent_record(request.attempt->id, carrier_id);
        record(db(), epoch_, {&outcome, 1});
        return request;
    }
    static dlr_entry by_id(const std::string& id, const std::string& to = "") {
        auto made = dlr_for(attempt_id(), dlr_status::delivrd);
        made.token.reset();
        made.carrier_message_id = id;
        made.entry = R"({"carrier":"c1","carrier_message_id":")" + id + "\"}";
        if (!to.empty()) made.to = msisdn::parse(to);
        return made;
    }
    // As the callback does: each entry with its history.
    settle_answer settle_with_history(const std::vector<dlr_entry>& entries) {
        settle_request request;
        request.entries = entries;
        for (const auto& one : entries) {
            history_entry kept;
            kept.intake_at = one.at;
            kept.carrier = one.carrier;
            kept.attempt = one.token;
            kept.carrier_message_id = one.carrier_message_id;
            kept.raw = "of " + one.carrier_message_id;
            request.history.push_back(kept);
        }
        return settle(db(), epoch_, request);
    }
    settle_answer try_again(const std::vector<dlr_entry>& entries) {
        db().query("update dlr_parked set next_at = clock_timestamp()");
        std::vector<parked_entry> due;
        for (const auto& row : take_parked(db(), 100, 5s))
            for (const auto& one : entries)
                if (one.entry == row.entry) due.push_back({row.id, one});
        return settle_parked(db(), epoch_, due, 60s);
    }
    std::size_t told_of(const claim_request& job) {
        const auto found = tell_story(db(), job.id);
        return found ? found->dlrs.size() : 0;
    }
};

// A carrier may report all that somebody else sent by it, too.
TEST_F(parked_reports, WhatFitsNoJobIsTriedEverMoreSeldomUpToOnceADay) {
    settle_with_history({by_id("OF-NOBODY")});
    const auto next_in_hours = [this](int tries) {
        db().query(
            "update dlr_parked set next_at = clock_timestamp(), tries = $1::integer",
            {std::to_string(tries)}
        );
        EXPECT_EQ(take_parked(db(), 10, 2s).size(), 1U);
        return std::stoi(value(
            "select round(extract(epoch from next_at - clock_timestamp()) / 3600) from dlr_parked"
        ));
    };
    EXPECT_EQ(next_in_hours(10), 1);
    EXPECT_EQ(next_in_hours(12), 2);
    EXPECT_EQ(next_in_hours(60), 24);
    db().query("update dlr_parked set why = 'unanswered'");
    EXPECT_EQ(next_in_hours(60), 1) << "its answer may be recorded at any time";
}

TEST_F(parked_reports, WhatIsMatchedByTheCarriersIdIsInItsJobsHistory) {
    const auto one = sent("j1", "ID-1");
    const auto two = sent("j2", "ID-2");
    EXPECT_EQ(settle_with_history({by_id("ID-1"), by_id("ID-2", "447700900123")}).matched, 2);
    EXPECT_EQ(told_of(one), 1U);
    EXPECT_EQ(told_of(two), 1U);
    EXPECT_EQ(count("dlr_history where carrier_message_id is not null"), 0);
}

TEST_F(parked_reports, WhatIsParkedComesIntoTheHistoryOfTheJobThatAppears) {
    const std::vector<dlr_entry> early{by_id("ID-1"), by_id("ID-9")};
    EXPECT_EQ(settle_with_history(early).parked, 2);
    EXPECT_EQ(settle_with_history({early[0]}).parked, 1) << "twice";
    const auto job = sent("j1", "ID-1");
    EXPECT_EQ(told_of(job), 0U);
    EXPECT_EQ(try_again(early).matched, 2);
    EXPECT_EQ(told_of(job), 2U);
    EXPECT_EQ(value("select carrier_message_id from dlr_history where attempt is null"), "ID-9");
    EXPECT_EQ(count("dlr_parked"), 1) << "the one of ID-9";
}

TEST_F(parked_reports, WhatFitsTwoRowsOrAnotherNumberIsNobodysHistory) {
    const auto one = sent("j1", "SAME");
    const auto two = sent("j2", "SAME");
    const auto three = sent("j3", "ID-3");
    settle_with_history({by_id("SAME"), by_id("ID-3", "447700900999"), by_id("ID-3")});
    EXPECT_EQ(told_of(one) + told_of(two), 0U);
    EXPECT_EQ(told_of(three), 0U) << "which of the two is its own isn't said";
    EXPECT_EQ(count("dlr_history where attempt is null"), 3);
}

// A callback of the version before knows no ids.
TEST_F(parked_reports, TheCallOfTheVersionBeforeStillWorks) {
    const auto job = sent("j1", "ID-1");
    const auto row = db().query(
        "select matched, parked from settle($1::uuid, array[row($2::uuid, null, 'c1', null, null,"
        " 8, null, null, now(), true, '{}')::settle_row], array[row(now(), $2::uuid, 'c1', 8,"
        " 'OK', null, 'raw')::history_row], '{}', interval '5 s', interval '60 s')",
        {epoch_.hex(), job.attempt->id.hex()}
    );
    EXPECT_EQ(row.one().int32(0), 1);
    EXPECT_EQ(told_of(job), 1U);
    EXPECT_EQ(job_column(job.id, "dlr_status"), "8");
}

// Strangers' reports can be more than our jobs: they alone make another step worth it.
TEST_F(parked_reports, AreCountedByWhoeverPrunesThem) {
    settle_with_history({by_id("A"), by_id("B"), by_id("C")});
    db().query("update dlr_parked set intake_at = clock_timestamp() - interval '31 days'");
    EXPECT_EQ(prune(db(), 24h * 30, 2), 2);
    EXPECT_EQ(prune(db(), 24h * 30, 2), 1);
    EXPECT_EQ(count("dlr_parked"), 0);
}

// Tried as often as its time allows, and never given up before its retention ends.
TEST_F(parked_reports, AreKeptUntilTheirRetentionEnds) {
    settle_with_history({by_id("OLD"), by_id("YOUNG")});
    for (int tries = 0; tries < 50; ++tries)
        EXPECT_EQ(try_again({by_id("OLD"), by_id("YOUNG")}).matched, 0);
    EXPECT_EQ(
        value("select bool_and(next_at <= clock_timestamp() + interval '1 day')"
              " from dlr_parked"),
        "t"
    );
    db().query("update dlr_parked set intake_at = clock_timestamp() - interval '29 days 23 hours'");
    prune(db(), 24h * 30, 100);
    EXPECT_EQ(count("dlr_parked"), 2);
    db().query(
        "update dlr_parked set intake_at = intake_at - interval '2 hours'"
        " where carrier_message_id = 'OLD'"
    );
    prune(db(), 24h * 30, 100);
    const auto left = list_parked(db(), carrier_name(""), 10);
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].entry, by_id("YOUNG").entry);
    EXPECT_EQ(left[0].tries, 50);
    const auto job = sent("j1", "YOUNG");
    EXPECT_EQ(try_again({by_id("YOUNG")}).matched, 1);
    EXPECT_EQ(job_column(job.id, "dlr_status"), "8");
}

}  // namespace
}  // namespace pinwire::postgres::test
