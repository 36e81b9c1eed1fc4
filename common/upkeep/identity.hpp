// Who this process is, for the heartbeat, and where its operator listens: what all services say
// alike.
#pragma once

#include <string>

#include "common/config/settings.hpp"
#include "common/telemetry/health_server.hpp"
#include "common/upkeep/heartbeat.hpp"

namespace pinwire::upkeep {

epoch_id new_epoch();

postgres::heartbeat identity_of(
    const config::settings&, const std::string& program, epoch_id, const std::string& instance
);

// Taking over waits for the longest answer time-out of all carriers besides. The caller holds the
// instance's lock.
heartbeat_settings heartbeat_settings_of(const config::settings&);

telemetry::health_listen health_listen_of(const config::listen_address&);

}  // namespace pinwire::upkeep
