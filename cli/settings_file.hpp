// The configuration for a tool: the whole file is checked, but only those secrets are opened that
// the command needs, so that an operator who may not read a carrier's password can still look at a
// job. Throws failure (wrong) naming every mistake.
#pragma once

#include "cli/command.hpp"
#include "common/config/loader.hpp"
#include "common/config/settings.hpp"

namespace pinwire::cli {

struct needed_secrets {
    bool postgres = false;
    bool kafka = false;
    bool keys = false;
    bool webhooks = false;  // of all accounts; and the proxy's credentials for reports
};

config::settings load_settings(const common_options&, const needed_secrets&);

// With $CREDENTIALS_DIRECTORY of our environment.
config::load_options load_options_of(bool read_secrets);

}  // namespace pinwire::cli
