// Step 3, the claim: who wins a key, what a repeat is told, why a PIN isn't sent.
#include <array>
#include <nlohmann/json.hpp>
#include <thread>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/batch.hpp"
#include "common/postgres/outbox.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class claiming : public database {};

TEST_F(claiming, MakesJobPinAttemptAndDueRow) {
    const auto request = sms_request("j1");
    const auto answer = claim_one(request);
    EXPECT_TRUE(answer.ours());
    EXPECT_FALSE(answer.final);
    EXPECT_EQ(answer.state, attempt_state::sending);
    EXPECT_EQ(answer.owner, epoch_);
    EXPECT_EQ(answer.sealed, "v1.k.j1");
    EXPECT_EQ(answer.pin_expires_at, request.requested_at + 1h);
    EXPECT_EQ(count("due"), 1);
    EXPECT_EQ(count("outbox"), 1);
    EXPECT_EQ(job_column(request.id, "version"), "1");
}

TEST_F(claiming, GivesAnUnlimitedPinNoEnd) {
    auto request = sms_request("j1");
    request.pin->parameters.expires_in = 0s;
    EXPECT_EQ(claim_one(request).pin_expires_at, never);
}

TEST_F(claiming, LetsOneOfTwoInABatchWin) {
    const std::vector<claim_request> batch{sms_request("j1"), sms_request("j1")};
    const auto answers = claim(db(), epoch_, batch);
    EXPECT_EQ(answers[0].asked, batch[0].claim);
    EXPECT_EQ(answers[1].asked, batch[1].claim);
    EXPECT_EQ(answers[0].claim, answers[1].claim);
    EXPECT_EQ(int(answers[0].ours()) + int(answers[1].ours()), 1);
    EXPECT_EQ(count("attempt"), 1);
}

TEST_F(claiming, KeepsTheFirstContentUnderAKey) {
    const auto first = sms_request("j1");
    auto second = sms_request("j1");
    second.content_hash.fill(2);
    claim_one(first);
    const auto answer = claim_one(second);
    EXPECT_FALSE(answer.ours());
    EXPECT_EQ(answer.content_hash, first.content_hash);
    EXPECT_EQ(count("outbox where events like '%\"repeat\":true%'"), 0);
}

TEST_F(claiming, AnnouncesAKnownJobAgainForARepeat) {
    claim_one(sms_request("j1"));
    claim_one(sms_request("j1"));
    EXPECT_EQ(count("outbox where events like '%\"repeat\":true%'"), 1);
}

TEST_F(claiming, AnnouncesToTheRepeatsOwnWaiter) {
    auto first = sms_request("j1");
    first.waiter = "api-1";
    claim_one(first);
    auto second = sms_request("j1");
    second.waiter = "api-2";
    claim_one(second);
    const auto all = read_outbox(db(), epoch_, {}, 10, 1h);
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].events.at(0).waiter, "api-1");
    EXPECT_EQ(all[1].events.at(0).waiter, "api-2");
    announce_again(db(), epoch_, std::vector<repeat>{{first.id, "api-3"}, {first.id, ""}});
    EXPECT_EQ(read_outbox(db(), epoch_, {}, 10, 1h).at(2).events.size(), 2U);
    EXPECT_EQ(job_column(first.id, "waiter"), "api-3") << "who asked last hears what comes";
}

TEST_F(claiming, KeepsWhatGuessesAreComparedWithAndWhatItCosts) {
    auto request = sms_request("j1");
    request.pin->guess_mac.emplace().fill(0xab);
    request.pin->guess_key = key_id("k1");
    request.pin->parameters.single_use = true;
    request.attempt->parts = 2;
    request.attempt->cost = 90'000;
    claim_one(request);
    EXPECT_EQ(
        count("pin where guess_mac = decode(repeat('ab', 32), 'hex') and guess_kid = 'k1'"
              " and single_use"),
        1
    );
    EXPECT_EQ(count("attempt where parts = 2 and cost = 90000"), 1);
}

TEST_F(claiming, GoesOnForAWorkerOfTheVersionBefore) {
    db().query(
        "select claim($1::uuid, array[row('" + fresh_id<message_id>().hex() + "', 'acme', 'j1', '" +
            fresh_id<claim_id>().hex() +
            "', '\\x00', 0, '447700900123', '{}', null, 0, true, null, null, null,"
            " clock_timestamp(), clock_timestamp() + interval '1 hour', null, null, null, 'p1',"
            " 'v1.k.x', 0, 6, 3600, 3, false, true, '" +
            fresh_id<attempt_id>().hex() +
            "', 'r1', 'c1', true, false, clock_timestamp(), clock_timestamp())::claim_row])",
        {epoch_.hex()}
    );
    EXPECT_EQ(count("pin where guess_mac is null and not single_use"), 1);
    EXPECT_EQ(count("attempt where cost is null"), 1);
}

TEST_F(claiming, GivesEachNewJobItsOwnCostBesideAKnownOne) {
    claim_one(sms_request("j1"));
    std::vector<claim_request> batch{sms_request("j2"), sms_request("j1"), sms_request("j3")};
    batch[0].attempt->cost = 2;
    batch[1].attempt->cost = 1;
    batch[2].attempt->cost = 3;
    const auto answers = claim(db(), epoch_, batch);
    EXPECT_TRUE(answers[0].ours());
    EXPECT_FALSE(answers[1].ours());
    EXPECT_TRUE(answers[2].ours());
    EXPECT_EQ(
        count("attempt a join job j on j.id = a.job"
              " where (j.job_id, a.cost) in (('j2', 2), ('j3', 3))"),
        2
    );
}

TEST_F(claiming, FindsTheExtrasOfARowInWhateverOrderTheyCome) {
    const auto claims = std::array{fresh_id<claim_id>().hex(), fresh_id<claim_id>().hex()};
    const auto row = [](const std::string& job, const std::string& claim) {
        return "row('" + fresh_id<message_id>().hex() + "', 'acme', '" + job + "', '" + claim +
               "', '\\x00', 0, '447700900123', '{}', null, 0, true, null, null, null,"
               " clock_timestamp(), clock_timestamp() + interval '1 hour', null, null, null, 'p" +
               job + "', 'v1.k.x', 0, 6, 3600, 3, false, false, '" + fresh_id<attempt_id>().hex() +
               "', 'r1', 'c1', true, false, clock_timestamp(), clock_timestamp())::claim_row";
    };
    db().query(
        "select claim($1::uuid, array[" + row("j1", claims[0]) + ", " + row("j2", claims[1]) +
            "], array[row('" + claims[1] + "', null, null, true, 1, 2)::claim_extra, row('" +
            claims[0] + "', null, null, false, 1, 1)::claim_extra])",
        {epoch_.hex()}
    );
    EXPECT_EQ(
        count("attempt a join job j on j.id = a.job join pin p on p.pin_id = j.pin_id"
              " where (j.job_id, a.cost, p.single_use) in (('j1', 1, false), ('j2', 2, true))"),
        2
    );
}

TEST_F(claiming, LetsOnlyTheNewestGoOnOfOneNumbersPinsInABatch) {
    std::vector<claim_request> batch{sms_request("j1"), sms_request("j2"), sms_request("j3")};
    for (auto& request : batch)
        request.pin->by_number = true;
    batch[1].requested_at += 1s;
    batch[2].to = *msisdn::parse("447700900124");
    const auto answers = claim(db(), epoch_, batch);
    EXPECT_TRUE(answers[0].final);
    EXPECT_EQ(answers[0].reason, "superseded");
    EXPECT_FALSE(answers[0].state);
    EXPECT_EQ(answers[1].state, attempt_state::sending);
    EXPECT_EQ(answers[1].sealed, "v1.k.j2");
    EXPECT_EQ(answers[2].state, attempt_state::sending);
    EXPECT_EQ(count("pin where sealed is null"), 1);
    EXPECT_EQ(count("due"), 2);
    EXPECT_EQ(all_reports().size(), 1U);
}

TEST_F(claiming, KeepsAccountsApart) {
    auto other = sms_request("j1");
    other.account = account_name("umbrella");
    EXPECT_TRUE(claim_one(sms_request("j1")).ours());
    EXPECT_TRUE(claim_one(other).ours());
    EXPECT_EQ(count("job"), 2);
}

TEST_F(claiming, SaysTheSameWhenRunAgainAfterALostAnswer) {
    auto refused = sms_request("j2");
    refused.reason = "lookup_refused";
    refused.pin.reset();
    refused.attempt.reset();
    const std::vector<claim_request> batch{sms_request("j1"), refused};
    const auto first = claim(db(), epoch_, batch);
    const auto again = claim(db(), epoch_, batch);
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(again[i].ours());
        EXPECT_EQ(again[i].id, first[i].id);
        EXPECT_EQ(again[i].state, first[i].state);
        EXPECT_EQ(again[i].final, first[i].final);
    }
    EXPECT_EQ(count("attempt"), 1);
    EXPECT_EQ(count("due"), 1);
    EXPECT_EQ(count("report"), 1);
    EXPECT_EQ(count("pin"), 1);
}

TEST_F(claiming, LetsOneOfTwoSessionsWinEachKey) {
    std::vector<claim_request> mine;
    std::vector<claim_request> theirs;
    for (int i = 0; i < 200; ++i) {
        mine.push_back(sms_request("j" + std::to_string(i)));
        theirs.push_back(sms_request("j" + std::to_string(199 - i)));
    }
    const auto second = another();
    std::vector<claim_answer> got;
    std::thread rival([&] { got = claim(*second, other_, theirs); });
    const auto answers = claim(db(), epoch_, mine);
    rival.join();
    int wins = 0;
    for (const auto& answer : answers)
        wins += answer.ours();
    for (const auto& answer : got)
        wins += answer.ours();
    EXPECT_EQ(wins, 200);
    EXPECT_EQ(count("attempt"), 200);
    EXPECT_EQ(count("due"), 200);
}

TEST_F(claiming, EndsARefusedJobAtOnceWithItsReport) {
    auto request = sms_request("j1");
    request.reason = "lookup_refused";
    request.nc = nc_status::not_reachable;
    request.attempt.reset();
    const auto answer = claim_one(request);
    EXPECT_TRUE(answer.ours());
    EXPECT_TRUE(answer.final);
    EXPECT_EQ(answer.reason, "lookup_refused");
    EXPECT_FALSE(answer.state);
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("pin"), 0);
    const auto reports = all_reports();
    ASSERT_EQ(reports.size(), 1U);
    const auto said = decode_report_payload(reports[0].id, reports[0].payload);
    EXPECT_EQ(said.message, request.id);
    EXPECT_EQ(said.sms, sms_status::not_sent);
    EXPECT_EQ(said.nc, nc_status::not_reachable);
    EXPECT_EQ(said.reason, "lookup_refused");
    EXPECT_EQ(said.to, request.to);
}

TEST_F(claiming, APinThatCameWithAJobWithoutARouteIsThereToBeSentAgain) {
    auto request = sms_request("j1");
    request.reason = "no_route";
    request.attempt.reset();
    EXPECT_TRUE(claim_one(request).final);
    EXPECT_EQ(job_column(request.id, "pin_id"), request.pin->id.str());
    EXPECT_EQ(count("pin where sealed is not null"), 1);
    auto again = sms_request("j2");
    again.pin->id = request.pin->id;
    again.pin->strict = false;
    const auto answer = claim_one(again);
    EXPECT_EQ(answer.state, attempt_state::sending);
    EXPECT_EQ(answer.sealed, request.pin->sealed) << "the same PIN";
}

TEST_F(claiming, MakesNoReportOfARefusalThatNobodyWants) {
    auto request = sms_request("j1");
    request.reason = "lookup_refused";
    request.report_refusal = false;
    request.attempt.reset();
    claim_one(request);
    EXPECT_EQ(count("report"), 0);
    auto expired = sms_request("j2");
    expired.reason = "expired";
    expired.report_refusal = false;
    expired.attempt.reset();
    claim_one(expired);
    EXPECT_EQ(count("report"), 1) << "only a refusal by lookup is excepted";
}

// A caller that waits for the lookup's verdict is told when there came none.
TEST_F(claiming, MakesNoReportWhenAWaitingCallersOrderExpiredUnseenByLookup) {
    int made = 0;
    const auto reports_of = [&](const std::string& lookup, const std::string& waiter, auto nc) {
        auto request = sms_request("j" + std::to_string(++made));
        request.spec = R"({"lookup":")" + lookup + R"("})";
        request.waiter = waiter;
        request.nc = nc;
        request.reason = "expired";
        request.report_refusal = false;
        request.attempt.reset();
        const auto before = count("report");
        claim_one(request);
        return count("report") - before;
    };
    const std::optional<nc_status> none;
    EXPECT_EQ(reports_of("hlr_lookup", "api", none), 0);
    EXPECT_EQ(reports_of("skip", "api", none), 1) << "it was told \"ok\"";
    EXPECT_EQ(reports_of("hlr_lookup", "", none), 1) << "nobody waits: the report is all there is";
    const std::optional<nc_status> seen = nc_status::reachable;
    EXPECT_EQ(reports_of("hlr_lookup", "api", seen), 1) << "it was told \"ok\" at the verdict";
}

TEST_F(claiming, EndsAJobThatHasNoAttemptSoThatItIsNeverForgotten) {
    auto request = sms_request("j1");
    request.attempt.reset();
    const auto answer = claim_one(request);
    EXPECT_TRUE(answer.final);
    EXPECT_EQ(answer.reason, "no_route");
    EXPECT_EQ(count("report"), 1);
}

TEST_F(claiming, LeavesAnAttemptThatIsNotKeptToAnybody) {
    auto request = sms_request("j1");
    request.attempt->start = false;
    const auto answer = claim_one(request);
    EXPECT_EQ(answer.state, attempt_state::waiting);
    EXPECT_FALSE(answer.owner);
}

// A second job that names the PIN of a first one.
class resending : public database {
protected:
    resending() : first_(sms_request("j1")) {
        first_.pin->id = pinwire::pin_id("the-pin");
        first_.pin->by_number = true;
        claim_one(first_);
        second_ = sms_request("j2");
        second_.pin->id = pinwire::pin_id("the-pin");
        second_.pin->sealed = "v1.k.never-used";
    }
    void change_pin(const std::string& assignment) {
        db().query("update pin set " + assignment + " where pin_id = 'the-pin'");
    }
    void expect_refused(const std::string& reason) {
        const auto answer = claim_one(second_);
        EXPECT_TRUE(answer.ours());
        EXPECT_TRUE(answer.final);
        EXPECT_EQ(answer.reason, reason);
        EXPECT_FALSE(answer.state);
        EXPECT_EQ(count("due"), 1) << "only the first job's";
        const auto reports = all_reports();
        ASSERT_EQ(reports.size(), 1U);
        const auto said = decode_report_payload(reports[0].id, reports[0].payload);
        EXPECT_EQ(said.reason, reason);
        EXPECT_EQ(said.sms, sms_status::not_sent);
    }
    claim_request first_;
    claim_request second_;
};

TEST_F(resending, SendsTheSamePinAgain) {
    const auto answer = claim_one(second_);
    EXPECT_TRUE(answer.ours());
    EXPECT_FALSE(answer.final);
    EXPECT_EQ(answer.sealed, first_.pin->sealed);
    EXPECT_EQ(answer.pin_expires_at, first_.requested_at + 1h) << "it prolongs nothing";
}

TEST_F(resending, RefusesAnotherNumber) {
    second_.to = *msisdn::parse("447700900999");
    expect_refused("pin_other_number");
}

TEST_F(resending, RefusesAnExpiredPin) {
    change_pin("expires_at = clock_timestamp() - interval '1 second'");
    expect_refused("pin_expired");
}

TEST_F(resending, RefusesASpentPin) {
    change_pin("verified_at = clock_timestamp(), single_use = true");
    expect_refused("pin_spent");
}

TEST_F(resending, RefusesAPinOutOfTries) {
    change_pin("tries_left = 0");
    expect_refused("pin_out_of_tries");
}

TEST_F(resending, RefusesACancelledPin) {
    change_pin("cancelled_at = clock_timestamp()");
    expect_refused("pin_cancelled");
}

TEST_F(resending, RefusesOtherParametersWhenTheyWereGiven) {
    second_.pin->parameters.length = 8;
    second_.pin->strict = true;
    expect_refused("pin_parameters_differ");
}

TEST_F(resending, IgnoresOtherParametersWhenNoneWereGiven) {
    second_.pin->parameters.length = 8;
    EXPECT_FALSE(claim_one(second_).final);
}

TEST_F(resending, RefusesAPinThatANewerOneOfTheNumberReplaced) {
    auto newer = sms_request("j3");
    newer.pin->by_number = true;
    newer.requested_at += 1s;
    claim_one(newer);
    const auto answer = claim_one(second_);
    EXPECT_TRUE(answer.final);
    EXPECT_EQ(answer.reason, "superseded");
}

TEST_F(claiming, FindsKnownJobsOnly) {
    const auto request = sms_request("j1");
    claim_one(request);
    const std::vector<job_key> keys{
        {account_name("acme"), job_id("j1")},
        {account_name("acme"), job_id("j,\"2")},
        {account_name("umbrella"), job_id("j1")}};
    const auto known = known_jobs(db(), keys);
    ASSERT_EQ(known.size(), 1U);
    EXPECT_EQ(known[0].key, keys[0]);
    EXPECT_EQ(known[0].id, request.id);
    EXPECT_EQ(known[0].content_hash, request.content_hash);
}

TEST_F(claiming, CarriesNastyTextsThroughTheArray) {
    auto request = sms_request("j1");
    const std::string nasty = "a,(b)\"c\\d{e}'f\n\t\\\\\"\" g NULL é€😀";
    request.spec = nasty;
    request.reference = "\"";
    request.sender = sender_name("\\");
    request.mccmnc = " ";
    request.pin->sealed = "(,)";
    EXPECT_EQ(claim_one(request).sealed, "(,)");
    EXPECT_EQ(job_column(request.id, "spec"), nasty);
    EXPECT_EQ(job_column(request.id, "reference"), "\"");
    EXPECT_EQ(job_column(request.id, "sender"), "\\");
    EXPECT_EQ(job_column(request.id, "mccmnc"), " ");
    EXPECT_EQ(job_column(request.id, "waiter"), "null");
    auto empty = sms_request("j2");
    empty.spec.clear();
    claim_one(empty);
    EXPECT_EQ(job_column(empty.id, "spec"), "") << "the empty string is not NULL";
    EXPECT_EQ(
        value("select requested_at::text from job where job_id = 'j1'").substr(0, 10),
        timestamptz_text(request.requested_at).substr(0, 10)
    );
}

TEST_F(claiming, CarriesNastyTextsIntoEventAndReport) {
    auto request = sms_request("j1");
    request.reference = "a,(b)\"c\\d{e}'f\n\t\x01 é€😀";
    request.waiter = "\"\\";
    request.reason = "lookup_refused";
    claim_one(request);
    const auto events = read_outbox(db(), epoch_, {}, 10, 1h).at(0).events;
    EXPECT_EQ(events.at(0).waiter, request.waiter);
    const auto event = nlohmann::json::parse(events.at(0).json);
    EXPECT_EQ(event.at("reference").get<std::string>(), request.reference);
    EXPECT_EQ(event.at("sms_status").get<std::string>(), "MESSAGE_NOT_SENT");
    EXPECT_TRUE(event.at("final").get<bool>());
    EXPECT_FALSE(event.contains("dlr_status")) << "what isn't known is left out";
    const auto report = all_reports().at(0);
    EXPECT_EQ(decode_report_payload(report.id, report.payload).reference, request.reference);
}

TEST_F(claiming, CostsABadRowOnlyItself) {
    db().query("alter table job add constraint poison check (reference <> 'poison')");
    std::vector<claim_request> batch;
    for (int i = 0; i < 512; ++i)
        batch.push_back(sms_request("j" + std::to_string(i)));
    batch[300].reference = "poison";
    batch[17].reference = std::string("\xff\xfe");
    batch[18].spec = std::string("nul\0nul", 7);
    executor on(settings(), "test");
    int answered = 0;
    const auto bad = on.run_blocking([&](session&) {
        return run_batch(on, std::span<const claim_request>(batch), [&](session& with, auto rows) {
            answered += static_cast<int>(claim(with, epoch_, rows).size());
        });
    });
    ASSERT_EQ(bad.size(), 3U);
    EXPECT_EQ(bad[0].index, 17U);
    EXPECT_EQ(bad[0].sqlstate, "22021");
    EXPECT_EQ(bad[1].index, 18U);
    EXPECT_EQ(bad[1].sqlstate, "22021");
    EXPECT_EQ(bad[2].index, 300U);
    EXPECT_EQ(bad[2].sqlstate, "23514");
    EXPECT_EQ(answered, 509);
    EXPECT_EQ(count("job"), 509);
    EXPECT_EQ(count("due"), 509);
}

}  // namespace
}  // namespace pinwire::postgres::test
