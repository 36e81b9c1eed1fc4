// The options of `pinwire enqueue` as the JSON of a job. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace pinwire::cli {

// By the job's own field names; "pin.length" stands for a member of `pin`.
struct job_fields {
    std::map<std::string, std::string> texts;
    std::map<std::string, std::int64_t> integers;
    std::map<std::string, double> numbers;
    std::map<std::string, bool> flags;

    bool empty() const {
        return texts.empty() && integers.empty() && numbers.empty() && flags.empty();
    }
};

std::string to_job_json(const job_fields&);

}  // namespace pinwire::cli
