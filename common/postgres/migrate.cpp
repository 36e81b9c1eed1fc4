#include "common/postgres/migrate.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>

#include "common/core/hex.hpp"

namespace pinwire::postgres {
namespace {

// "pinwire" in ASCII: the advisory lock that one migrator holds.
constexpr auto lock_key = "31649040366530149";

std::string sha256_of(const std::string& text) {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
    return hex_encode(digest);
}

std::string contents_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) throw std::runtime_error("can't read " + path.string());
    return text;
}

// NNN_name.sql, in lower case: the name goes into a statement.
bool is_migration(const std::string& name) {
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz_0123456789";
    if (name.size() <= 8 || !name.ends_with(".sql") || name[3] != '_') return false;
    return name.find_first_not_of(letters.substr(27)) == 3 &&
           name.find_first_not_of(letters) == name.size() - 4;
}

struct applied_migration {
    std::string name;
    std::string sha256;
};

std::map<int, applied_migration> read_applied(session& with) {
    const auto rows =
        with.query("select number, name, sha256 from pinwire.schema_version order by number");
    std::map<int, applied_migration> out;
    for (std::size_t i = 0; i < rows.size(); ++i)
        out[rows[i].int32(0)] = applied_migration{rows[i].text(1), rows[i].text(2)};
    return out;
}

void refuse_changes(
    const std::map<int, applied_migration>& applied, const std::vector<migration>& files
) {
    std::map<int, const migration*> known;
    for (const auto& file : files)
        known[file.number] = &file;
    for (const auto& [number, was] : applied) {
        const auto found = known.find(number);
        if (found == known.end()) {
            throw std::runtime_error(fmt::format("{} was applied and is gone", was.name));
        }
        if (found->second->sha256 != was.sha256) {
            throw std::runtime_error(fmt::format("{} was applied and has changed since", was.name));
        }
    }
}

constexpr auto bootstrap = R"(
create schema if not exists pinwire;
create table if not exists pinwire.schema_version (
    number     integer primary key,
    name       text not null,
    sha256     text not null,
    applied_at timestamptz not null default clock_timestamp()
);
)";

// One script, so that the file and its mark are one transaction. The lock makes a second migrator
// wait, and the mark's primary key makes it fail rather than run the file twice.
void apply_once(session& with, const migration& file, std::chrono::milliseconds lock) {
    with.script(fmt::format(
        "set local search_path = pinwire; set local statement_timeout = 0;"
        " set local lock_timeout = {};\n{}\n;"
        "insert into pinwire.schema_version (number, name, sha256) values ({}, '{}', '{}')",
        lock.count(),
        file.sql,
        file.number,
        file.name,
        file.sha256
    ));
}

// A lock wasn't to be had in time, or only against somebody who waited for one of ours.
bool is_locked_out(const database_error& error) {
    return error.sqlstate() == "55P03" || error.sqlstate() == "40P01";
}

// Asked after the refusal: who had the lock when we began to wait and has it still is open for
// longer than we waited. Waiting is in order, so nobody else kept us out.
std::vector<lock_holder> holders_of_our_tables(session& with, std::chrono::milliseconds longer) {
    const auto rows = with.query(
        "select a.pid, coalesce(a.usename::text, ''), coalesce(a.application_name, ''),"
        " coalesce(a.state, ''),"
        " extract(epoch from clock_timestamp() - a.xact_start)::bigint::text"
        " from pg_stat_activity a"
        " where a.datname = current_database() and a.pid <> pg_backend_pid()"
        " and (a.xact_start is null"
        "      or a.xact_start < clock_timestamp() - $1::bigint * interval '1 ms')"
        " and exists (select from pg_locks l join pg_class c on c.oid = l.relation"
        "             where l.pid = a.pid and l.granted"
        "               and c.relnamespace = 'pinwire'::regnamespace)"
        " order by a.xact_start nulls last limit 5",
        {std::to_string(longer.count())}
    );
    std::vector<lock_holder> found;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        lock_holder one;
        one.pid = rows[i].int32(0);
        one.role = rows[i].text(1);
        one.application = rows[i].text(2);
        one.state = rows[i].text(3);
        if (!rows[i].is_null(4)) one.open = std::chrono::seconds(std::stoll(rows[i].text(4)));
        found.push_back(std::move(one));
    }
    return found;
}

void apply(session& with, const migration& file, const migrate_patience& patience) {
    using clock = std::chrono::steady_clock;
    // twice as long for the others as for us
    const auto pause = patience.lock * 2;
    std::optional<clock::time_point> until;
    for (;;) {
        try {
            return apply_once(with, file, patience.lock);
        } catch (const database_error& error) {
            if (!is_locked_out(error)) throw;
        }
        auto holders = holders_of_our_tables(with, patience.lock);
        if (!until) until = clock::now() + patience.whole;
        if (clock::now() + pause > *until) throw still_locked(file, std::move(holders));
        if (patience.on_wait) patience.on_wait(file, holders);
        std::this_thread::sleep_for(pause);
    }
}

// Holds the advisory lock on its session. A lost session has let it go.
class advisory_lock {
public:
    explicit advisory_lock(session& with) : session_(with) {
        with.query("select set_config('statement_timeout', '0', false)");
        with.query(fmt::format("select pg_advisory_lock({})", lock_key));
    }
    advisory_lock(const advisory_lock&) = delete;
    advisory_lock& operator=(const advisory_lock&) = delete;
    ~advisory_lock() {
        try {
            session_.query(fmt::format("select pg_advisory_unlock({})", lock_key));
        } catch (const database_error&) {
            return;  // gone with the session
        }
    }

private:
    session& session_;
};

}  // namespace

still_locked::still_locked(const migration& of, std::vector<lock_holder> by)
    : std::runtime_error(of.name + " gets no lock"), holders_(std::move(by)) {}

std::vector<migration> read_migrations(const std::filesystem::path& directory) {
    std::vector<migration> out;
    if (!std::filesystem::is_directory(directory))
        throw std::runtime_error("no migrations: " + directory.string() + " is no folder");
    for (const auto& entry : std::filesystem::directory_iterator(directory)) {
        const auto name = entry.path().filename().string();
        if (!is_migration(name)) continue;
        migration one;
        one.number = std::stoi(name.substr(0, 3));
        one.name = name;
        one.sql = contents_of(entry.path());
        one.sha256 = sha256_of(one.sql);
        out.push_back(std::move(one));
    }
    const auto by_number = [](const migration& a, const migration& b) {
        return a.number < b.number;
    };
    std::sort(out.begin(), out.end(), by_number);
    if (out.empty()) throw std::runtime_error("no migrations in " + directory.string());
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i].number != static_cast<int>(i) + 1) {
            throw std::runtime_error(fmt::format("migrations: {} is out of order", out[i].name));
        }
    }
    return out;
}

std::vector<migration> migrate(
    session& with, const std::vector<migration>& files, const migrate_patience& patience
) {
    const advisory_lock lock(with);
    with.script(bootstrap);
    const auto applied = read_applied(with);
    refuse_changes(applied, files);
    std::vector<migration> ran;
    for (const auto& file : files) {
        if (applied.contains(file.number)) continue;
        apply(with, file, patience);
        ran.push_back(file);
    }
    return ran;
}

int schema_version(session& with) {
    const auto there = with.query(
        "select count(*) from pg_proc p join pg_namespace n on n.oid = p.pronamespace"
        " where n.nspname = 'pinwire' and p.proname = 'schema_version_number'"
    );
    if (there.one().int64(0) == 0) return 0;
    return with.query("select pinwire.schema_version_number()").one().int32(0);
}

}  // namespace pinwire::postgres
