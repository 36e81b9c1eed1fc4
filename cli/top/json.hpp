// The picture for programs: numbers as they are, null for what isn't known. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "cli/top/picture.hpp"

namespace pinwire::cli {

nlohmann::ordered_json picture_json(const picture&, const installation&);

}  // namespace pinwire::cli
