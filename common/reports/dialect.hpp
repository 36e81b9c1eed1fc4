// A report dialect: final reports in, one request body out. Pure; one file each (nrs360.cpp,
// infobip.cpp, standard.cpp), found through dialect_of. Signing is signature.hpp's.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "common/core/final_report.hpp"

namespace pinwire::reports {

class dialect {
public:
    virtual ~dialect() = default;
    // How many reports for one URL may stand in one request: 1,000 (360NRS), 100 (Infobip), 1
    // (standard).
    virtual std::size_t batch_max() const = 0;
    // At least one report. Times of 360NRS stand in `time_zone` (IANA name; UTC unless the account
    // says otherwise).
    virtual std::string body(std::span<const final_report>, const std::string& time_zone) const = 0;
};

const dialect& dialect_of(report_format);

}  // namespace pinwire::reports
