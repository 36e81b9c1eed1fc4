#include "common/reports/dialect.hpp"

#include "common/reports/dialects.hpp"

namespace pinwire::reports {

const dialect& dialect_of(report_format format) {
    switch (format) {
        case report_format::infobip:
            return infobip_dialect();
        case report_format::standard:
            return standard_dialect();
        case report_format::nrs360:
            break;
    }
    return nrs360_dialect();
}

}  // namespace pinwire::reports
