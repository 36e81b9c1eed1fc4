// The way out, the outbox, heartbeats and what is forgotten.
#include <thread>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/liveness.hpp"
#include "common/postgres/outbox.hpp"
#include "common/postgres/story.hpp"
#include "tests/integration/postgres/fixture.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::postgres::test {
namespace {

class reporting : public database {
protected:
    // A refused job: its report waits, leased to nobody.
    claim_request reported(const std::string& job) {
        auto request = sms_request(job);
        request.reason = "lookup_refused";
        request.attempt.reset();
        claim_one(request);
        return request;
    }
    void complete(report_result result) { complete_reports(db(), epoch_, {&result, 1}); }
    static report_result result_of(const report_id& id, report_outcome outcome) {
        report_result out;
        out.id = id;
        out.outcome = outcome;
        out.http_status = 503;
        out.latency = 12ms;
        out.due_at = now() - 1ms;
        out.reason = "status 503";
        return out;
    }
};

TEST_F(reporting, LeasesEachReportToOne) {
    reported("j1");
    reported("j2");
    const auto first = take_reports(db(), epoch_, -1, 1, 60s);
    ASSERT_EQ(first.size(), 1U);
    const auto second = take_reports(db(), other_, -1, 10, 60s);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_LT(first[0].seq, second[0].seq);
    EXPECT_TRUE(take_reports(db(), epoch_, -1, 10, 60s).empty());
    db().query("update report set lease_until = clock_timestamp()");
    renew_leases(db(), epoch_, std::vector<report_id>{first[0].id, second[0].id}, 60s);
    const auto run_out = take_reports(db(), epoch_, -1, 10, 60s);
    ASSERT_EQ(run_out.size(), 1U) << "only one's own lease can be renewed";
    EXPECT_EQ(run_out[0].id, second[0].id);
    EXPECT_TRUE(take_reports(db(), epoch_, second[0].seq, 10, 60s).empty());
}

TEST_F(reporting, WhatWasPutOffIsNotHeldByARenewalThatComesLate) {
    reported("j1");
    const auto taken = take_reports(db(), epoch_, -1, 10, 60s);
    complete(result_of(taken.at(0).id, report_outcome::retry));
    EXPECT_EQ(value("select lease_until is null from report_retry"), "t");
    renew_leases(db(), epoch_, std::vector<report_id>{taken[0].id}, 60s);
    EXPECT_EQ(value("select lease_until is null from report_retry"), "t");
}

TEST_F(reporting, ForgetsWhatWasDelivered) {
    reported("j1");
    const auto taken = take_reports(db(), epoch_, -1, 10, 60s);
    auto result = result_of(taken.at(0).id, report_outcome::delivered);
    result.http_status = 200;
    complete(result);
    complete(result);
    EXPECT_EQ(count("report"), 0);
    EXPECT_EQ(count("report_retry"), 0);
    EXPECT_EQ(count("report_try where status = 200 and latency_ms = 12"), 1);
}

TEST_F(reporting, KeepsTriesForTheirTime) {
    const auto tried = [this](const std::string& ago) {
        db().query(
            "insert into report_try (at, report, job, latency_ms) values"
            " (clock_timestamp() - $1::interval, gen_random_uuid(), gen_random_uuid(), 1)",
            {ago}
        );
    };
    db().query("select make_history_day('report_try', 'at', current_date - 50)");
    for (const auto* ago : {"1 minute", "20 days", "50 days", "400 days"})
        tried(ago);
    EXPECT_EQ(count("report_try"), 4);
    maintain_history(db(), 24h * 30);
    EXPECT_EQ(count("report_try"), 2);
    EXPECT_EQ(count("report_try where at < clock_timestamp() - interval '30 days'"), 0);
}

TEST_F(reporting, RetriesUntilItIsGivenUpAndKeepsItThen) {
    const auto job = reported("j1");
    const auto id = take_reports(db(), epoch_, -1, 10, 60s).at(0).id;
    auto result = result_of(id, report_outcome::retry);
    result.malformed = true;
    result.batch = "msg_b";
    result.batch_pos = 3;
    complete(result);
    complete(result);  // its answer was lost
    auto again = take_retries(db(), epoch_, 10, 60s);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].report.id, id);
    EXPECT_EQ(again[0].tries, 1) << "one try, however often it is told";
    EXPECT_EQ(again[0].malformed, 1);
    EXPECT_EQ(again[0].batch, "msg_b");
    EXPECT_EQ(again[0].batch_pos, 3);
    EXPECT_EQ(again[0].report.job, job.id);
    result.due_at = now();
    complete(result);
    complete(result);
    again = take_retries(db(), other_, 10, 60s);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].tries, 2);
    EXPECT_EQ(again[0].batch, "") << "what another process began goes singly";
    complete(result_of(id, report_outcome::given_back));
    EXPECT_TRUE(take_retries(db(), epoch_, 10, 60s).empty()) << "not the leaseholder's word";
    complete(result_of(id, report_outcome::dead));
    EXPECT_EQ(count("report_retry"), 0);
    EXPECT_EQ(count("report"), 0);
    EXPECT_EQ(count("report_dead where tries = 3"), 1);
    EXPECT_EQ(backlog(db()).reports_dead, 1);
}

TEST_F(reporting, GivesBackWhatWasNotTried) {
    reported("j1");
    const auto id = take_reports(db(), epoch_, -1, 10, 60s).at(0).id;
    complete(result_of(id, report_outcome::given_back));
    EXPECT_EQ(take_reports(db(), other_, -1, 10, 60s).size(), 1U);
    EXPECT_EQ(count("report_try"), 0);
}

// A seq is taken before its row is committed: the mark must not pass a row that is still to come.
TEST_F(reporting, NeverRaisesTheLowWaterMarkAboveAReportUnderWay) {
    report_low_water(db());
    const auto slow = another();
    auto refused = sms_request("slow");
    refused.reason = "lookup_refused";
    refused.attempt.reset();
    // Its transaction stays open until the advisory lock is free.
    slow->script(
        "create function pinwire.hold() returns trigger language plpgsql as 'begin perform "
        "pg_advisory_xact_lock(42); return null; end'; create constraint trigger hold after "
        "insert on pinwire.outbox deferrable initially deferred for each row when (new.owner = '" +
        other_.hex() + "') execute function pinwire.hold()"
    );
    db().query("select pg_advisory_lock(42)");
    std::thread late([&] { claim(*slow, other_, {&refused, 1}); });
    const auto held = [&] {
        return value("select count(*) from pg_locks where locktype = 'advisory' and not granted") !=
               "0";
    };
    EXPECT_TRUE(pinwire::test::eventually(held, 30s, "the other commit to be held"));
    reported("quick");
    const auto quick = all_reports().at(0);
    EXPECT_GT(quick.seq, 1);
    for (int i = 0; i < 3; ++i)
        EXPECT_LT(report_low_water(db()), quick.seq - 1);
    db().query("select pg_advisory_unlock(42)");
    late.join();
    complete(result_of(quick.id, report_outcome::delivered));
    EXPECT_EQ(take_reports(db(), epoch_, report_low_water(db()), 10, 60s).size(), 1U);
    const auto last = all_reports().at(0);
    complete(result_of(last.id, report_outcome::delivered));
    // Transactions of other databases of the cluster count as well: it may take some calls.
    const auto risen = [&] { return report_low_water(db()) >= quick.seq; };
    EXPECT_TRUE(pinwire::test::eventually(risen, 30s, "the mark to rise when they have ended"));
}

// Somebody's transaction that has nothing to do with us.
std::unique_ptr<session> left_open(std::unique_ptr<session> by) {
    by->query("begin isolation level repeatable read");
    by->query("select txid_current()");
    return by;
}

constexpr auto one_report =
    "insert into pinwire.report (id, job, kind, account, url, format, payload) values "
    "(gen_random_uuid(), gen_random_uuid(), 1, 'a', 'https://x.example/', 1, '') returning seq";

// Its transaction may be the newest of all.
TEST_F(reporting, NeverRaisesTheMarkAboveTheNewestReportUnderWay) {
    const auto under_way = another();
    for (int i = 0; i < 3; ++i) {
        report_low_water(db());
        under_way->query("begin");
        const auto seq = std::stoll(under_way->query(one_report).one().text(0));
        for (int again = 0; again < 3; ++again)
            EXPECT_LT(report_low_water(db()), seq);
        under_way->query("commit");
        const auto all = all_reports();
        ASSERT_EQ(all.size(), 1U);
        complete(result_of(all[0].id, report_outcome::delivered));
    }
}

TEST_F(reporting, RaisesTheMarkWhileAStrangersTransactionStaysOpen) {
    report_low_water(db());
    const auto stranger = left_open(another());
    reported("j1");
    const auto one = all_reports().at(0);
    complete(result_of(one.id, report_outcome::delivered));
    for (int i = 0; i < 2; ++i)
        report_low_water(db());
    const auto stand_still = [&] {
        db().query("update pinwire.report_mark set moved_at = now() - interval '1 minute'");
    };
    stand_still();
    const auto under_way = another();
    under_way->query("begin");
    under_way->query(one_report);
    EXPECT_LT(report_low_water(db()), one.seq) << "whoever is under way may have a lower one";
    under_way->query("rollback");
    // Transactions of other databases of the cluster count as well: it may take some calls.
    const auto risen = [&] {
        stand_still();
        return report_low_water(db()) >= one.seq;
    };
    EXPECT_TRUE(pinwire::test::eventually(risen, 30s, "the mark to rise"));
    stranger->query("rollback");
    for (int i = 0; i < 3; ++i)
        EXPECT_GE(report_low_water(db()), one.seq) << "it never falls";
}

// Analyzed as empty and full of dead rows, the table isn't walked for each batch of results.
TEST_F(reporting, FindsEachResultByItsIdWhateverTheStatisticsSay) {
    constexpr int dead = 20'000;
    const auto stranger = left_open(another());
    const auto fill = [&](int rows) {
        db().query(
            "insert into pinwire.report (id, job, kind, account, url, format, payload) select "
            "gen_random_uuid(), gen_random_uuid(), 1, 'a', 'https://x.example/', 1, '' from "
            "generate_series(1, $1::integer)",
            {std::to_string(rows)}
        );
    };
    fill(dead);
    db().query("delete from pinwire.report");
    db().query("vacuum analyze pinwire.report");
    fill(20);
    const auto read = [&] {
        db().query("select pg_stat_force_next_flush()");
        return std::stoll(
            value("select sum(s.seq_tup_read + i.idx_tup_read) from pg_stat_user_tables s join "
                  "pg_stat_user_indexes i using (relid) where s.relname = 'report'")
        );
    };
    const auto before = read();
    for (const auto& one : all_reports())
        complete(result_of(one.id, report_outcome::delivered));
    EXPECT_EQ(count("report"), 0);
    EXPECT_LT(read() - before, 5 * dead) << "20 results by 3 statements or more each";
    stranger->query("rollback");
}

TEST_F(reporting, KeepsEventsUntilTheyAreDeleted) {
    auto request = sms_request("j1");
    request.waiter = "api-7";
    claim_one(request);
    const auto mine = read_outbox(db(), epoch_, {}, 10, 1h);
    ASSERT_EQ(mine.size(), 1U);
    ASSERT_EQ(mine[0].events.size(), 1U);
    EXPECT_EQ(mine[0].events[0].key, "447700900123");
    EXPECT_EQ(mine[0].events[0].waiter, "api-7");
    EXPECT_NE(mine[0].events[0].json.find("\"version\":1"), std::string::npos);
    EXPECT_EQ(mine[0].events[0].json.find("v1.k."), std::string::npos) << "no PIN in it";
    const std::vector<std::int64_t> ids{mine[0].id};
    EXPECT_TRUE(read_outbox(db(), epoch_, ids, 10, 1h).empty()) << "busy";
    EXPECT_TRUE(read_outbox(db(), other_, {}, 10, 1h).empty());
    EXPECT_EQ(read_outbox(db(), other_, {}, 10, 0ms).size(), 1U) << "left behind";
    announce_again(db(), epoch_, std::vector<repeat>{{request.id, "api-8"}});
    EXPECT_EQ(count("outbox"), 2);
    delete_outbox(db(), ids);
    EXPECT_EQ(count("outbox"), 1);
}

TEST_F(reporting, CountsTheLiving) {
    heartbeat first;
    first.epoch = epoch_;
    first.program = "worker";
    first.instance = "disk-1";
    first.keys = {key_id("k1"), key_id("k2")};
    const auto clock = beat(db(), first);
    EXPECT_LT(std::chrono::abs(clock - now()), 5s);
    EXPECT_EQ(living(db(), "worker", 5s), 1);
    EXPECT_EQ(living(db(), "callback", 5s), 0);
    auto successor = first;
    successor.epoch = other_;
    beat(db(), successor);
    EXPECT_EQ(declare_dead(db(), successor), 1);
    EXPECT_EQ(living(db(), "worker", 5s), 1);
    farewell(db(), other_);
    EXPECT_EQ(living(db(), "worker", 5s), 0);
}

TEST_F(reporting, PrunesOnlyFinishedJobsThatAreOldEnough) {
    const auto old = [&](claim_request request) {
        std::array<std::uint8_t, 10> tail{};
        tail[9] = request.attempt ? 1 : 2;
        request.id = message_id::time_ordered(now() - 24h * 31, tail);
        claim_one(request);
    };
    auto open = sms_request("open");
    old(open);
    auto closed = sms_request("closed");
    closed.attempt.reset();
    closed.reason = "expired";
    old(closed);
    claim_one(sms_request("young"));
    EXPECT_EQ(prune(db(), 24h * 30, 100), 1);
    EXPECT_EQ(count("job where job_id = 'closed'"), 0);
    EXPECT_EQ(count("job"), 2);
}

TEST_F(reporting, WipesPinsThatAreOver) {
    const auto request = sms_request("j1");
    claim_one(request);
    EXPECT_EQ(wipe_pins(db(), 10), 0);
    db().query("update pin set expires_at = clock_timestamp()");
    EXPECT_EQ(wipe_pins(db(), 10), 1);
    EXPECT_EQ(count("pin where sealed is null and guess_mac is null"), 1);
    EXPECT_EQ(wipe_pins(db(), 10), 0);
}

TEST_F(reporting, TellsAJobsWholeStoryToTheReader) {
    const auto request = sms_request("j1");
    claim_one(request);
    const auto outcome = sent_record(request.attempt->id, "id-1");
    record(db(), epoch_, {&outcome, 1});
    settle_request settling;
    settling.entries = {dlr_for(request.attempt->id, dlr_status::delivrd)};
    history_entry history;
    history.intake_at = now();
    history.attempt = request.attempt->id;
    history.carrier = carrier_name("c1");
    history.raw_status = "DELIVRD";
    settling.history = {history};
    const auto answer = settle(db(), epoch_, settling);
    complete(result_of(answer.reports.at(0).id, report_outcome::retry));
    const auto reader = another("pinwire_reader");
    const auto told = tell_story(*reader, account_name("acme"), job_id("j1"));
    ASSERT_TRUE(told);
    EXPECT_EQ(told->job.id, request.id);
    EXPECT_EQ(told->job.delivery, dlr_status::delivrd);
    EXPECT_TRUE(told->job.final_at);
    ASSERT_EQ(told->attempts.size(), 1U);
    EXPECT_EQ(told->attempts[0].carrier_message_id, "id-1");
    EXPECT_FALSE(told->due);
    ASSERT_EQ(told->dlrs.size(), 1U);
    ASSERT_EQ(told->reports.size(), 1U);
    EXPECT_EQ(told->reports[0].where, "retry");
    ASSERT_EQ(told->tries.size(), 1U);
    EXPECT_EQ(told->tries[0].http_status, 503);
    EXPECT_TRUE(tell_story(*reader, request.id));
    EXPECT_EQ(tell_stories(*reader, job_id("j1")).size(), 1U);
    EXPECT_FALSE(tell_story(*reader, account_name("acme"), job_id("j2")));
}

}  // namespace
}  // namespace pinwire::postgres::test
