// At least once, committed only behind done(), through restarts, rebalances and back-pressure.
#include <set>

#include "common/runtime/task_group.hpp"
#include "tests/integration/kafka/kafka_fixture.hpp"
#include "tests/support/mock_kafka.hpp"

namespace pinwire::kafka {
namespace {

using namespace std::chrono_literals;

class Consumer : public kafka_test {
protected:
    static std::vector<std::string> payloads_of(const std::vector<record>& records) {
        std::vector<std::string> all;
        for (const auto& one : records)
            all.push_back(one.payload.value_or("(null)"));
        return all;
    }
};

TEST_F(Consumer, RestartsAfterTheContiguousDonePrefix) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 6);
        auto member = join(group_of(topic));
        const auto first = co_await take(*member, 6, false);
        for (const int i : {1, 0, 3, 5})
            member->done(first[static_cast<std::size_t>(i)]);
        EXPECT_EQ(member->unfinished(), 2U);
        co_await close(member);

        member = join(group_of(topic));
        const auto again = co_await take(*member, 4, true);
        const std::vector<std::string> expected = {"2", "3", "4", "5"};
        EXPECT_EQ(payloads_of(again), expected);
        co_await close(member);
    };
    run(body());
}

TEST_F(Consumer, CommitsNothingThatIsNotDone) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 3);
        auto member = join(group_of(topic));
        co_await take(*member, 3, false);
        co_await close(member);
        member = join(group_of(topic));
        const auto again = co_await take(*member, 3, true);
        EXPECT_EQ(again.front().payload, "0");
        co_await close(member);
    };
    run(body());
}

TEST_F(Consumer, GivesPartitionsToASecondMemberAndNothingIsSkipped) {
    const auto topic = make_topic(4);
    auto body = [&]() -> awaitable<void> {
        for (int k = 0; k < 8; ++k)
            co_await fill(topic, "key" + std::to_string(k), 50, 50 * k);
        std::set<std::string> seen;
        auto first = join(group_of(topic));
        // Half done, half only taken, when the second member comes.
        const auto taken = co_await take(*first, 400, false);
        for (std::size_t i = 0; i < taken.size(); i += 2)
            first->done(taken[i]);
        std::set<std::string> done_by_first;
        for (std::size_t i = 0; i < taken.size(); i += 2)
            done_by_first.insert(*taken[i].payload);

        auto second = join(group_of(topic));
        auto split = [&] {
            return first->assigned().size() + second->assigned().size() == 4 &&
                   !second->assigned().empty();
        };
        co_await eventually(split, "the second member gets partitions");
        EXPECT_FALSE(first->assigned().empty());
        for (std::size_t i = 1; i < taken.size(); i += 2)
            first->done(taken[i]);
        const auto kept = [&] {
            std::set<std::string> mine;
            for (const auto& one : taken) {
                if (first->owns(one.topic, one.partition, one.assignment)) {
                    mine.insert(*one.payload);
                }
            }
            return mine;
        }();
        EXPECT_LT(kept.size(), taken.size()) << "a revoked partition is no longer owned";
        EXPECT_GT(first->counters().stale, 0U);
        seen = kept;
        task_group readers(io_.get_executor(), nullptr);
        auto reader = [&](consumer& from) -> awaitable<void> {
            while (true) {
                const auto some = co_await from.next(100);
                if (some.empty()) co_return;
                for (const auto& one : some) {
                    seen.insert(*one.payload);
                    from.done(one);
                }
            }
        };
        readers.spawn(reader(*first));
        readers.spawn(reader(*second));
        auto complete = [&] {
            auto all = seen;
            all.insert(done_by_first.begin(), done_by_first.end());
            return all.size() == 400;
        };
        co_await eventually(complete, "all 400 are handled");
        co_await close(first);
        co_await close(second);
        const bool clean = co_await readers.drain(5s);
        EXPECT_TRUE(clean);
    };
    run(body());
}

TEST_F(Consumer, AnIdleMemberStaysInTheGroup) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 1);
        int revoked = 0;
        consumer_callbacks tell;
        tell.on_revoked = [&](const auto&, bool) { ++revoked; };
        auto how = group_of(topic);
        how.max_poll_interval = 6s;
        auto member = join(how, tell);
        co_await take(*member, 1, true);
        // Idle in next() for longer than max.poll.interval.ms: the time is the test.
        const auto nothing = co_await with_deadline(member->next(1), deadline_in(7500ms));
        EXPECT_FALSE(nothing.has_value());
        EXPECT_EQ(revoked, 0);
        EXPECT_EQ(member->assigned().size(), embedded() ? 4U : 1U);
        co_await fill(topic, "k", 1, 1);
        const auto next = co_await take(*member, 1, true);
        EXPECT_EQ(next.front().payload, "1");
        co_await close(member);
    };
    run(body());
}

TEST_F(Consumer, AMemberUnderBackPressureStaysInTheGroupAndServesRebalances) {
    const auto topic = make_topic(4);
    auto body = [&]() -> awaitable<void> {
        for (int k = 0; k < 8; ++k)
            co_await fill(topic, "key" + std::to_string(k), 50);
        int lost = 0;
        consumer_callbacks tell;
        tell.on_revoked = [&](const auto&, bool was_lost) { lost += was_lost ? 1 : 0; };
        auto how = group_of(topic);
        how.max_poll_interval = 6s;
        auto stalled = join(how, tell);
        co_await take(*stalled, 1, false);
        // Nobody calls next() while 399 records wait: longer than max.poll.interval.ms.
        co_await sleep_for(7500ms);
        EXPECT_EQ(stalled->assigned().size(), 4U);
        EXPECT_EQ(lost, 0);
        const auto asked = std::chrono::steady_clock::now();
        auto second = join(how);
        auto shared = [&] { return !second->assigned().empty(); };
        co_await eventually(shared, "the stalled member gives partitions up");
        EXPECT_LT(std::chrono::steady_clock::now() - asked, 15s);
        EXPECT_FALSE(stalled->assigned().empty());
        co_await close(second);
        auto alone = [&] { return stalled->assigned().size() == 4; };
        co_await eventually(alone, "the stalled member gets them back");
        const auto rest = co_await take(*stalled, 399, true);
        EXPECT_EQ(rest.size(), 399U);
        co_await close(stalled);
    };
    run(body());
}

TEST_F(Consumer, HoldsBackAtTheBoundOfUnfinishedRecords) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 10);
        auto how = group_of(topic);
        how.unfinished_max = 4;
        auto member = join(how);
        const auto first = co_await take(*member, 4, false);
        const auto held = co_await with_deadline(member->next(10), deadline_in(1500ms));
        EXPECT_FALSE(held.has_value());
        EXPECT_EQ(member->unfinished(), 4U);
        EXPECT_GT(member->counters().valve_closed, 0U);
        member->done(first[3]);
        member->done(first[0]);
        const auto more = co_await take(*member, 2, true);
        EXPECT_EQ(more.front().payload, "4");
        co_await close(member);
    };
    run(body());
}

TEST_F(Consumer, HoldsBackAtTheSpanOverTheLowestUnfinished) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 10);
        auto how = group_of(topic);
        how.span_max = 4;
        auto member = join(how);
        const auto first = co_await take(*member, 4, false);
        for (const std::size_t i : {1U, 2U, 3U})
            member->done(first[i]);
        const auto held = co_await with_deadline(member->next(10), deadline_in(1500ms));
        EXPECT_FALSE(held.has_value());
        member->done(first[0]);
        co_await take(*member, 1, true);
        co_await close(member);
    };
    run(body());
}

// Bounds that every service has, with their figures: no configuration makes them smaller.
class ConsumerWithUsualBounds : public Consumer {
protected:
    static constexpr std::size_t unfinished_max = 50'000;
    static constexpr std::size_t span_max = 20'000;

    // Takes what there is as services do, until it is told that it is held back.
    struct reading {
        std::vector<record> taken;
        std::size_t unfinished_when_held = 0;
        std::size_t span_when_held = 0;
        int held = 0;
    };
    static consumer_callbacks tell(reading& to) {
        consumer_callbacks made;
        made.on_held_back = [&to](std::size_t unfinished, std::size_t span) {
            to.unfinished_when_held = unfinished;
            to.span_when_held = span;
            ++to.held;
        };
        return made;
    }
    static awaitable<void> read(consumer& from, reading& to, std::function<void(record&)> with) {
        for (;;) {
            auto some = co_await from.next(512);
            if (some.empty()) co_return;
            EXPECT_LE(from.unfinished(), unfinished_max);
            EXPECT_LE(from.span(), span_max);
            for (auto& one : some) {
                with(one);
                to.taken.push_back(std::move(one));
            }
        }
    }
    awaitable<void> fill_partitions(std::string topic, int partitions, int each) {
        producer out(io_.get_executor(), where());
        std::vector<message> all;
        for (int i = 0; i < partitions * each; ++i) {
            message one;
            one.topic = topic;
            one.partition = i % partitions;
            one.payload = std::to_string(i);
            all.push_back(std::move(one));
        }
        const auto results = co_await out.produce_all(std::move(all));
        for (const auto& result : results)
            if (!result.ok) throw std::runtime_error("not produced: " + result.name);
    }
    static std::size_t different(const std::vector<record>& records) {
        std::set<std::string> payloads;
        for (const auto& one : records)
            payloads.insert(*one.payload);
        return payloads.size();
    }
};

TEST_F(ConsumerWithUsualBounds, TakesFiftyThousandUnfinishedAndThenTheRest) {
    if (embedded()) GTEST_SKIP() << "its records can't be told their partition";
    const auto topic = make_topic(4);
    auto body = [&]() -> awaitable<void> {
        constexpr std::size_t all = 56'000;
        co_await fill_partitions(topic, 4, all / 4);
        reading got;
        auto member = join(group_of(topic), tell(got));
        task_group readers(io_.get_executor(), nullptr);
        bool relieved = false;
        const std::function<void(record&)> with = [&](record& one) {
            if (relieved) member->done(one);
        };
        readers.spawn(read(*member, got, with));
        auto held = [&] { return got.held > 0; };
        co_await eventually(held, "it is held back");
        EXPECT_EQ(got.unfinished_when_held, unfinished_max);
        EXPECT_EQ(got.taken.size(), unfinished_max);
        EXPECT_LE(got.span_when_held, all / 4);
        relieved = true;
        for (const auto& one : got.taken)
            member->done(one);
        auto complete = [&] { return got.taken.size() >= all; };
        co_await eventually(complete, "the rest comes");
        EXPECT_EQ(different(got.taken), all);
        EXPECT_EQ(member->unfinished(), 0U);
        co_await close(member);
        const bool clean = co_await readers.drain(5s);
        EXPECT_TRUE(clean);
    };
    run(body());
}

TEST_F(ConsumerWithUsualBounds, TakesTwentyThousandOverAnUnfinishedOneAndThenTheRest) {
    if (embedded()) GTEST_SKIP() << "its records can't be told their partition";
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        constexpr std::size_t all = 21'000;
        co_await fill_partitions(topic, 1, all);
        reading got;
        auto member = join(group_of(topic), tell(got));
        task_group readers(io_.get_executor(), nullptr);
        const std::function<void(record&)> with = [&](record& one) {
            if (one.offset > 0) member->done(one);
        };
        readers.spawn(read(*member, got, with));
        auto held = [&] { return got.held > 0; };
        co_await eventually(held, "it is held back");
        EXPECT_EQ(got.span_when_held, span_max);
        EXPECT_EQ(got.unfinished_when_held, 1U);
        EXPECT_EQ(got.taken.size(), span_max);
        member->done(got.taken.front());
        auto complete = [&] { return got.taken.size() >= all; };
        co_await eventually(complete, "the rest comes");
        EXPECT_EQ(different(got.taken), all);
        co_await close(member);
        const bool clean = co_await readers.drain(5s);
        EXPECT_TRUE(clean);
    };
    run(body());
}

TEST_F(Consumer, TellsTheEndOfAPartitionAndItsLag) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 5);
        std::vector<position> ends;
        consumer_callbacks tell;
        tell.on_end = [&](const position& end) { ends.push_back(end); };
        auto how = group_of(topic);
        how.partition_ends = true;
        auto member = join(how, tell);
        const auto got = co_await take(*member, 5, false);
        const auto at_end = got.back();
        // The end comes by next(), as the records do.
        co_await with_deadline(member->next(1), deadline_in(2s));
        bool found = false;
        for (const auto& end : ends) {
            found = found || (end.partition == at_end.partition && end.offset == 5 &&
                              end.assignment == at_end.assignment);
        }
        EXPECT_TRUE(found) << ends.size();
        member->done(got[0]);
        member->done(got[1]);
        auto lag_is_three = [&] {
            for (const auto& one : member->lag()) {
                if (one.at.partition == at_end.partition) return one.lag == 3;
            }
            return false;
        };
        co_await eventually(lag_is_three, "a lag of three");
        co_await close(member);
    };
    run(body());
}

// A worker that is full takes over another's partition: the lag is what an operator scales by.
TEST_F(Consumer, CountsTheLagOfWhatItHasNoRoomToFetch) {
    const auto topic = make_topic(2);
    auto body = [&]() -> awaitable<void> {
        for (int k = 0; k < 8; ++k)
            co_await fill(topic, "key" + std::to_string(k), 5, 5 * k);
        auto how = group_of(topic);
        how.prefetch_messages = 1;
        auto leaving = join(how);
        auto has_both = [&] { return leaving->assigned().size() == 2; };
        co_await eventually(has_both, "the first member has both partitions");
        auto full = join(how);
        auto is_full = [&] { return full->assigned().size() == 1 && full->prefetched() > 0; };
        co_await eventually(is_full, "the second has one, and all that it may fetch");
        co_await close(leaving);
        auto counts_all = [&] {
            std::int64_t sum = 0;
            for (const auto& one : full->lag())
                sum += one.lag;
            return sum == 40;
        };
        co_await eventually(counts_all, "a lag of all forty records");
        co_await close(full);
    };
    run(body());
}

TEST_F(Consumer, StopEndsAWaitingNext) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 1);
        auto member = join(group_of(topic));
        co_await take(*member, 1, true);
        task_group group(io_.get_executor(), nullptr);
        bool ended = false;
        auto reader = [&]() -> awaitable<void> {
            const auto some = co_await member->next(10);
            ended = some.empty();
        };
        group.spawn(reader());
        co_await sleep_for(0ms);
        member->stop();
        const bool clean = co_await group.drain(10s);
        EXPECT_TRUE(clean);
        EXPECT_TRUE(ended);
        co_await close(member);
    };
    run(body());
}

TEST_F(Consumer, ClosesBeforeItEverHadAnAssignment) {
    const auto topic = make_topic(1);
    auto body = [&]() -> awaitable<void> {
        auto nowhere = where();
        nowhere.bootstrap_servers = "127.0.0.1:1";
        auto member = std::make_unique<consumer>(io_.get_executor(), nowhere, group_of(topic));
        const auto started = std::chrono::steady_clock::now();
        co_await member->close(400ms);
        member.reset();
        EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
    };
    run(body());
}

TEST_F(Consumer, RefusesSettingsThatLibrdkafkaRefuses) {
    auto wrong = where();
    wrong.extra.emplace_back("no.such.setting", "hunter2");
    auto how = group_of("any");
    try {
        const consumer member(io_.get_executor(), wrong, how);
        ADD_FAILURE() << "accepted";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("no.such.setting"), std::string::npos);
        EXPECT_EQ(std::string(error.what()).find("hunter2"), std::string::npos);
    }
}

// What librdkafka 2.0 does with such a member ends the process, in the middle of others' work.
TEST_F(Consumer, MayEndBeforeItsGroupHasGivenItAnything) {
    pinwire::test::mock_kafka elsewhere(1);
    elsewhere.make_topic("joined", 1);
    elsewhere.keep_joining(1000);
    auto there = where();
    there.bootstrap_servers = elsewhere.bootstrap();
    there.extra = {{"debug", "cgrp"}};
    std::string said;
    consumer_callbacks tell;
    tell.on_log = [&said](int, std::string_view text) { said += text; };
    auto body = [&]() -> awaitable<void> {
        auto member = std::make_unique<consumer>(
            io_.get_executor(), there, group_of("joined"), std::move(tell)
        );
        auto known = [&said] { return said.find("SyncGroup error") != std::string::npos; };
        co_await eventually(known, "the group knows it");
        EXPECT_TRUE(member->assigned().empty());
        const bool closed = co_await member->close(200ms);
        EXPECT_TRUE(closed);
        member.reset();
    };
    run(body());
}

}  // namespace
}  // namespace pinwire::kafka
