// Bounds that no configuration moves. Those that an operator may move stand in the configuration
// with their default.
#pragma once

#include <chrono>
#include <cstddef>

namespace pinwire::limits {

inline constexpr std::size_t batch_rows_max = 512;  // rows in one claim, record, settle or sweep
inline constexpr int attempts_per_job_max = 32;     // over all routes and retries
inline constexpr int takeovers_max = 3;             // then the row is set aside
inline constexpr std::size_t raw_dlr_bytes_max = 4096;  // of one entry, kept for audit
inline constexpr int applications_max = 1000;           // of one account
inline constexpr int messages_max = 1000;               // templates of one application
inline constexpr auto clock_skew_max = std::chrono::seconds(2);

}  // namespace pinwire::limits
