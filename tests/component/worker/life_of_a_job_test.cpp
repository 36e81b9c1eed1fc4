// A job's life, whole: what is sent, when its offset may be stored, and what a broken step leaves.
#include <gtest/gtest.h>

#include <algorithm>

#include "common/runtime/wakeup.hpp"
#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using test::json_of;
using test::world;
using offsets = std::vector<std::int64_t>;

TEST(LifeOfAJob, IsClaimedThenDoneThenSentThenRecorded) {
    world w;
    w.live({json_of("j1")});
    const std::vector<std::string> expected = {
        "known", "claim", "done 0", "request", "first byte to 447700900123", "record"};
    EXPECT_EQ(w.calls.diary, expected);
    EXPECT_EQ(w.db->only_attempt()->state, attempt_state::sent);
    EXPECT_EQ(w.db->only_attempt()->route, route_name("first"));
    EXPECT_EQ(w.db->only_attempt()->carrier_message_id, "carrier-id");
}

TEST(LifeOfAJob, TheOffsetIsDoneThoughTheCarrierHangs) {
    world w;
    wakeup answer(w.loop.ex());
    w.carriers.before_answer = [&](std::string) { return answer.wait(); };
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1")});
        const auto seen_1 = [&] { return !w.carriers.sent.empty(); };
        co_await test::until(seen_1);
        EXPECT_EQ(w.offsets_done(), offsets{0});
        EXPECT_EQ(w.calls.count("record"), 0);
        answer.notify();
    });
}

TEST(LifeOfAJob, AFloodOnOneNumberLeavesThePlacesToOthers) {
    world w;
    std::vector<std::string> flood;
    for (int i = 0; i < 100; ++i)
        flood.push_back(json_of("flood" + std::to_string(i)));
    w.run([&]() -> awaitable<void> {
        w.begin(flood);
        EXPECT_EQ(w.places.in_use(), 8U) << "who waits behind so many of its number holds none";
        const auto all_sent = [&] { return w.carriers.sent.size() == flood.size(); };
        co_await test::until(all_sent);
    });
    EXPECT_EQ(w.places.in_use(), 0U);
    const auto done = w.offsets_done();
    EXPECT_EQ(done.size(), flood.size());
    EXPECT_TRUE(std::is_sorted(done.begin(), done.end())) << "one after the other all the same";
}

TEST(LifeOfAJob, WhereTheWaitingRoomIsFullPlacesAreKept) {
    auto narrow = test::settings();
    narrow.worker.in_flight_max = 3;
    world w(narrow);
    std::vector<std::string> flood;
    for (int i = 0; i < 100; ++i)
        flood.push_back(json_of("flood" + std::to_string(i)));
    w.run([&]() -> awaitable<void> {
        w.begin(flood);
        EXPECT_EQ(w.places.in_use(), 52U) << "all but the forty-eight that sit";
        co_return;
    });
    EXPECT_EQ(w.places.in_use(), 0U);
    EXPECT_EQ(w.offsets_done().size(), flood.size());
}

TEST(LifeOfAJob, ThePinThatIsSentIsTheOneReadBack) {
    world w;
    w.live({json_of("j1", R"("pin_id":"P1","text":"{PIN}")")});
    w.db->jobs.begin()->second.pin = pin_id("P1");
    world again(w.settings_, w.db);
    again.live({json_of("j2", R"("pin_id":"P1","text":"{PIN}")")});
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    ASSERT_EQ(again.carriers.sent.size(), 1U);
    EXPECT_EQ(again.carriers.sent[0].text, w.carriers.sent[0].text);
    EXPECT_EQ(again.carriers.sent[0].text.size(), 6U);
}

TEST(LifeOfAJob, WhatIsNoJobIsDoneOnceTheDeadLetterIsAcknowledged) {
    world w;
    wakeup acknowledged(w.loop.ex());
    w.dead_letters.before_acknowledgement = [&] { return acknowledged.wait(); };
    w.run([&]() -> awaitable<void> {
        w.begin({"{"});
        const auto seen_2 = [&] { return w.calls.count("dead letter") == 1; };
        co_await test::until(seen_2);
        co_await pinwire::test::yield();
        EXPECT_TRUE(w.offsets_done().empty());
        acknowledged.notify();
    });
    EXPECT_EQ(w.offsets_done(), offsets{0});
    EXPECT_TRUE(w.carriers.sent.empty());
}

TEST(LifeOfAJob, ARepeatIsAnnouncedAgainAndSendsNothing) {
    world w;
    w.live({json_of("j1"), json_of("j1")});
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.calls.count("announce again"), 1);
    EXPECT_EQ(w.calls.count("claim"), 1) << "the second was found by the cheap read";
    EXPECT_EQ(w.offsets_done(), (offsets{0, 1}));
}

TEST(LifeOfAJob, ARepeatIsAnnouncedToItsOwnWaiter) {
    world w;
    const std::string first(32, '1');
    const std::string second(32, '2');
    w.run([&]() -> awaitable<void> {
        w.waiter = first;
        w.begin({json_of("j1")});
        w.waiter = second;
        w.begin({json_of("j1")});
        co_return;
    });
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].waiter, first);
    EXPECT_EQ(w.store.told_again, std::vector<std::string>{second});
}

TEST(LifeOfAJob, GuessesAreComparedWithThePinThatIsSent) {
    world w;
    w.live({json_of("j1", R"("text":"{PIN}","pin":{"single_use":true})")});
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    ASSERT_EQ(w.store.claims.size(), 1U);
    const auto& pin = w.store.claims[0].pin;
    ASSERT_TRUE(pin && pin->guess_mac);
    const auto& keys = *w.settings_.keys.ring;
    const auto context = key_ring::guess_context(account_name("acme"), pin->id);
    const secret sent(w.carriers.sent[0].text);
    EXPECT_EQ(pin->guess_mac, keys.mac_of_guess(pin->guess_key, sent, context));
    EXPECT_EQ(pin->guess_key, keys.active());
    EXPECT_TRUE(pin->parameters.single_use);
    EXPECT_EQ(w.store.claims[0].attempt->parts, 1);
}

TEST(LifeOfAJob, AReusedIdIsADeadLetterAndSendsNothing) {
    world w;
    w.live({json_of("j1"), json_of("j1", R"("text":"Other {PIN}")")});
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    ASSERT_EQ(w.dead_letters.kept.size(), 1U);
    EXPECT_EQ(w.dead_letters.kept[0].reason, "job_id_reused");
    EXPECT_EQ(w.dead_letters.kept[0].job_id, "j1");
    EXPECT_EQ(w.dead_letters.offsets, offsets{1});
    EXPECT_LT(w.calls.first("dead letter"), w.calls.first("done 1"));
}

TEST(LifeOfAJob, SendsNothingWhenTheClaimCameBackAsAnothers) {
    world w;
    w.store.others_took_the_claim = true;
    w.live({json_of("j1")});
    EXPECT_EQ(w.calls.count("request"), 0);
    EXPECT_EQ(w.offsets_done(), offsets{0});
}

TEST(LifeOfAJob, ARowThatTheDatabaseRefusesIsADeadLetter) {
    world w;
    w.store.bad_rows = {"j1"};
    w.live({json_of("j1"), json_of("j2", R"("to":"447700900124")")});
    ASSERT_EQ(w.dead_letters.kept.size(), 1U);
    EXPECT_EQ(w.dead_letters.kept[0].reason, "refused_by_database");
    EXPECT_EQ(w.dead_letters.kept[0].rule, "22021");
    EXPECT_LT(w.calls.first("dead letter"), w.calls.first("done 0"));
    ASSERT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.carriers.sent[0].to, "447700900124");
}

TEST(LifeOfAJob, AnExpiredJobIsClaimedFinalAndNeverLookedUpOrSent) {
    world w;
    const std::string past = R"("hlr_lookup":1,"requested_at":"2020-01-01T00:00:00Z")";
    w.live({json_of("j1", past)});
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, "expired");
    EXPECT_FALSE(w.store.claims[0].attempt);
    EXPECT_EQ(w.calls.count("lookup"), 0);
    EXPECT_EQ(w.calls.count("request"), 0);
    EXPECT_EQ(w.offsets_done(), offsets{0});
}

TEST(LifeOfAJob, ARefusedNumberIsClaimedFinalWithoutAPin) {
    world w;
    w.carriers.provider_script = {test::answered(500)};
    w.live({json_of("j1", R"("hlr_lookup":1)")});
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, "lookup_refused");
    EXPECT_FALSE(w.store.claims[0].pin);
    EXPECT_EQ(w.calls.count("request"), 0);
}

TEST(LifeOfAJob, AWithheldMessageHasItsPinAndIsNotSent) {
    world w;
    const std::string absent =
        R"({"results":[{"to":"447700900123","status":{"id":9},"error":{"id":27}}]})";
    w.carriers.provider_script = {test::answered(200, absent)};
    w.live({R"({"job_id":"j1","account":"acme","to":"447700900123",)"
            R"("dialect":"infobip","ncNeeded":true})"});
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, "lookup_withheld");
    EXPECT_TRUE(w.store.claims[0].pin);
    EXPECT_EQ(w.calls.count("request"), 0);
}

TEST(LifeOfAJob, ANumberWithoutARouteIsFinalAtOnce) {
    auto settings = test::settings();
    for (auto& [name, route] : settings.routes)
        route.prefixes = {"34"};
    world w(settings);
    w.live({json_of("j1")});
    ASSERT_EQ(w.store.claims.size(), 1U);
    EXPECT_EQ(w.store.claims[0].reason, "no_route");
    EXPECT_EQ(w.calls.count("request"), 0);
}

TEST(LifeOfAJob, WithoutARouteOnlyInfobipsCallersHoldAPin) {
    auto settings = test::settings();
    for (auto& [name, route] : settings.routes)
        route.prefixes = {"34"};
    world w(settings);
    w.live(
        {R"({"job_id":"j1","account":"acme","to":"447700900123",)"
         R"("dialect":"infobip","ncNeeded":false})",
         json_of("j2")}
    );
    ASSERT_EQ(w.store.claims.size(), 2U);
    EXPECT_EQ(w.store.claims[0].reason, "no_route");
    EXPECT_TRUE(w.store.claims[0].pin) << "it can be sent again by the id that was answered";
    EXPECT_FALSE(w.store.claims[1].pin) << "360NRS: it would end the number's older PIN";
}

TEST(LifeOfAJob, JobsOfOneNumberStartInTheirOrder) {
    world w;
    wakeup first_may_start(w.loop.ex());
    int asked = 0;
    w.carriers.before_first_byte = [&](std::string) -> awaitable<void> {
        if (++asked == 1) co_await first_may_start.wait();
    };
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1"), json_of("j2")});
        const auto seen_3 = [&] { return asked == 1; };
        co_await test::until(seen_3);
        co_await pinwire::test::yield(20);
        EXPECT_EQ(w.calls.count("claim"), 1) << "the second waits for the first's first byte";
        first_may_start.notify();
    });
    ASSERT_EQ(w.carriers.sent.size(), 2U);
    EXPECT_EQ(w.carriers.sent[0].attempt, w.db->job("j1")->attempts[0]);
    EXPECT_EQ(w.carriers.sent[1].attempt, w.db->job("j2")->attempts[0]);
}

TEST(LifeOfAJob, TheNextJobOfANumberDoesNotWaitForTheFirstsAnswer) {
    world w;
    wakeup first_answers(w.loop.ex());
    int asked = 0;
    w.carriers.before_answer = [&](std::string) -> awaitable<void> {
        if (++asked == 1) co_await first_answers.wait();
    };
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1"), json_of("j2")});
        const auto seen_4 = [&] { return w.carriers.sent.size() == 2; };
        co_await test::until(seen_4);
        EXPECT_LE(w.calls.count("record"), 1);
        first_answers.notify();
    });
    EXPECT_EQ(w.calls.count("record"), 2);
}

TEST(LifeOfAJob, OtherNumbersDoNotWait) {
    world w;
    wakeup slow(w.loop.ex());
    w.carriers.before_first_byte = [&](std::string to) -> awaitable<void> {
        if (to == "447700900123") co_await slow.wait();
    };
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1"), json_of("j2", R"("to":"447700900124")")});
        const auto seen_5 = [&] { return w.offsets_done().size() == 2; };
        co_await test::until(seen_5);
        const auto seen_6 = [&] { return w.calls.count("record") == 1; };
        co_await test::until(seen_6);
        EXPECT_EQ(w.db->job("j2")->attempts.size(), 1U);
        slow.notify();
    });
}

TEST(LifeOfAJob, WhatHasToWaitGivesUpItsPlaceAndIsStartedFromTheTable) {
    auto settings = test::settings();
    auto& route = settings.routes.at(route_name("first"));
    route.window = 1;
    world w(settings);
    wakeup first_answers(w.loop.ex());
    int asked = 0;
    w.carriers.before_answer = [&](std::string) -> awaitable<void> {
        if (++asked == 1) co_await first_answers.wait();
    };
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1"), json_of("j2", R"("to":"447700900124")")});
        const auto seen_7 = [&] {
            return w.offsets_done().size() == 2 && w.carriers.sent.size() == 1;
        };
        co_await test::until(seen_7);
        EXPECT_EQ(w.calls.count("start"), 0);
        first_answers.notify();
    });
    EXPECT_EQ(w.calls.count("start"), 1);
    EXPECT_EQ(w.carriers.sent.size(), 2U);
}

TEST(LifeOfAJob, AnAttemptThatMayNotStartIsNotSent) {
    auto settings = test::settings();
    settings.routes.at(route_name("first")).window = 1;
    world w(settings);
    wakeup first_answers(w.loop.ex());
    w.carriers.before_answer = [&](std::string) { return first_answers.wait(); };
    w.run([&]() -> awaitable<void> {
        w.begin({json_of("j1"), json_of("j2", R"("to":"447700900124")")});
        const auto seen_8 = [&] { return w.offsets_done().size() == 2; };
        co_await test::until(seen_8);
        w.store.start_refusal = "superseded";
        first_answers.notify();
    });
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.counts.superseded.value(), 1);
}

// The tables have the account from the second look on; at the first the database is away.
upkeep::account_book::source tables_with(const std::string& account, int& looks) {
    return [account, &looks](std::int64_t) -> awaitable<std::optional<postgres::account_tables>> {
        if (++looks == 1) throw postgres::database_error(postgres::trouble::weather, "", "away");
        postgres::account_tables made;
        made.version = looks;
        postgres::account_row row;
        row.name = account_name(account);
        made.accounts.push_back(row);
        co_return made;
    };
}

TEST(LifeOfAJob, AnAccountThatWasMadeThisMomentIsNoDeadLetter) {
    int looks = 0;
    auto source = tables_with("fresh", looks);
    world w(test::settings(), std::make_shared<test::tables>(), std::move(source));
    w.live({json_of("j1", R"("account":"fresh")")});
    EXPECT_EQ(w.calls.count("dead letter"), 0);
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(looks, 2);
}

TEST(LifeOfAJob, AnAccountThatTheTablesHaveNotEitherIsADeadLetter) {
    int looks = 0;
    auto source = tables_with("other", looks);
    world w(test::settings(), std::make_shared<test::tables>(), std::move(source));
    w.live({json_of("j1", R"("account":"nobody")")});
    EXPECT_EQ(w.calls.count("dead letter"), 1);
    EXPECT_EQ(w.offsets_done(), offsets{0});
}

}  // namespace
}  // namespace pinwire::worker
