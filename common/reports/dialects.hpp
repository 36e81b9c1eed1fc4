// One instance a dialect file; only dialect_of hands them out.
#pragma once

#include "common/reports/dialect.hpp"

namespace pinwire::reports {

const dialect& nrs360_dialect();    // nrs360.cpp
const dialect& infobip_dialect();   // infobip.cpp
const dialect& standard_dialect();  // standard.cpp

}  // namespace pinwire::reports
