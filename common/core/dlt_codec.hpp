// A job's `india_dlt` as JSON, on the wire and in the stored form alike: strict on its members,
// silent on others, like the rest of the job (job_codec.hpp). Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/core/job.hpp"

namespace pinwire {

// As decode_error says it; the texts live for ever.
struct dlt_fault {
    const char* reason;
    std::string field;  // e.g. "india_dlt.principal_entity_id"
    const char* rule;
};

// Without it `into` stays as it is.
std::optional<dlt_fault> read_dlt(const nlohmann::json& root, india_dlt& into);

// Writes nothing where there is none.
void write_dlt(const india_dlt&, nlohmann::json& into);

}  // namespace pinwire
