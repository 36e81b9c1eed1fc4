#include "bench/database_figures.hpp"

#include <charconv>

#include "bench/minted_pins.hpp"

namespace pinwire::bench {
namespace {

postgres::connection_settings settings_of(const std::string& conninfo) {
    postgres::connection_settings made;
    made.conninfo = conninfo;
    made.statement_timeout = std::chrono::milliseconds(30'000);
    made.application_name = "pinwire-bench";
    return made;
}

}  // namespace

database_figures::database_figures(const std::string& conninfo) : session_(settings_of(conninfo)) {}

database_reading database_figures::read() {
    const auto answer = session_.query(
        "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint,"
        " pg_snapshot_xmax(pg_current_snapshot())::text::bigint,"
        " (select xact_commit from pg_stat_database where datname = current_database())"
    );
    const auto row = answer.one();
    return {row.int64(0), row.int64(1), row.int64(2)};
}

std::unordered_map<std::string, std::size_t> database_figures::places(
    const std::string& account, const std::string& prefix
) {
    const auto answer = session_.query(
        "select id, job_id from pinwire.job where account = $1 and starts_with(job_id, $2)",
        {account, prefix}
    );
    std::unordered_map<std::string, std::size_t> found;
    found.reserve(answer.size());
    for (std::size_t i = 0; i < answer.size(); ++i) {
        const auto row = answer[i];
        const auto digits = row.view(1).substr(prefix.size());
        std::size_t place = 0;
        std::from_chars(digits.data(), digits.data() + digits.size(), place);
        found.emplace(row.id<message_id>(0).hex(), place);
    }
    return found;
}

void database_figures::mint(
    const std::string& ring,
    const std::string& account,
    const std::string& application,
    const job_maker& numbers,
    std::size_t first,
    std::size_t count
) {
    mint_pins(session_, ring, account, application, numbers, first, count);
}

std::string database_figures::version() {
    return session_.query("show server_version").one().text(0);
}

std::string database_figures::durability() {
    const auto answer = session_.query(
        "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings"
        " where name in ('fsync', 'synchronous_commit', 'full_page_writes')"
    );
    return answer.one().text(0);
}

}  // namespace pinwire::bench
