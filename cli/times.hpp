// Times for people: UTC, to the second; "-" for none, "never" for infinity. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace pinwire::cli {

std::string time_text(std::optional<std::chrono::system_clock::time_point> at);

}  // namespace pinwire::cli
