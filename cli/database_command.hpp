// A command's whole way to PostgreSQL and back: connects, runs, and turns a statement's failure
// into words with an exit code.
#pragma once

#include <chrono>

#include "cli/connect.hpp"

namespace pinwire::cli {

// Looking for a number or an old job may read whole tables.
inline constexpr std::chrono::milliseconds patient = std::chrono::minutes(10);

template <class F>
auto with_database(const common_options& common, const database_options& options, F function) {
    auto where = database_of(common, options);
    where.statement_timeout = patient;
    const auto session = open_session(where);
    try {
        return function(*session);
    } catch (const postgres::database_error& error) {
        throw explain(error);
    }
}

}  // namespace pinwire::cli
