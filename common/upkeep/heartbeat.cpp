#include "common/upkeep/heartbeat.hpp"

#include <algorithm>

#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {

using telemetry::log_level;

heartbeat::heartbeat(
    postgres::executor& database, postgres::heartbeat who, heartbeat_settings settings
)
    : database_(database), who_(std::move(who)), settings_(settings) {}

awaitable<void> heartbeat::begin() {
    bool done = false;
    while (!done) {
        done = co_await beat_once();
        if (done && settings_.successor) done = co_await bury_predecessors();
        if (!done) co_await sleep_for(settings_.every);
    }
}

awaitable<bool> heartbeat::bury_predecessors() {
    auto declare = [this](postgres::session& db) { return postgres::declare_dead(db, who_); };
    try {
        const int dead = co_await database_.run(std::move(declare));
        if (dead > 0) telemetry::log_info("predecessors_declared_dead", {{"epochs", dead}});
        co_return true;
    } catch (const postgres::database_error& error) {
        note_failure(error);
        co_return false;
    }
}

// The database is waited for.
void heartbeat::note_failure(const postgres::database_error& error) {
    telemetry::log_limited(
        log_level::warn, "heartbeat", "heartbeat_failed", {{"error", std::string(error.what())}}
    );
}

awaitable<void> heartbeat::run() {
    for (;;) {
        co_await sleep_for(settings_.every);
        co_await beat_once();
    }
}

awaitable<bool> heartbeat::beat_once() {
    const auto began = boot_clock::now();
    struct seen {
        boot_clock::time_point asked;
        boot_clock::time_point answered;
        database_clock::time_point clock;
        int living = 1;
    };
    auto work = [this](postgres::session& db) {
        seen got;
        got.asked = boot_clock::now();
        got.clock = postgres::beat(db, who_);
        got.answered = boot_clock::now();
        got.living = postgres::living(db, who_.program, settings_.takeover_after);
        return got;
    };
    try {
        const auto got = co_await database_.run(std::move(work));
        const auto now = boot_clock::now();
        database_clock::looked(got.clock, got.asked, got.answered);
        const bool gap = !last_ || began - *last_ > settings_.stale_after;
        if (gap) steady_since_ = began;
        // others saw no longer silence than from before the last beat to after this one
        if (!last_ || now - *last_ > silence_max()) ++stretch_;
        last_ = began;
        note_peers(got.living, now);
        co_return true;
    } catch (const postgres::database_error& error) {
        note_failure(error);
        co_return false;
    }
}

// Stays below takeover_after, by as much as it can: clocks differ.
std::chrono::milliseconds heartbeat::silence_max() const {
    return std::max(settings_.stale_after, settings_.takeover_after - settings_.stale_after);
}

void heartbeat::note_peers(int seen, boot_clock::time_point now) {
    seen = std::max(seen, 1);
    if (seen >= peers_) {
        peers_ = seen;
        peers_held_since_ = now;
    } else if (now - peers_held_since_ >= settings_.takeover_after) {
        peers_ = seen;
        peers_held_since_ = now;
    }
}

awaitable<void> heartbeat::farewell() {
    auto say = [epoch = who_.epoch](postgres::session& db) { postgres::farewell(db, epoch); };
    try {
        co_await database_.run(std::move(say));
    } catch (const postgres::database_error&) {
        // others will find out by our silence
    }
}

std::chrono::milliseconds heartbeat::clock_ahead() {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::system_clock::now() - database_clock::now()
    );
}

bool heartbeat::alive() const {
    return last_ && boot_clock::now() - *last_ < settings_.stale_after;
}

bool heartbeat::steady() const {
    return alive() && boot_clock::now() - steady_since_ >= settings_.takeover_after;
}

}  // namespace pinwire::upkeep
