// The operator's credit with a carrier, as it says it itself. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/http_message.hpp"

namespace pinwire::carriers {

struct balance {
    double amount = 0;     // may be below zero: on credit
    std::string currency;  // the carrier's word, cleaned: "EUR"
};

// A number, or a decimal text ("42.62"), under that key.
std::optional<double> amount_of(const nlohmann::json& object, const char* key);
// What most answer: 200, and an object with the amount under that key and maybe a `currency`.
std::optional<balance> read_balance_object(const http_response&, const char* key);

}  // namespace pinwire::carriers
