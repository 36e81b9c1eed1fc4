// `pinwire status JOB`: the whole story of a job, with times. Numbers are masked unless asked for;
// a PIN is never among what can be shown.
#pragma once

#include "cli/connect.hpp"

namespace pinwire::cli {

struct status_options {
    database_options database;
    std::string job;      // a job_id, or a message id of 32 hex digits
    std::string account;  // empty: every account that knows the job_id
    bool unmask = false;
};

// failed: no such job.
exit_code status(const common_options&, const status_options&);

}  // namespace pinwire::cli
