// What goes to stdout. JSON is one document of one line each, so that a program can read it line by
// line; text that isn't UTF-8 is repaired.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace pinwire::cli {

void print(const std::string& text);
void print_json(const nlohmann::ordered_json& value);

}  // namespace pinwire::cli
