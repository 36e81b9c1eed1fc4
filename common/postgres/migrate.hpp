// Brings the schema up to date: the files NNN_name.sql of a directory, in order, each once, each in
// a transaction of its own with search_path pinwire, under an advisory lock; what ran is remembered
// in pinwire.schema_version. Forward only. Needs a role that may create the schema and roles.
//
// Whoever waits for a table's lock keeps everybody else from that table who comes after: so a file
// waits for each lock only for a moment, gives up all that it holds, lets the others pass and
// begins again.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct migration {
    int number = 0;
    std::string name;  // the file's
    std::string sha256;
    std::string sql;
};

// Throws std::runtime_error: no files, a number twice, a gap, a file that can't be read.
std::vector<migration> read_migrations(const std::filesystem::path& directory);

// A transaction that is open for longer than a file waits for a lock, and holds one of our tables.
struct lock_holder {
    int pid = 0;
    std::string role;
    std::string application;
    std::string state;  // as pg_stat_activity says it
    // None, and no application either: this role may not see that of others.
    std::optional<std::chrono::seconds> open;
};

struct migrate_patience {
    // Longer than PostgreSQL's deadlock_timeout (1 s): only then an autovacuum makes room.
    std::chrono::milliseconds lock{1'500};
    std::chrono::milliseconds whole{60'000};  // of one file, from the first refusal on
    // Before each further try; empty holders: they have let go meanwhile.
    std::function<void(const migration&, const std::vector<lock_holder>&)> on_wait;
};

// Nothing was done of this file; those before it are applied.
class still_locked : public std::runtime_error {
public:
    still_locked(const migration& of, std::vector<lock_holder> by);
    const std::vector<lock_holder>& holders() const noexcept { return holders_; }

private:
    std::vector<lock_holder> holders_;
};

// Returns what it ran. Throws still_locked, and std::runtime_error when a file that was applied has
// changed or is gone.
std::vector<migration> migrate(
    session&, const std::vector<migration>&, const migrate_patience& = {}
);

// The highest number that was applied; 0: none. Any of our roles may ask.
int schema_version(session&);

}  // namespace pinwire::postgres
