// The command line of what looks after accounts and answers for them: accounts, keys, apps,
// templates, search, erase, usage, audit. Each chooses itself by setting `run`.
#pragma once

#include <CLI/App.hpp>
#include <functional>

#include "cli/command.hpp"

namespace pinwire::cli {

using chosen = std::function<exit_code()>;

void add_account_commands(CLI::App&, const common_options&, chosen& run);
// Into `pinwire keys`, beside the key ring's.
void add_api_key_commands(CLI::App& keys, const common_options&, chosen& run);
void add_template_commands(CLI::App&, const common_options&, chosen& run);
void add_support_commands(CLI::App&, const common_options&, chosen& run);

}  // namespace pinwire::cli
