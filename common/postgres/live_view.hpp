// What waits, and who is alive, in one cheap look for people who watch: every count stops at a
// bound, every search goes by an index, however many rows there are. Reads tables directly, as
// pinwire_reader may. Blocking; ages are told by the database's clock (`now`).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/postgres/session.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

inline constexpr std::int64_t count_max = 1000;

// At most count_max; `more`: there are more than that.
struct bounded_count {
    std::int64_t number = 0;
    bool more = false;

    friend bool operator==(const bounded_count&, const bounded_count&) = default;
};

// Unfinished jobs of one route in one state.
enum class due_for { send = 1, being_sent = 2, ask = 3, news = 4 };
struct due_group {
    due_for what = due_for::send;
    std::string route;
    bounded_count count;
    std::optional<time_point> first;  // the earliest time at which something is to be done
};

// A process that hasn't said that it ends, and was heard within the hour.
struct heard_process {
    std::string program;
    std::string host;
    time_point beat_at;
};

struct live_view {
    time_point now;
    std::vector<due_group> due;
    std::int64_t unfinished = 0;  // as the server's statistics estimate it
    std::optional<time_point> oldest_accepted;
    bounded_count unclosed;  // whose last moment is some seconds past
    bounded_count reports_new;
    std::optional<time_point> oldest_report;  // of those never tried
    bounded_count reports_retry;
    std::optional<time_point> next_retry;  // the earliest; past: it is late
    bounded_count reports_dead;
    bounded_count outbox;
    std::optional<time_point> oldest_outbox;
    bounded_count parked;
    bounded_count endpoints_failing;
    bounded_count endpoints_disabled;
    std::vector<heard_process> processes;
    // Counted by the server since its statistics began, to within a second or so; they only grow.
    std::int64_t jobs_made = 0;
    std::int64_t due_made = 0;
    std::int64_t due_ended = 0;
};
live_view look(session&);

}  // namespace pinwire::postgres
