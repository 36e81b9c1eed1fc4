// What is told of a group by somebody who isn't in it.
#include "common/kafka/group_watch.hpp"

#include "tests/integration/kafka/kafka_fixture.hpp"
#include "tests/support/eventually.hpp"

namespace pinwire::kafka {
namespace {

using namespace std::chrono_literals;

class GroupWatch : public kafka_test {};

TEST_F(GroupWatch, TellsWhatIsLeftToReadWithoutTakingPart) {
    const auto topic = make_topic(3);
    group_watch watch(where(), group_of(topic).group, topic);
    auto body = [&]() -> awaitable<void> {
        co_await fill(topic, "k", 6);
        const auto untouched = watch.look(20s);
        EXPECT_TRUE(untouched);
        EXPECT_EQ(untouched->end, 6);
        EXPECT_EQ(untouched->lag, 6) << "nothing was committed yet: all of it";
        auto member = join(group_of(topic));
        const auto taken = co_await take(*member, 6, false);
        EXPECT_EQ(member->assigned().size(), static_cast<std::size_t>(untouched->partitions))
            << "who only watches gets no partition";
        for (std::size_t i = 0; i < 4; ++i)
            member->done(taken[i]);
        co_await close(member);
    };
    run(body());
    const auto left = watch.look(20s);
    ASSERT_TRUE(left);
    EXPECT_EQ(left->done, 4);
    EXPECT_EQ(left->lag, 2);
}

TEST_F(GroupWatch, LeavesOutWhatIsNoWork) {
    const auto topic = make_topic(3);
    const auto is_even = [](std::string_view bytes) { return (bytes.back() - '0') % 2 == 0; };
    group_watch watch(where(), group_of(topic).group, topic, is_even);
    auto body = [&]() -> awaitable<void> {
        for (int k = 0; k < 5; ++k)
            co_await fill(topic, "key" + std::to_string(k), 6, 6 * k);
    };
    run(body());
    // a crowded machine may miss the moment that there is for it
    EXPECT_TRUE(pinwire::test::eventually(
        [&] { return watch.look(20s)->lag == 15; }, 20s, "half of what is there"
    ));
    EXPECT_EQ(watch.look(20s)->end, 30) << "that is all of it";
    EXPECT_EQ(group_watch(where(), group_of(topic).group, topic).look(20s)->lag, 30);
}

TEST_F(GroupWatch, KnowsThatThereIsNoSuchTopic) {
    const auto topic = make_topic(1) + ".missing";
    group_watch watch(where(), group_of(topic).group, topic);
    EXPECT_FALSE(watch.look(20s));
    EXPECT_TRUE(end_offsets(where(), topic).empty()) << "and didn't make it by asking";
}

TEST_F(GroupWatch, AnUnreachableBrokerIsAnErrorInBoundedTime) {
    auto nowhere = where();
    nowhere.bootstrap_servers = "127.0.0.1:1";
    group_watch watch(nowhere, "any", "any");
    EXPECT_THROW(watch.look(300ms), std::runtime_error);
    EXPECT_THROW(watch.look(300ms), std::runtime_error) << "and again";
}

}  // namespace
}  // namespace pinwire::kafka
