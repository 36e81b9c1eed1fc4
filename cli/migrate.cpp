#include "cli/migrate.hpp"

#include <fmt/format.h>

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

std::vector<postgres::migration> run(
    postgres::session& on, const std::vector<postgres::migration>& files
) {
    try {
        return postgres::migrate(on, files);
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
    // Building an index or waiting for another migrator takes as long as it takes.
    where.statement_timeout = std::chrono::milliseconds(0);
    where.lock_timeout = std::chrono::milliseconds(0);
    const auto session = open_session(where);
    const auto ran = run(*session, files);
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
