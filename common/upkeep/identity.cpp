#include "common/upkeep/identity.hpp"

#include <unistd.h>

#include <algorithm>

#include "common/core/key_fingerprint.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::upkeep {
namespace {

std::string host_name() {
    char name[256] = {};
    return ::gethostname(name, sizeof name - 1) == 0 ? name : "unknown";
}

}  // namespace

epoch_id new_epoch() {
    const auto random = random_bytes<10>();
    return epoch_id::time_ordered(std::chrono::system_clock::now(), random);
}

postgres::heartbeat identity_of(
    const config::settings& settings,
    const std::string& program,
    epoch_id epoch,
    const std::string& instance
) {
    postgres::heartbeat made;
    made.epoch = epoch;
    made.program = program;
    made.instance = instance;
    made.host = host_name();
    made.keys = settings.keys.ring->ids();
    // the one that seals and signs comes first: `pinwire keys rotate` goes by it
    const auto active = std::find(made.keys.begin(), made.keys.end(), settings.keys.ring->active());
    std::rotate(made.keys.begin(), active, active + 1);
    // behind the ids, which are all that earlier versions of the tool read
    for (const auto& key : settings.keys.ring->ids())
        made.key_marks.push_back(key_mark(*settings.keys.ring, key));
    return made;
}

heartbeat_settings heartbeat_settings_of(const config::settings& from) {
    const auto& timing = from.worker.timing;
    auto longest = std::chrono::milliseconds(0);
    for (const auto& [name, carrier] : from.carriers) {
        longest = std::max(longest, carrier.answer_timeout);
    }
    for (const auto& [name, route] : from.routes) {
        longest = std::max(longest, route.answer_timeout);
    }
    heartbeat_settings made;
    made.every = timing.heartbeat;
    made.stale_after = timing.stale_after;
    made.takeover_after = timing.takeover_after + longest;
    made.successor = true;
    return made;
}

telemetry::health_listen health_listen_of(const config::listen_address& from) {
    telemetry::health_listen made;
    made.address = from.address;
    made.port = from.port;
    return made;
}

}  // namespace pinwire::upkeep
