// Send, record, and what follows: other routes, the same one later, and the ladder's rungs.
#include "worker/attempts.hpp"

#include <gtest/gtest.h>

#include "common/core/job_codec.hpp"
#include "tests/component/worker/world.hpp"
#include "worker/sweep.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using postgres::record_result;
using test::json_of;
using test::world;

TEST(Attempts, ASureRefusalIsRecordedTogetherWithTheNextRoutesAttempt) {
    world w;
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.live({json_of("j1")});
    ASSERT_EQ(w.store.records.size(), 2U);
    EXPECT_EQ(w.store.records[0].result, record_result::not_sent);
    ASSERT_TRUE(w.store.records[0].next);
    EXPECT_EQ(w.store.records[0].next->route, route_name("second"));
    EXPECT_TRUE(w.store.records[0].next->start);
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("beta"));
    EXPECT_EQ(w.carriers.sent[1].attempt, w.store.records[0].next->id);
    EXPECT_EQ(w.carriers.sent[1].text, w.carriers.sent[0].text) << "the same PIN";
    EXPECT_EQ(w.store.records[1].result, record_result::sent);
}

TEST(Attempts, TheReportOfWhatWasSentIsOverdueAfterItsCarriersTimeOrNeverBeforeItsDeadline) {
    for (const auto after : {0ms, 90'000ms, 172'800'000ms}) {
        auto settings = test::settings();
        settings.carriers.at(carrier_name("alpha")).pull_after = after;
        world w(settings);
        const auto before = std::chrono::system_clock::now();
        w.live({json_of("j1")});
        const auto& record = w.store.records.at(0);
        ASSERT_EQ(record.result, record_result::sent);
        const bool soon = after == 90'000ms;
        EXPECT_EQ(record.next_at < record.deadline, soon) << after.count();
        EXPECT_GE(*record.next_at, before + (soon ? after : 0ms));
    }
}

TEST(Attempts, AFinalRefusalEndsTheJob) {
    world w;
    w.carriers.carrier_script["alpha"] = {test::refused(52)};
    w.live({json_of("j1")});
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_TRUE(w.db->job("j1")->final);
}

TEST(Attempts, WhenEveryRouteRefusedTheJobEnds) {
    world w;
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.carriers.carrier_script["beta"] = {test::refused(13)};
    w.live({json_of("j1")});
    EXPECT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_TRUE(w.db->job("j1")->final);
    EXPECT_FALSE(w.store.records.at(1).next);
}

TEST(Attempts, ABusyLastRouteGetsItAgainLater) {
    auto settings = test::settings();
    settings.routes.erase(route_name("second"));
    world w(settings);
    w.carriers.carrier_script["alpha"] = {test::answered(429)};
    w.live({json_of("j1")});
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_NE(w.carriers.sent[0].attempt, w.carriers.sent[1].attempt);
    EXPECT_EQ(w.calls.count("start"), 1) << "it waited in the table";
    EXPECT_FALSE(w.store.records.at(0).next->start);
}

TEST(Attempts, AConnectionThatFailedIsSurelyNotSent) {
    world w;
    const auto lost = test::unanswered(http::progress::not_connected, http::failure::connect);
    w.carriers.carrier_script["alpha"] = {lost};
    w.live({json_of("j1")});
    EXPECT_EQ(w.store.records.at(0).result, record_result::not_sent);
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("beta"));
}

TEST(Attempts, NothingFollowsWhatIsInDoubt) {
    const http::exchange doubtful[] = {
        test::silent(),
        test::unanswered(http::progress::sent_no_answer, http::failure::closed),
        test::answered(200, "nonsense"),
        test::answered(502)};
    for (const auto& one : doubtful) {
        world w;
        w.carriers.carrier_script["alpha"] = {one};
        w.live({json_of("j1")});
        EXPECT_EQ(w.carriers.sent.size(), 1U);
        ASSERT_EQ(w.store.records.size(), 1U);
        EXPECT_EQ(w.store.records[0].result, record_result::in_doubt);
        EXPECT_FALSE(w.store.records[0].next);
    }
}

TEST(Attempts, ADuplicateReferenceProvesTheFirstRequest) {
    world w;
    w.carriers.carrier_script["alpha"] = {test::refused(23)};
    w.live({json_of("j1")});
    EXPECT_EQ(w.store.records.at(0).result, record_result::sent);
}

TEST(Attempts, WithoutAHeartbeatNothingLeavesAndTheSameRouteHasItLater) {
    world w;
    w.alive = false;
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1")});
        const auto recorded = [&] { return w.store.records.size() == 1; };
        co_await test::until(recorded);
        EXPECT_TRUE(w.carriers.sent.empty());
        w.alive = true;
    });
    EXPECT_EQ(w.store.records[0].error, "no_heartbeat");
    ASSERT_TRUE(w.store.records[0].next);
    EXPECT_EQ(w.store.records[0].next->route, route_name("first"));
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("alpha"));
}

TEST(Attempts, WhatWasCommittedBeforeAGapInTheHeartbeatsNeverLeaves) {
    world w;
    w.carriers.before_first_byte = [&](std::string) -> awaitable<void> {
        if (w.calls.count("request") == 1) ++w.stretch;  // it stood still, and beats again
        co_return;
    };
    w.live({json_of("j1")});
    EXPECT_EQ(w.store.records.at(0).result, record_result::not_sent);
    EXPECT_EQ(w.store.records[0].error, "no_heartbeat");
    ASSERT_TRUE(w.store.records[0].next);
    ASSERT_EQ(w.carriers.sent.size(), 1U) << "what was committed since then";
    EXPECT_EQ(w.carriers.sent[0].attempt, w.store.records[0].next->id);
}

TEST(Attempts, WhatIsClaimedOrRecordedAcrossAGapNeverLeaves) {
    for (const auto* commit : {"claim", "record"}) {
        world w;
        w.carriers.carrier_script["alpha"] = {test::refused(12)};
        w.calls.entered = [&](const std::string& what) {
            if (what == commit && w.calls.count(what) == 1) ++w.stretch;
        };
        w.live({json_of("j1")});
        const std::size_t withheld = commit == std::string("claim") ? 0 : 1;
        EXPECT_EQ(w.store.records.at(withheld).error, "no_heartbeat") << commit;
        EXPECT_EQ(w.calls.count("withheld"), 1) << commit;
    }
}

TEST(Attempts, AnExpiredPinNeverLeaves) {
    world w;
    w.db->pin_expires_at = std::chrono::system_clock::now() - 1s;
    w.live({json_of("j1")});
    EXPECT_TRUE(w.carriers.sent.empty());
    EXPECT_EQ(w.store.records.at(0).result, record_result::not_sent);
    EXPECT_FALSE(w.store.records[0].next);
}

TEST(Attempts, APinThatExpiresInTheLastInstantNeverLeaves) {
    world w;
    w.db->pin_expires_at = std::chrono::system_clock::now() + 1200ms;
    w.carriers.before_first_byte = [&](std::string) -> awaitable<void> {
        const auto over = [&] { return std::chrono::system_clock::now() > *w.db->pin_expires_at; };
        co_await test::until(over);
    };
    w.live({json_of("j1")});
    EXPECT_EQ(w.calls.count("withheld"), 1);
    EXPECT_TRUE(w.carriers.sent.empty());
    EXPECT_EQ(w.store.records.at(0).error, "expired");
    EXPECT_FALSE(w.store.records[0].next);
}

TEST(Attempts, ARouteThatIsGoneIsReplaced) {
    world w;
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1")});
        const auto sent = [&] { return w.store.records.size() == 1; };
        co_await test::until(sent);
        auto work = w.work_of_only_attempt();
        w.db->only_attempt()->state = attempt_state::waiting;
        work.route = route_name("gone");
        co_await w.sending.rehome(std::move(work));
    });
    EXPECT_EQ(w.store.records.at(1).error, "route_gone");
    EXPECT_EQ(w.store.records[1].result, record_result::not_sent);
    EXPECT_TRUE(w.store.records[1].next);
}

// Brings one attempt in doubt, then runs `rung` on it.
void in_doubt(world& w, http::exchange then, std::function<awaitable<void>(attempt_work)> rung) {
    w.carriers.carrier_script["alpha"] = {test::silent(), std::move(then)};
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1")});
        const auto recorded = [&] { return w.store.records.size() == 1; };
        co_await test::until(recorded);
        auto work = w.work_of_only_attempt();
        co_await rung(std::move(work));
    });
}

void repeated(world& w, http::exchange then) {
    in_doubt(w, std::move(then), [&w](attempt_work work) {
        return w.sending.repeat(std::move(work));
    });
}

TEST(Attempts, ARepeatGoesUnderTheSameReferenceAndAcceptanceIsCertain) {
    world w;
    repeated(w, test::refused(23));
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[0].attempt, w.carriers.sent[1].attempt);
    EXPECT_EQ(w.store.records.at(1).result, record_result::sent);
    EXPECT_EQ(w.store.records[1].doubt_end, "repeated");
}

TEST(Attempts, ARepeatThatWasRefusedKeepsTheDoubt) {
    for (const auto& answer :
         {test::refused(12), test::refused(52), test::answered(429), test::silent()}) {
        world w;
        repeated(w, answer);
        const auto& record = w.store.records.at(1);
        EXPECT_EQ(record.result, record_result::in_doubt);
        EXPECT_TRUE(record.doubt_end.empty());
        EXPECT_FALSE(record.next);
        EXPECT_TRUE(record.repeated);
        EXPECT_GT(record.next_at, std::chrono::system_clock::now());
        EXPECT_EQ(w.db->only_attempt()->state, attempt_state::in_doubt);
    }
}

TEST(Attempts, ARepeatThatNeverLeftIsNotCounted) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        w.alive = false;
        return w.sending.repeat(std::move(work));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_FALSE(w.store.records.at(1).repeated);
}

TEST(Attempts, ARepeatThatTheCarrierMayHaveForgottenNeverLeaves) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        work.started_at -= w.send.carrier_of(work.carrier)->config().idempotency_window;
        return w.sending.repeat(std::move(work));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.store.records.at(1).result, record_result::in_doubt);
    EXPECT_EQ(w.store.records[1].error, "window_over");
    EXPECT_FALSE(w.store.records[1].repeated);
}

TEST(Attempts, ARepeatThatWasTakenBeforeAGapNeverLeaves) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        ++w.stretch;
        return w.sending.repeat(std::move(work));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.store.records.at(1).result, record_result::in_doubt);
    EXPECT_FALSE(w.store.records[1].repeated);
}

TEST(Attempts, ARepeatWhosePinCannotBeOpenedIsNotCounted) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        const auto strange = test::ring("other", 9);
        work.sealed = strange.seal(secret("123456"), "", test::fresh_nonce());
        return w.sending.repeat(std::move(work));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.store.records.at(1).error, "pin_key_unknown");
    EXPECT_FALSE(w.store.records[1].repeated);
}

TEST(Attempts, AResendIsANewAttemptAndCounted) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        return w.sending.resend(std::move(work));
    });
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_NE(w.carriers.sent[0].attempt, w.carriers.sent[1].attempt);
    EXPECT_EQ(w.store.records.at(1).result, record_result::resent);
    EXPECT_EQ(w.counts.resent_in_doubt.value(), 1);
}

TEST(Attempts, AResendThatFindsTheRowMovedOnSendsNothing) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        w.db->only_attempt()->state = attempt_state::sent;  // a DLR came meanwhile
        return w.sending.resend(std::move(work));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(Attempts, AResendThatWouldComeTooLateIsPutOffToTheDeadline) {
    world w;
    in_doubt(w, test::accepted(), [&w](attempt_work work) {
        work.number = 32;
        return w.sending.resend(std::move(work));
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.calls.count("postpone"), 1);
    EXPECT_EQ(w.counts.resent_in_doubt.value(), 0);
}

// What the routes make of it all: where the next attempt goes, as whom, and how fast.

config::settings with_networks() {
    auto made = test::settings();
    made.routes.at(route_name("first")).networks = {"23430"};
    made.routes.at(route_name("first")).prefixes = {"447700"};
    auto third = made.routes.at(route_name("second"));
    third.name = route_name("third");
    third.networks = {"23415"};
    third.carrier = carrier_name("alpha");
    made.routes.emplace(third.name, third);
    return made;
}

const char* on_vodafone = R"({"results":[{"to":"447700900123","status":{"id":5},)"
                          R"("mccMnc":"23415","ported":true}]})";

TEST(Attempts, APortedNumberTakesItsCurrentNetworkAndSoDoLaterAttempts) {
    world w(with_networks());
    w.carriers.provider_script = {test::answered(200, on_vodafone)};
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.live({json_of("j1", R"("hlr_lookup":1)")});
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].mccmnc, "23415");
    EXPECT_EQ(w.store.claims[0].attempt->route, route_name("third"));
    ASSERT_TRUE(w.store.records.at(0).next);
    EXPECT_EQ(w.store.records[0].next->route, route_name("second"))
        << "the route of another network is none, whatever the prefix says";
}

TEST(Attempts, ARowOfTheTableBringsItsNetworkAlong) {
    postgres::work_item row;
    job of;
    of.to = *msisdn::parse("447700900123");
    of.text = "{PIN}";
    row.spec = to_spec(of);
    row.mccmnc = "23415";
    row.next_at = wall_time(5h);
    const auto work = work_of(row);
    EXPECT_EQ(wish_of(work).network, "23415");
    EXPECT_EQ(work.parts, 1);
    EXPECT_EQ(work.not_before, row.next_at);
}

TEST(Attempts, ARouteOfAnotherAccountIsNotTaken) {
    auto settings = test::settings();
    settings.routes.at(route_name("first")).accounts = {account_name("other")};
    world w(settings);
    w.live({json_of("j1")});
    EXPECT_EQ(w.carriers.sent.at(0).carrier, carrier_name("beta"));
}

TEST(Attempts, ARoutesTimesAreItsOwnElseItsCarriers) {
    auto settings = test::settings();
    settings.carriers.at(carrier_name("beta")).answer_timeout = 7s;
    settings.routes.at(route_name("first")).answer_timeout = 3s;
    settings.routes.at(route_name("first")).connect_timeout = 200ms;
    world w(settings);
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.live({json_of("j1")});
    ASSERT_EQ(w.carriers.times.size(), 2U);
    EXPECT_EQ(w.carriers.times[0].answer, 3s);
    EXPECT_EQ(w.carriers.times[0].connect, 200ms);
    EXPECT_EQ(w.carriers.times[1].answer, 7s);
}

TEST(Attempts, WhatARoutePutsInPlaceOfTheSenderIsRecorded) {
    auto settings = test::settings();
    settings.routes.at(route_name("first")).senders = {{"44", sender_name("ACMEUK")}};
    world w(settings);
    w.carriers.carrier_script["alpha"] = {test::refused(12)};
    w.live({json_of("j1", R"("from":"Shop")")});
    EXPECT_EQ(w.store.claims.at(0).sender, sender_name("Shop"));
    EXPECT_EQ(w.carriers.sent.at(0).from, "ACMEUK");
    EXPECT_EQ(w.store.records.at(0).put_sender, sender_name("ACMEUK"));
    EXPECT_EQ(w.carriers.sent.at(1).from, "Shop");
    EXPECT_FALSE(w.store.records.at(1).put_sender);
}

TEST(Attempts, AThrottledAnswerSlowsItsRouteDown) {
    world w;
    w.carriers.carrier_script["alpha"] = {test::answered(429)};
    w.live({json_of("j1")});
    EXPECT_LT(w.ways.find(route_name("first"))->factor(), 1);
    EXPECT_EQ(w.ways.find(route_name("second"))->factor(), 1);
    EXPECT_EQ(w.carriers.sent.at(1).carrier, carrier_name("beta"));
}

// Claims one job that has to wait on route `first`, and does `then` before it leaves.
void waits_on_first(world& w, std::function<void()> then) {
    w.run([&w, then = std::move(then)]() -> awaitable<void> {
        auto held = w.ways.find(route_name("first"))->try_permit();
        w.begin({json_of("j1")});
        const auto waits = [&] { return w.ways.find(route_name("first"))->held() == 1; };
        co_await test::until(waits);
        then();
        held.reset();
    });
}

config::settings with_one_place() {
    auto made = test::settings();
    made.routes.at(route_name("first")).window = 1;
    return made;
}

TEST(Attempts, WhatIsStartedAfterAGapLeavesThoughItWasClaimedBefore) {
    world w(with_one_place());
    waits_on_first(w, [&] { ++w.stretch; });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.store.records.at(0).result, record_result::sent);
}

TEST(Attempts, WhatWaitsForARouteThatFellSickGoesAnotherWay) {
    world w(with_one_place());
    waits_on_first(w, [&] {
        for (int i = 0; i < 10; ++i) {
            const auto pass = w.ways.begin(route_name("first"));
            w.ways.end(route_name("first"), pass, routes::health::bad);
        }
    });
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("beta"));
    EXPECT_EQ(w.store.records.at(0).error, "route_unhealthy");
    EXPECT_EQ(w.store.records[0].next->route, route_name("second"));
}

TEST(Attempts, WhatWaitsForAPausedRouteGoesAnotherWay) {
    world w(with_one_place());
    waits_on_first(w, [&] {
        w.ways.ask_paused([](const route_name& name) { return name == route_name("first"); });
        w.ways.look_again();
        w.sending.leave(*w.ways.find(route_name("first")), w.jobs);
    });
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("beta"));
    EXPECT_EQ(w.store.records.at(0).error, "route_paused");
}

TEST(Attempts, ARouteThatWasOnlyPassedByMayHaveTheJobLater) {
    world w(with_one_place());
    w.carriers.carrier_script["beta"] = {test::refused(12)};
    waits_on_first(w, [&] {
        w.ways.ask_paused([](const route_name& name) { return name == route_name("first"); });
        w.ways.look_again();
        w.sending.leave(*w.ways.find(route_name("first")), w.jobs);
        w.ways.ask_paused(nullptr);
        w.ways.look_again();
    });
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[1].carrier, carrier_name("alpha"));
}

TEST(Attempts, WhatWaitsForAPausedLastRouteWaitsUntilThePauseEnds) {
    auto settings = with_one_place();
    settings.routes.erase(route_name("second"));
    world w(settings);
    waits_on_first(w, [&] {
        w.ways.ask_paused([](const route_name&) { return true; });
        w.ways.look_again();
        auto& line = *w.ways.find(route_name("first"));
        w.sending.leave(line, w.jobs);
        EXPECT_EQ(line.held(), 1U);
        EXPECT_TRUE(w.carriers.sent.empty());
        w.ways.ask_paused(nullptr);
        w.ways.look_again();
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.store.records.at(0).result, record_result::sent);
}

// A plan whose job waits on a route that an operator pauses for a moment.
void passes_by(world& w, const std::string& plan) {
    w.run([&w, plan]() -> awaitable<void> {
        auto& first = *w.ways.find(route_name("first"));
        auto held = first.try_permit();
        w.begin({json_of("j1", plan)});
        const auto waits = [&] { return first.held() == 1; };
        co_await test::until(waits);
        w.ways.ask_paused([](const route_name& name) { return name == route_name("first"); });
        w.ways.look_again();
        w.sending.leave(first, w.jobs);
        w.ways.ask_paused(nullptr);
        w.ways.look_again();
        held.reset();
    });
}

TEST(Attempts, APlanWaitsWhereItsMoneyAllowsNoOtherWay) {
    auto settings = with_one_place();
    settings.routes.at(route_name("second")).price = 50'000;
    world w(settings);
    passes_by(w, R"("steps":[{}],"limits":{"cost":40000})");
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("alpha"));
    EXPECT_EQ(w.store.records.at(0).result, record_result::sent);
}

TEST(Attempts, ARouteThatWasOnlyPassedByIsNoneOfAPlansAttempts) {
    world w(with_one_place());
    passes_by(w, R"("steps":[{}],"limits":{"attempts":1})");
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("beta"));
    EXPECT_EQ(w.store.records.at(0).error, "route_paused");
    EXPECT_EQ(w.store.records.at(1).result, record_result::sent);
}

// Both carriers can be asked by our reference; what their lists lack after a moment was not taken.
config::settings asking() {
    auto made = test::settings();
    for (auto& [name, carrier] : made.carriers) {
        carrier.translator.kind = "vonage";
        carrier.translator.username = "key";
        carrier.translator.inquiry_url = "http://127.0.0.1:1";
        carrier.translator.absent_after = 60s;
        carrier.translator.idempotency_window = 0s;
    }
    return made;
}

http::exchange taken() {
    return test::answered(200, R"({"messages":[{"status":"0","message-id":"0A1"}]})");
}

http::exchange listed(const std::string& reference, const std::string& more = "") {
    return test::answered(
        200, R"({"records":[{"client_ref":")" + reference + R"(","message_id":"0A9")" + more + "}]}"
    );
}

// Brings one attempt in doubt, then asks about it; `age`: since its first request.
void asked(world& w, std::chrono::seconds age, std::function<http::exchange(attempt_work&)> says) {
    w.carriers.carrier_script["alpha"] = {test::silent(), taken()};
    w.carriers.carrier_script["beta"] = {taken()};
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1", R"("from":"ACME")")});
        const auto recorded = [&] { return w.store.records.size() == 1; };
        co_await test::until(recorded);
        auto work = w.work_of_only_attempt();
        work.started_at -= age;
        auto answer = says(work);
        w.carriers.inquiry_script.push_back(std::move(answer));
        EXPECT_TRUE(w.send.can_ask(work));
        co_await w.sending.ask(std::move(work));
    });
}

TEST(Attempts, WhatTheCarriersListHoldsWasSent) {
    world w(asking());
    asked(w, 0s, [](attempt_work& work) { return listed(work.id.hex()); });
    ASSERT_EQ(w.carriers.asked.size(), 1U);
    EXPECT_EQ(w.carriers.sent.size(), 1U) << "asking sends nothing";
    const auto& record = w.store.records.at(1);
    EXPECT_EQ(record.result, record_result::sent);
    EXPECT_EQ(record.carrier_message_id, "0A9");
    EXPECT_EQ(record.doubt_end, "asked_found");
    EXPECT_FALSE(record.found) << "the list says nothing of the delivery";
    EXPECT_EQ(w.counts.doubts("asked_found").value(), 1);
}

// A slow connection brought it late: its list can't prove before that.
TEST(Attempts, ItsRoutesOwnTimesAreWaitedForBeforeSilenceProves) {
    auto settings = asking();
    settings.routes.at(route_name("first")).connect_timeout = 1min;
    world w(settings);
    const auto after = settings.carriers.at(carrier_name("alpha")).translator.absent_after;
    asked(w, after + 50s, [](attempt_work&) { return test::answered(200, R"({"records":[]})"); });
    EXPECT_EQ(w.store.records.at(1).result, record_result::in_doubt);
    world late(settings);
    asked(late, after + 80s, [](attempt_work&) {
        return test::answered(200, R"({"records":[]})");
    });
    EXPECT_EQ(late.store.records.at(1).result, record_result::not_sent);
}

TEST(Attempts, AMessageThatIsKnownAsAnothersProvesNothing) {
    world w(asking());
    asked(w, 0s, [&w](attempt_work& work) {
        const auto id = attempt_id::time_ordered(work.started_at, random_bytes<10>());
        auto& other = w.db->attempts[id];
        other.carrier = work.carrier;
        other.carrier_message_id = "0A9";
        return listed(work.id.hex());
    });
    const auto& record = w.store.records.at(1);
    EXPECT_EQ(record.result, record_result::in_doubt);
    EXPECT_EQ(record.error, "asked_unknown(of_another)");
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.counts.doubts("asked_unknown").value(), 1);
}

TEST(Attempts, WhatTheListSaysOfTheDeliveryIsRecorded) {
    world w(asking());
    asked(w, 0s, [](attempt_work& work) {
        return listed(work.id.hex(), R"(,"status":"rejected","error_code":"9")");
    });
    const auto& record = w.store.records.at(1);
    EXPECT_EQ(record.result, record_result::sent);
    ASSERT_TRUE(record.found);
    EXPECT_EQ(record.found->status, dlr_status::rejectd);
    EXPECT_EQ(record.found->raw_status, "rejected");
    EXPECT_EQ(record.found->error_code, "9");
}

TEST(Attempts, WhatItsListLacksForLongEnoughGoesToTheNextRoute) {
    world w(asking());
    asked(w, 79s, [](attempt_work&) { return listed("another"); });
    const auto& record = w.store.records.at(1);
    EXPECT_EQ(record.result, record_result::not_sent);
    EXPECT_EQ(record.error, "asked_absent");
    EXPECT_EQ(record.doubt_end, "asked_absent");
    ASSERT_TRUE(record.next);
    EXPECT_EQ(record.next->route, route_name("second"));
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_NE(w.carriers.sent[0].attempt, w.carriers.sent[1].attempt);
    EXPECT_EQ(w.counts.doubts("asked_absent").value(), 1);
}

TEST(Attempts, AnAnswerThatProvesNothingKeepsTheDoubtAndIsCounted) {
    const http::exchange nothing[] = {
        listed("another"), test::silent(), test::answered(500), test::answered(200, "nonsense")};
    for (const auto& one : nothing) {
        world w(asking());
        asked(w, 59s, [&one](attempt_work&) { return one; });
        EXPECT_EQ(w.carriers.sent.size(), 1U);
        const auto& record = w.store.records.at(1);
        EXPECT_EQ(record.result, record_result::in_doubt);
        EXPECT_TRUE(record.error.starts_with("asked_unknown(")) << record.error;
        EXPECT_TRUE(record.repeated);
        EXPECT_GT(record.next_at, std::chrono::system_clock::now());
        EXPECT_FALSE(record.next);
        EXPECT_EQ(w.counts.doubts("asked_unknown").value(), 1);
    }
}

TEST(Attempts, AnAbsenceThatComesAfterTheReportMovesNothing) {
    world w(asking());
    asked(w, 61s, [&w](attempt_work&) {
        w.db->only_attempt()->state = attempt_state::sent;  // a DLR came meanwhile
        return listed("another");
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
}

TEST(Attempts, WhatACarrierCannotTakeGoesToTheNextRouteUnsent) {
    auto settings = asking();
    settings.carriers.at(carrier_name("beta")).translator.kind = "infobip";
    world w(settings);
    w.live({json_of("j1")});  // without a sender
    EXPECT_EQ(w.store.records.at(0).error, "no_sender");
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].carrier, carrier_name("beta"));
}

}  // namespace
}  // namespace pinwire::worker
