// The report that a customer's developer asks for to see whether an endpoint takes reports: it says
// "delivered" in the wanted dialect, of a message that there never was. What marks it as a test:
// the header, the reference, and in the standard dialect its type. Pure.
#pragma once

#include "common/core/final_report.hpp"

namespace pinwire::reports {

inline constexpr auto test_header = "Pinwire-Test";
inline constexpr auto test_reference = "pinwire test";

final_report test_report(
    const report_id&,
    const message_id&,
    const account_name&,
    std::chrono::system_clock::time_point now
);

}  // namespace pinwire::reports
