// `pinwire migrate`: brings the schema up to date. The role must be able to make the schema and
// the service roles (pinwire_migrator). Who keeps a migration from its locks is named, on stderr.
#pragma once

#include "cli/connect.hpp"

namespace pinwire::cli {

struct migrate_options {
    database_options database;
    std::filesystem::path sql;  // empty: this build's own
    int wait_seconds = 60;      // for the locks of one file
};

exit_code migrate(const common_options&, const migrate_options&);

}  // namespace pinwire::cli
