// Infobip's applications in JSON: on /2 with lengths and limits as text ("15m", "3/1d"), on /1 with
// milliseconds and split fields. /1 reads either form; an application made on one is the same on
// the other. Source: PROTOCOLS 2.3 and 2.4. Pure.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>

#include "api/infobip/errors.hpp"
#include "common/postgres/templates.hpp"

namespace pinwire::api {

inline constexpr std::chrono::minutes infobip_strict_life_max{10};
inline constexpr std::uint8_t infobip_strict_length_min = 6;

struct infobip_reading {
    infobip_version version = infobip_version::v2;
    bool creating = false;  // else an update: what isn't given stays
    bool strict = false;    // the account's profile: lowers defaults, refuses what is beyond it
};

// `into` holds what stands so far; for a new one its defaults. Only meant when there are no faults.
infobip_faults read_infobip_application(
    const nlohmann::json& body, const infobip_reading&, postgres::application& into
);

nlohmann::ordered_json infobip_application_json(const postgres::application&, infobip_version);

}  // namespace pinwire::api
