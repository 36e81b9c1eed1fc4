// The first beats of a life, against a real database that doesn't answer everything at once.
#include "common/upkeep/heartbeat.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/runtime/database_clock.hpp"
#include "common/runtime/random.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;

epoch_id some_epoch() {
    return epoch_id::time_ordered(std::chrono::system_clock::now(), random_bytes<10>());
}

class HeartbeatInDatabase : public testing::Test {
protected:
    postgres::heartbeat who() {
        postgres::heartbeat made;
        made.epoch = some_epoch();
        made.program = "worker";
        made.instance = "state-1/00";
        made.host = "test";
        made.keys = {key_id("k1")};
        return made;
    }
    bool stands(const std::string& condition) {
        return look_.query("select count(*) from process where " + condition).one().int64(0) > 0;
    }
    // Turns of the loop until it is so; fails the test when that takes too long.
    template <class Condition>
    void until(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + 20s;
        while (!condition()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            io_.run_for(20ms);
            io_.restart();
        }
    }
    void start(heartbeat& what) {
        boost::asio::co_spawn(io_, what.begin(), [this](std::exception_ptr error) {
            failed_ = std::move(error);
            begun_ = true;
        });
    }

    const std::unique_ptr<pinwire::test::test_database> database_ =
        pinwire::test::migrated_database();
    boost::asio::io_context io_{1};
    postgres::session look_{pinwire::test::connection_to(*database_)};
    postgres::executor db_{pinwire::test::connection_to(*database_), "pg-test"};
    std::exception_ptr failed_;
    bool begun_ = false;
};

TEST_F(HeartbeatInDatabase, ATroubleBesideTheFirstBeatIsWaitedFor) {
    auto before = who();
    postgres::beat(look_, before);
    look_.query("alter function declare_dead(uuid, text, text) rename to declare_dead_soon");
    heartbeat_settings how;
    how.every = 20ms;
    how.successor = true;
    const auto now = who();
    heartbeat beats(db_, now, how);
    start(beats);
    const auto of_now = "epoch = '" + now.epoch.hex() + "'";
    until([&] { return stands(of_now); });
    const auto beat_again =
        of_now + " and beat_at > '" + look_.query("select clock_timestamp()").one().text(0) + "'";
    until([&] { return stands(beat_again); });
    EXPECT_FALSE(begun_);
    look_.query("alter function declare_dead_soon(uuid, text, text) rename to declare_dead");
    until([&] { return begun_; });
    EXPECT_FALSE(failed_);
    EXPECT_TRUE(stands("epoch = '" + before.epoch.hex() + "' and dead"));
    EXPECT_TRUE(beats.alive());
}

TEST_F(HeartbeatInDatabase, SetsTheDatabasesClock) {
    const auto moment = boot_clock::now();
    database_clock::looked(std::chrono::system_clock::now() + 1h, moment, moment);
    heartbeat_settings how;
    heartbeat beats(db_, who(), how);
    start(beats);
    until([&] { return begun_; });
    const auto least = look_.query("select clock_timestamp()").one().time(0);
    const auto said = database_clock::now();
    const auto most = look_.query("select clock_timestamp()").one().time(0);
    // the first look may have been off by half of the time that its question took
    EXPECT_GT(said, least - 1s);
    EXPECT_LT(said, most + 1s);
    EXPECT_LT(std::chrono::abs(heartbeat::clock_ahead()), 1s);
}

}  // namespace
}  // namespace pinwire::upkeep
