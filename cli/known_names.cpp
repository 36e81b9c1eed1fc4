#include "cli/known_names.hpp"

#include "cli/settings_file.hpp"
#include "common/postgres/accounts.hpp"

namespace pinwire::cli {

std::optional<config::settings> file_if_there(const common_options& common) {
    if (!std::filesystem::exists(common.config_file)) return std::nullopt;
    return load_settings(common, {});
}

bool is_known_account(
    postgres::session& on, const account_name& account, const config::settings* file
) {
    return (file != nullptr && file->accounts.contains(account)) ||
           postgres::account_suspended(on, account);
}

}  // namespace pinwire::cli
