#include "cli/online_checks.hpp"

#include <fmt/format.h>

#include "cli/settings_file.hpp"
#include "cli/sql_directory.hpp"
#include "cli/topic_plan.hpp"
#include "common/postgres/migrate.hpp"

namespace pinwire::cli {
namespace {

// As long as a carrier may send a report of its own accord.
constexpr auto attempts_young_sql =
    // ids are time-ordered, so the primary key finds the young ones; an hour for clocks apart
    "select distinct carrier from attempt where id >= (lpad(to_hex((extract(epoch from"
    " clock_timestamp() - interval '73 hours') * 1000)::bigint), 12, '0') ||"
    " '00000000000000000000')::uuid and created_at > clock_timestamp() - interval '72 hours'"
    " order by carrier";

void check_topics(const config::settings& settings, std::vector<online_finding>& to) {
    if (settings.kafka.embedded) return;  // the file's own warning says that
    std::vector<std::string> names;
    for (const auto& one : planned_topics(settings))
        names.push_back(one.name);
    const auto found = with_kafka(settings, [&names](const kafka::settings& where) {
        return kafka::describe_topics(where, names);
    });
    for (const auto& one : compare_topics(settings, found)) {
        online_finding made;
        made.refuses = one.refuses;
        made.where = "kafka " + one.topic;
        made.text = one.text;
        to.push_back(std::move(made));
    }
}

void check_schema(postgres::session& on, std::vector<online_finding>& to) {
    const auto expected = postgres::read_migrations(sql_directory()).back().number;
    const auto found = postgres::schema_version(on);
    if (found == expected) return;
    online_finding made;
    made.where = "postgres";
    made.text = found < expected
                    ? fmt::format(
                          "the schema is at version {}, this build needs {}: `pinwire migrate`",
                          found,
                          expected
                      )
                    : fmt::format(
                          "the schema is at version {}, this build knows {}: older than what "
                          "migrated",
                          found,
                          expected
                      );
    to.push_back(std::move(made));
}

void check_carriers(
    postgres::session& on, const config::settings& settings, std::vector<online_finding>& to
) {
    const auto rows = on.query(attempts_young_sql);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto name = rows[i].text(0);
        if (settings.carriers.contains(carrier_name(name))) continue;
        online_finding made;
        made.refuses = true;
        made.where = "carriers." + name;
        made.text =
            "was taken out, but has attempts younger than 72 hours: their reports would be "
            "refused. Put it back with retired = true until they have passed";
        to.push_back(std::move(made));
    }
}

void check_database(
    const common_options& common,
    const database_options& database,
    const config::settings& settings,
    std::vector<online_finding>& to
) {
    auto where = database_of(common, database);
    where.statement_timeout = std::chrono::minutes(2);  // it may read three days of attempts
    const auto session = open_session(where);
    try {
        check_schema(*session, to);
        if (postgres::schema_version(*session) > 0) check_carriers(*session, settings, to);
    } catch (const postgres::database_error& error) {
        throw explain(error);
    }
}

}  // namespace

online_result check_online(const common_options& common, const database_options& database) {
    needed_secrets needed;
    needed.kafka = true;
    const auto settings = load_settings(common, needed);
    online_result made;
    try {
        check_topics(settings, made.findings);
    } catch (const failure& error) {
        made.unasked.push_back(error);
    }
    try {
        check_database(common, database, settings, made.findings);
    } catch (const failure& error) {
        made.unasked.push_back(error);
    }
    return made;
}

}  // namespace pinwire::cli
