// The rows of both sides as lines of text in one form, so that they can be compared and a
// difference be read. Times are milliseconds, ids the mirror's numbers, "-" is NULL.
#pragma once

#include <string>

#include "tests/support/mirror/rows.hpp"

namespace pinwire::mirror {

std::string describe(const tables&);

// One statement that gives the same of PostgreSQL, in one column.
extern const char* const describe_in_sql;

}  // namespace pinwire::mirror
