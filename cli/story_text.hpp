// A job's story for people: what it is and where it stands, then a table each for attempts,
// delivery reports and the customer's report. Times are UTC. Pure.
#pragma once

#include <string>

#include "common/postgres/story.hpp"

namespace pinwire::cli {

std::string story_text(const postgres::story&, bool unmask);

}  // namespace pinwire::cli
