// Figures for people who have eighty columns. Strangers' texts lose whatever isn't printable ASCII:
// one byte, one column, and nothing steers the terminal. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/postgres/live_view.hpp"

namespace pinwire::cli {

std::string ascii(std::string_view text);
std::string amount(std::int64_t number);                   // 12, 12345, 123k, 12.3M
std::string amount(const postgres::bounded_count& count);  // 12, 1000+
std::string per_second(const std::optional<double>& of);   // 0.5/s, 12/s; -
std::string share(double of_one);                          // 98.5%
std::string span(double seconds);                          // 3 ms, 1.2 s, 12 s, 4 min, 5 h, 3 d

// From then until now; what lies ahead is 0.
double age(postgres::time_point then, postgres::time_point now);

}  // namespace pinwire::cli
