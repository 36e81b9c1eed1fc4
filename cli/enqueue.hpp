// `pinwire enqueue`: puts jobs into pin.jobs, keyed by the normalised number as every producer
// does, after checking them as the worker would.
#pragma once

#include "cli/connect.hpp"
#include "cli/job_fields.hpp"

namespace pinwire::cli {

struct enqueue_options {
    job_fields fields;
    std::string job;            // JSON; "-": from stdin; empty: made of `fields`
    bool lines = false;         // stdin holds a job on each line
    bool raw = false;           // unchecked, for trying what happens to a wrong one
    database_options database;  // asked for accounts that the file doesn't have
};

exit_code enqueue(const common_options&, const enqueue_options&);

}  // namespace pinwire::cli
