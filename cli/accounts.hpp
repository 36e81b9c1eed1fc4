// `pinwire accounts …`: accounts of the tables and, beside them, those of the configuration file.
// Changes need the schema's owner (`--conninfo`) and leave an audit row; services see them within a
// second.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/connect.hpp"

namespace pinwire::cli {

struct account_options {
    database_options database;
    std::string name;
    std::map<std::string, std::string> fields;             // texts by column
    std::optional<std::vector<std::string>> secret_files;  // webhook secrets; none: as they were
    std::string amount;
};

// What a command ends with that was given the name of an account that isn't there.
failure no_account(const std::string& name);

// Those of the file that the tables don't have yet, secrets and all; what stands there stays.
exit_code import_accounts(const common_options&, const account_options&);
exit_code list_accounts(const common_options&, const account_options&);
exit_code show_account(const common_options&, const account_options&);
exit_code add_account(const common_options&, const account_options&);
exit_code set_account(const common_options&, const account_options&);
exit_code suspend_account(const common_options&, const account_options&, bool suspended);
exit_code credit_account(const common_options&, const account_options&);

}  // namespace pinwire::cli
