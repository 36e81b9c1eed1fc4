// From the tables' rows to the settings that all programs know: texts parsed, secrets unsealed. A
// value that can't be read (another version wrote it) is left at its default, and a secret that
// can't be opened is left out; both are logged, and cost nobody else anything.
#pragma once

#include <optional>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/postgres/accounts.hpp"

namespace pinwire::upkeep {

// Without a ring, secrets and test numbers stay closed.
std::vector<config::account_settings>
accounts_of(const postgres::account_tables&, const std::optional<key_ring>&);

}  // namespace pinwire::upkeep
