// How commands reach PostgreSQL and Kafka, and what they say when they can't: failures with an exit
// code and a hint instead of a library's exception.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include "cli/command.hpp"
#include "common/config/settings.hpp"
#include "common/kafka/settings.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::cli {

// Instead of the configuration's: another role, or a database that no configuration names yet.
struct database_options {
    std::string conninfo;                 // empty: postgres.conninfo
    std::filesystem::path password_file;  // of that conninfo; empty: none
};

postgres::connection_settings database_of(const common_options&, const database_options&);
std::unique_ptr<postgres::session> open_session(const postgres::connection_settings&);

// A statement's failure in words; unreachable where the server went away.
failure explain(const postgres::database_error&);

kafka::settings kafka_of(const config::settings&);
failure explain_kafka(const config::settings&, const std::exception&);

// Runs what talks to Kafka; its std::runtime_error becomes a failure (unreachable).
template <class F>
auto with_kafka(const config::settings& settings, F function) {
    try {
        return function(kafka_of(settings));
    } catch (const failure&) {
        throw;
    } catch (const std::runtime_error& error) {
        throw explain_kafka(settings, error);
    }
}

}  // namespace pinwire::cli
