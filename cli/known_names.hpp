// Whether a name that an operator typed means anything: an order about one that nothing has would
// do nothing, and nobody would notice.
#pragma once

#include <optional>

#include "cli/command.hpp"
#include "common/config/settings.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::cli {

// None where there is no file, for who works from elsewhere.
std::optional<config::settings> file_if_there(const common_options&);

// Of the tables or, where there is one, the file.
bool is_known_account(postgres::session&, const account_name&, const config::settings* file);

}  // namespace pinwire::cli
