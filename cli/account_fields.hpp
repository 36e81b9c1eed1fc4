// What of an account an operator may set, and how: each option's text is checked as the
// configuration file's key of the same name, and becomes the value of a column. Pure.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

namespace pinwire::cli {

struct account_field {
    const char* flag;    // "--allow-http"
    const char* column;  // "allow_http"
    const char* help;
};

std::span<const account_field> account_fields();

// Columns as JSON, by their texts. Lists are separated by commas; an empty text clears. Throws
// failure (wrong) naming the option, what is wrong and what is allowed.
nlohmann::ordered_json account_columns(const std::map<std::string, std::string>& texts_by_column);

// What an account would be like altogether, which no single column can tell; throws likewise.
void check_account(const nlohmann::json& facts);

}  // namespace pinwire::cli
