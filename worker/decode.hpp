// Step 1 of a job's life: bytes to a job of a known account, or to the reason for a dead letter.
// Also says whether it is too old already. Pure but for the clock that comes in.
#pragma once

#include <chrono>
#include <variant>

#include "common/config/settings.hpp"
#include "common/core/key_ring.hpp"
#include "common/kafka/record.hpp"
#include "worker/ports.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

std::variant<arrived, dead_letter> decode(
    const kafka::record&, const config::settings&, const key_ring&, wall_time now
);

}  // namespace pinwire::worker
