// What of a dead letter may be shown without being asked for: it holds what a producer wrote,
// perhaps a PIN in clear. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "common/core/msisdn.hpp"

namespace pinwire::cli {

// A job's JSON with `text`, numbers and codes masked. What can't be read as JSON can't be masked:
// null.
nlohmann::ordered_json masked_job(std::string_view bytes);

// A record's key: a number is masked, an id stays; anything else becomes its length.
std::string masked_key(std::string_view key);

// The text with that number masked wherever it stands.
std::string without_number(std::string text, const msisdn& number);

}  // namespace pinwire::cli
