// The strict profile's way back for a number that guessed wrong too often (sql/013_mends.sql).
// Blocking; the schema's owner's right alone; leaves an audit row.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/core/msisdn.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

// How many failures are forgotten; none: there were none.
std::optional<std::int32_t>
unlock_number(session&, const std::string& who, const account_name&, const msisdn&);

}  // namespace pinwire::postgres
