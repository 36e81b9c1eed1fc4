// Final reports that are kept, and sending them again (sql/021_replay.sql): given up ones, and
// delivered ones as long as their job and their tries are. Looking needs the reader's role, replay
// the schema's owner. Blocking.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/core/final_report.hpp"
#include "common/core/ids.hpp"
#include "common/core/job.hpp"
#include "common/postgres/session.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

enum class report_state { dead, delivered, waiting };
std::string_view to_string(report_state);
std::optional<report_state> parse_report_state(std::string_view);

struct kept_report {
    report_id id;
    message_id job;
    report_state state = report_state::dead;
    account_name account;
    std::string url;
    pinwire::report_format format = pinwire::report_format::nrs360;
    time_point at;  // given up, delivered first, or made
    int tries = 0;
    std::string note;  // the reason, or the last error
};

struct report_query {
    std::string account;  // empty: of any
    std::string origin;   // scheme://host:port; empty: any
    time_point since;
    time_point until;  // before this
};

// Where a page begins: behind this one.
struct report_cursor {
    time_point at = time_point::min();
    report_id id;
};

// In order of time, at most `limit`.
std::vector<kept_report> kept_reports(
    session&, report_state, const report_query&, const report_cursor&, int limit
);

struct described_report {
    kept_report report;
    final_report content;  // as it was told
};

// By the report's id, or by its job's. None: it isn't known, or no longer.
std::optional<described_report> describe_report(session&, const std::string& id_hex);

// Due one by one from `from` on, `every` apart. Returns how many; those that wait already aren't
// among them.
int replay_reports(
    session&, std::span<const message_id> jobs, time_point from, std::chrono::microseconds every
);

// For the audit; `what` is JSON.
void note_replay(
    session&, const std::string& who, const std::string& account, const std::string& what
);

}  // namespace pinwire::postgres
