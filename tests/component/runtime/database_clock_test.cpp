// The database's time is carried on by the boot clock, whatever the machine's own clock says.
#include "common/runtime/database_clock.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

class DatabaseClock : public testing::Test {
protected:
    ~DatabaseClock() override {
        const auto moment = boot_clock::now();
        database_clock::looked(system_clock::now(), moment, moment);
    }

    // What it must say at the moment `at`, when the database said `read` at `looked_at`.
    static database_clock::time_point carried(
        database_clock::time_point read, boot_clock::time_point looked_at, boot_clock::time_point at
    ) {
        return read + (at - looked_at);
    }

    static void expect_carried(database_clock::time_point read, boot_clock::time_point looked_at) {
        const auto before = boot_clock::now();
        const auto said = database_clock::now();
        const auto after = boot_clock::now();
        EXPECT_GE(said, carried(read, looked_at, before));
        EXPECT_LE(said, carried(read, looked_at, after));
    }
};

TEST_F(DatabaseClock, SaysWhatTheDatabaseSaidAndWhatWentBySince) {
    for (const auto off : {-1h, 1h, 0h}) {
        const auto read = system_clock::now() + off;
        const auto moment = boot_clock::now();
        database_clock::looked(read, moment, moment);
        expect_carried(read, moment);
    }
}

TEST_F(DatabaseClock, IsMovedByASlowAnswerNoMoreThanThatMakesIt) {
    const auto read = system_clock::now() + 1h;
    const auto moment = boot_clock::now();
    database_clock::looked(read, moment, moment);

    // ten seconds for an answer that may have been given at any moment of them
    database_clock::looked(read + 3s, moment, moment + 10s);
    expect_carried(read, moment);
    // given at the latest possible moment, it is still ahead of what was known
    database_clock::looked(read + 12s, moment, moment + 10s);
    expect_carried(read + 2s, moment);
    // and behind, though given at the first
    database_clock::looked(read - 1s, moment, moment + 10s);
    expect_carried(read - 1s, moment);
}

}  // namespace
}  // namespace pinwire
