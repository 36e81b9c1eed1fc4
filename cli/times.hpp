// Times for people: UTC, to the second; "-" for none, "never" for infinity. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace pinwire::cli {

std::string time_text(std::optional<std::chrono::system_clock::time_point> at);

// What an operator wrote behind `flag`: a time as it is written everywhere, a day, or how long ago.
// Throws failure (wrong).
std::chrono::system_clock::time_point time_given(
    const std::string& text, const char* flag, std::chrono::system_clock::time_point now
);

}  // namespace pinwire::cli
