// Who is alive: a row for this life of this process, renewed each second and judged by the
// database's clock. Loop thread only. Times are of the boot clock, counted from before a beat was
// sent, so that a process that was suspended doesn't think itself alive.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/executor.hpp"
#include "common/postgres/liveness.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/boot_clock.hpp"

namespace pinwire::upkeep {

struct heartbeat_settings {
    std::chrono::milliseconds every{1000};
    std::chrono::milliseconds stale_after{5000};  // then nothing may be started any more
    std::chrono::milliseconds takeover_after{
        25'000};             // others' silence, and our own steadiness, before taking over
    bool successor = false;  // holds the instance's lock: predecessors are dead at once
};

class heartbeat {
public:
    heartbeat(postgres::executor&, postgres::heartbeat who, heartbeat_settings);

    awaitable<void> run();  // until cancelled
    // The first beat; waits for the database.
    awaitable<void> begin();
    // Said when the process ends in order.
    awaitable<void> farewell();

    const epoch_id& epoch() const noexcept { return who_.epoch; }
    // A committed beat is younger than stale_after.
    bool alive() const;
    // Which stretch of beats this is: another one after each gap in which others could take over,
    // or nearly so. What was committed in an earlier one may be another process's by now.
    int stretch() const noexcept { return stretch_; }
    // Alive, and beats came without a gap for takeover_after.
    bool steady() const;
    // How far this machine's clock is ahead of the database's; nothing before the first beat.
    static std::chrono::milliseconds clock_ahead();
    std::chrono::milliseconds takeover_after() const noexcept { return settings_.takeover_after; }

    // Living processes of our program; the least seen within takeover_after, so that a share of a
    // rate is raised late and lowered at once: see peers().
    int peers() const noexcept { return peers_; }

private:
    awaitable<bool> beat_once();
    awaitable<bool> bury_predecessors();
    static void note_failure(const postgres::database_error&);
    std::chrono::milliseconds silence_max() const;
    void note_peers(int seen, boot_clock::time_point now);

    postgres::executor& database_;
    postgres::heartbeat who_;
    heartbeat_settings settings_;
    std::optional<boot_clock::time_point> last_;  // began, of the last committed beat
    boot_clock::time_point steady_since_{};
    int stretch_ = 0;
    int peers_ = 1;
    boot_clock::time_point peers_held_since_{};
};

}  // namespace pinwire::upkeep
