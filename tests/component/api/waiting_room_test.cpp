// Seats for those who wait for news of a job.
#include "api/waiting_room.hpp"

#include <gtest/gtest.h>

#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

using namespace std::chrono_literals;

class WaitingRoom : public testing::Test {
protected:
    WaitingRoom() : room(io.get_executor(), 2) {}

    static status_event event_of(const char* job, std::int64_t version) {
        status_event made;
        made.account = account_name("shop");
        made.job_id = job_id(job);
        made.version = version;
        return made;
    }

    std::unique_ptr<waiting_room::seat> enter(const char* job) {
        return room.enter(account_name("shop"), job_id(job));
    }

    bool news(waiting_room::seat& seat, std::chrono::milliseconds within = 0ms) {
        bool came = false;
        auto wait = [&]() -> awaitable<void> { came = co_await seat.news(deadline_in(within)); };
        boost::asio::co_spawn(io, wait(), [](std::exception_ptr error) {
            if (error) std::rethrow_exception(error);
        });
        io.restart();
        io.run();
        return came;
    }

    boost::asio::io_context io{1};
    waiting_room room;
};

TEST_F(WaitingRoom, KeepsWhatComesBeforeAnybodyLooks) {
    const auto seat = enter("j");
    EXPECT_TRUE(room.tell(event_of("j", 1)));
    EXPECT_TRUE(news(*seat));
    EXPECT_EQ(seat->newest()->version, 1);
    EXPECT_FALSE(news(*seat));  // seen already
}

TEST_F(WaitingRoom, KeepsTheHighestVersionWhateverComesLater) {
    const auto seat = enter("j");
    room.tell(event_of("j", 3));
    room.tell(event_of("j", 2));
    room.tell(event_of("j", 3));
    EXPECT_TRUE(news(*seat));
    EXPECT_EQ(seat->newest()->version, 3);
    EXPECT_FALSE(news(*seat));
}

TEST_F(WaitingRoom, ADeadLetterIsNewsOnlyWhileThereIsNoJob) {
    const auto seat = enter("j");
    room.tell(event_of("j", 0));
    EXPECT_TRUE(news(*seat));
    room.tell(event_of("j", 1));
    EXPECT_TRUE(news(*seat));
    room.tell(event_of("j", 0));
    EXPECT_FALSE(news(*seat));
    EXPECT_EQ(seat->newest()->version, 1);
}

TEST_F(WaitingRoom, WakesEachWhoWaitsForTheSameJob) {
    const auto first = enter("j");
    const auto second = enter("j");
    room.tell(event_of("j", 1));
    EXPECT_TRUE(news(*first));
    EXPECT_TRUE(news(*second));
}

TEST_F(WaitingRoom, WakesWhileItIsWaitedFor) {
    const auto seat = enter("j");
    boost::asio::post(io, [this] { room.tell(event_of("j", 1)); });
    EXPECT_TRUE(news(*seat, 10s));
}

TEST_F(WaitingRoom, TellsThatNobodyWaits) {
    EXPECT_FALSE(room.tell(event_of("j", 1)));
    auto seat = enter("j");
    auto foreign = event_of("j", 1);
    foreign.account = account_name("another");
    EXPECT_FALSE(room.tell(foreign));
    seat.reset();
    EXPECT_FALSE(room.tell(event_of("j", 1)));
    EXPECT_EQ(room.size(), 0U);
}

TEST_F(WaitingRoom, IsBounded) {
    const auto first = enter("a");
    auto second = enter("b");
    EXPECT_EQ(enter("c"), nullptr);
    second.reset();
    EXPECT_NE(enter("c"), nullptr);
}

}  // namespace
}  // namespace pinwire::api::test
