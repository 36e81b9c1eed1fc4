// Infobip's message templates in JSON. The text is kept with {{pin}} as its placeholder, whatever
// the caller's own was; the sender is `senderId` on /2 and `sender` on /1, either is read. Source:
// PROTOCOLS 2.5. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "api/infobip/applications.hpp"
#include "api/infobip/errors.hpp"
#include "common/core/job.hpp"
#include "common/postgres/templates.hpp"

namespace pinwire::api {

// What job texts may hold too (job_codec.hpp).
inline constexpr std::size_t infobip_text_max = 1600;
bool is_infobip_text(std::string_view text);

// `into` holds what stands so far; for a new one its defaults. Only meant when there are no faults.
infobip_faults read_infobip_message(
    const nlohmann::json& body, const infobip_reading&, postgres::message_template& into
);

nlohmann::ordered_json infobip_message_json(const postgres::message_template&, infobip_version);

// As the job spells it: en, pt_br. Nothing for a language that isn't spoken.
std::optional<std::string> infobip_language(std::string_view given);

// What a template's `regional` says of India; empty: nothing.
india_dlt infobip_dlt(std::string_view regional);

}  // namespace pinwire::api
