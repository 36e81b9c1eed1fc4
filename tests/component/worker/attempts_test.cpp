// Send, record, and what follows: other routes, the same one later, and the ladder's rungs.
#include "worker/attempts.hpp"

#include <gtest/gtest.h>

#include "tests/component/worker/world.hpp"

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
}

TEST(Attempts, ARepeatThatWasRefusedKeepsTheDoubt) {
    for (const auto& answer :
         {test::refused(12), test::refused(52), test::answered(429), test::silent()}) {
        world w;
        repeated(w, answer);
        const auto& record = w.store.records.at(1);
        EXPECT_EQ(record.result, record_result::in_doubt);
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

}  // namespace
}  // namespace pinwire::worker
