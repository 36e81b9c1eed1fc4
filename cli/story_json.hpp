// A job's story for programs: names as in the table layout, times RFC 3339, null for what isn't
// known. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "common/postgres/story.hpp"

namespace pinwire::cli {

nlohmann::ordered_json story_json(const postgres::story&, bool unmask);

}  // namespace pinwire::cli
