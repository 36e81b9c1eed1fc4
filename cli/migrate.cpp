#include "cli/migrate.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/output.hpp"
#include "cli/sql_directory.hpp"
#include "common/postgres/migrate.hpp"

namespace pinwire::cli {
namespace {

std::vector<postgres::migration> read_files(const std::filesystem::path& folder) {
    try {
        return postgres::read_migrations(folder);
    } catch (const std::runtime_error& error) {
        throw failure(
            exit_code::wrong, fmt::format("{}; --sql names the folder of migrations", error.what())
        );
    }
}

std::string line_of(const postgres::lock_holder& one) {
    if (!one.open)
        return fmt::format("\n  pid {}, role {} (more is shown to pg_monitor)", one.pid, one.role);
    return fmt::format(
        "\n  pid {} ({}, role {}, {}): its transaction is open for {} s",
        one.pid,
        one.application.empty() ? "no name" : one.application,
        one.role,
        one.state,
        one.open->count()
    );
}

std::string lines_of(const std::vector<postgres::lock_holder>& all) {
    if (all.empty()) return "\n  nobody who is seen now; pg_locks and pg_prepared_xacts show all";
    std::string made;
    for (const auto& one : all)
        made += line_of(one);
    return made;
}

void say_waiting(
    const postgres::migration& file, const std::vector<postgres::lock_holder>& holders
) {
    const auto text = fmt::format(
        "{} got no lock and tries again; who holds tables:{}\n", file.name, lines_of(holders)
    );
    std::fputs(text.c_str(), stderr);
}

failure explain_locked(const postgres::still_locked& error, int waited) {
    return failure(
        exit_code::failed,
        fmt::format(
            "{} within {} s. Nothing was done of it; what came before it is applied, and services "
            "go on. Who holds tables:{}\nLet that end, or end it (select "
            "pg_terminate_backend(PID)), and run this again; --wait SECONDS waits longer",
            error.what(),
            waited,
            lines_of(error.holders())
        )
    );
}

std::vector<postgres::migration> run(
    postgres::session& on, const std::vector<postgres::migration>& files, int wait_seconds
) {
    postgres::migrate_patience patience;
    patience.whole = std::chrono::seconds(wait_seconds);
    patience.on_wait = say_waiting;
    try {
        return postgres::migrate(on, files, patience);
    } catch (const postgres::still_locked& error) {
        throw explain_locked(error, wait_seconds);
    } catch (const postgres::database_error& error) {
        throw explain(error);
    } catch (const std::runtime_error& error) {
        throw failure(
            exit_code::failed,
            fmt::format("{}; applied files are never edited: add a new one", error.what())
        );
    }
}

}  // namespace

exit_code migrate(const common_options& common, const migrate_options& options) {
    const auto files = read_files(options.sql.empty() ? sql_directory() : options.sql);
    auto where = database_of(common, options.database);
    // Building an index or waiting for another migrator takes as long as it takes; what others
    // could queue behind has limits of its own.
    where.statement_timeout = std::chrono::milliseconds(0);
    where.lock_timeout = std::chrono::milliseconds(0);
    const auto session = open_session(where);
    const auto ran = run(*session, files, options.wait_seconds);
    if (common.json) {
        auto names = nlohmann::ordered_json::array();
        for (const auto& one : ran)
            names.push_back(one.name);
        nlohmann::ordered_json answer;
        answer["applied"] = std::move(names);
        answer["version"] = files.back().number;
        print_json(answer);
        return exit_code::ok;
    }
    for (const auto& one : ran)
        print(fmt::format("applied {}\n", one.name));
    const char* const found = ran.empty() ? "was up to date" : "is up to date";
    print(fmt::format("The schema {}: version {}.\n", found, files.back().number));
    return exit_code::ok;
}

}  // namespace pinwire::cli
