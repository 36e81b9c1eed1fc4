// A job's `steps` and `limits` as JSON, on the wire and in the stored form alike. Strict on known
// members, silent on others, like the rest of the job (job_codec.hpp). Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "common/core/job.hpp"

namespace pinwire {

// As decode_error says it; the texts live for ever.
struct plan_fault {
    const char* reason;
    std::string field;  // e.g. "steps[1].after"
    const char* rule;
};

// Reads both into the job; without them the job stays as it is. The job's channel is the caller's.
std::optional<plan_fault> read_plan(const nlohmann::json& root, job& into);

// Writes nothing for a job without steps.
void write_plan(const job&, nlohmann::json& into);

}  // namespace pinwire
