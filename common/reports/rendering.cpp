#include "common/reports/rendering.hpp"

namespace pinwire::reports {

namespace {

// A call can fail this way before any carrier took it; every other word tells of a call that was
// made.
bool may_be_refusal(call_status status) {
    switch (status) {
        case call_status::error:
        case call_status::bad_request:
        case call_status::error_route_not_available:
        case call_status::error_network_not_available:
        case call_status::error_not_enough_credits:
            return true;
        default:
            return false;
    }
}

}  // namespace

bool never_sent(const final_report& report) {
    if (report.in_doubt || report.sms == sms_status::sent) return false;
    if (report.channel == channel::sms && !report.call) return true;
    return !report.sent_at && may_be_refusal(report.call.value_or(call_status::error));
}

dlr_status delivery_of(const final_report& report) {
    if (report.delivery) return *report.delivery;
    if (report.call) return pinwire::delivery_of(*report.call);
    return dlr_status::unknown;
}

}  // namespace pinwire::reports
