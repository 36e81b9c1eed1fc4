// What is suspended (sql/015_guard.sql). Services read all of it whenever the version number has
// moved; the CLI changes one at a time, as the schema's owner, and every change leaves an audit row
// in the same transaction. Blocking; run it on an executor's thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/guard_switches.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct suspension_table {
    std::int64_t version = 0;
    std::vector<suspension> all;  // those that hold now
};

// Nothing when the version is still `known`.
std::optional<suspension_table> read_suspensions(session&, std::int64_t known);

// Those that hold now, for whoever may not see the version.
std::vector<suspension> list_suspensions(session&);

struct suspension_change {
    std::string who;
    switch_kind kind = switch_kind::account;
    std::string name;
    std::string reason;
    std::optional<std::chrono::milliseconds> lasts;  // none: until it is resumed
};

// False: it was suspended already; the reason and the end are these from now on.
bool suspend(session&, const suspension_change&);
// False: it wasn't suspended.
bool resume(session&, const std::string& who, switch_kind, const std::string& name);

// Whether a live API key has this name.
bool account_key_exists(session&, const std::string& name);

}  // namespace pinwire::postgres
