// What must hold for whatever a lookup provider answers: no telephone number or IMSI gets into an
// error code, and only what is said for good is permanent. A broken rule aborts.
#pragma once

#include <algorithm>

#include "tests/fuzz/input.hpp"
#include "tests/unit/lookup/samples.hpp"

namespace pinwire::lookup::harness {

inline void check_record(const lookup_result& read) {
    using fuzz::must;
    must(read.provider.str() == "numbers");
    must(read.outcome != lookup_outcome::no_provider);
    must(read.error.size() <= 160 && fuzz::is_visible(read.error));
    must(fuzz::longest_run_of_digits(read.error) <= 7);
    must(read.mccmnc.empty() || read.mccmnc.size() == 5 || read.mccmnc.size() == 6);
    must(std::all_of(read.mccmnc.begin(), read.mccmnc.end(), fuzz::is_digit));
    must(!read.trouble || read.outcome == lookup_outcome::unknown);
    must(!read.cost_micros || (*read.cost_micros >= 0 && *read.cost_micros <= 1'000'000'000'000));
    if (read.permanent)
        must(read.outcome == lookup_outcome::invalid || read.outcome == lookup_outcome::landline);
}

}  // namespace pinwire::lookup::harness
