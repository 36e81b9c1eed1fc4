// Step 1 of a job's life: bytes to a job of a known account, or to the reason for a dead letter.
// Also says whether it is too old already. Pure but for the clock that comes in.
#pragma once

#include <chrono>
#include <string_view>
#include <variant>

#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/kafka/record.hpp"
#include "common/upkeep/account_book.hpp"
#include "worker/ports.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// The reason of a dead letter that may be none: the account was perhaps made this moment.
inline constexpr std::string_view unknown_account = "unknown_account";

std::variant<arrived, dead_letter> decode(
    const kafka::record&,
    const config::settings&,
    const upkeep::account_book&,
    const key_ring&,
    wall_time now
);

}  // namespace pinwire::worker
