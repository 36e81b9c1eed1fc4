// The row of an attempt that is begun: a job's first, or the one that follows. Internal to the
// mirror.
#pragma once

#include "tests/support/mirror/mirror.hpp"

namespace pinwire::mirror {

attempt_row new_attempt(int job, int n, const attempt_wish& wish, int epoch, moment now);

// Why the PIN of this job counts no more; empty: it does.
std::string why_no_more(tables&, moment now, const job_row&);
// Whether the PIN of this job may not be sent any more.
bool plan_is_over(tables&, moment now, const job_row&);

}  // namespace pinwire::mirror
