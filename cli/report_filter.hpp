// What of the kept reports a command means, read from its options. Throws failure (wrong) naming
// the option.
#pragma once

#include <string>
#include <vector>

#include "cli/reports.hpp"
#include "common/postgres/kept_reports.hpp"

namespace pinwire::cli {

postgres::report_query query_of(const report_filter&, postgres::time_point now);

// "all": dead and delivered ones.
std::vector<postgres::report_state> states_of(const std::string& text);

// 32 hex digits, as the tables take them.
std::string report_id_of(const std::string& text);

// Where a report goes: its URL's origin.
std::string origin_of(const std::string& url);

}  // namespace pinwire::cli
