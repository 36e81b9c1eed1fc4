// Final reports that the dialect tests share: one for each way that a job can end.
#pragma once

#include <string>
#include <vector>

#include "common/core/final_report.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::reports::samples {

inline final_report delivered() {
    final_report report;
    report.id = *report_id::parse("0193500b7c0a00000000000000000001");
    report.message = *message_id::parse("0193500b7c0000000000000000000001");
    report.account = account_name("shop");
    report.job = job_id("order-1");
    report.pin = pin_id("9C817C6F8AF3D48F9FE553282AFA2B67");
    report.to = *msisdn::parse("34600000000");
    report.from = sender_name("ACME");
    report.reference = "my-ref";
    report.nc = nc_status::reachable;
    report.sms = sms_status::sent;
    report.delivery = dlr_status::delivrd;
    report.route = "primary";
    report.mccmnc = "21407";
    report.attempts = 1;
    report.accepted_at = *parse_rfc3339("2026-03-01T23:59:58.5Z");
    report.sent_at = *parse_rfc3339("2026-03-01T23:59:59.25Z");
    report.final_at = *parse_rfc3339("2026-03-02T00:00:03.123456Z");
    return report;
}

inline final_report ended(dlr_status status) {
    auto report = delivered();
    report.delivery = status;
    return report;
}

inline final_report refused() {
    auto report = delivered();
    report.nc = nc_status::not_reachable;
    report.sms = sms_status::not_sent;
    report.delivery.reset();
    report.reason = "lookup refused";
    report.route.clear();
    report.mccmnc.clear();
    report.attempts = 0;
    report.sent_at.reset();
    return report;
}

inline final_report held() {
    auto report = ended(dlr_status::unknown);
    report.in_doubt = true;
    report.sent_at.reset();
    report.reason = "time-out";
    return report;
}

inline final_report called(call_status status) {
    auto report = delivered();
    report.channel = channel::voice;
    report.nc.reset();
    report.sms.reset();
    report.call = status;
    report.delivery = delivery_of(status);
    return report;
}

inline final_report call_refused() {
    auto report = called(call_status::error_not_enough_credits);
    report.sent_at.reset();
    report.reason = "REJECTED_NOT_ENOUGH_CREDITS(12)";
    return report;
}

// A plan: the message was refused, the call went through.
inline final_report called_instead() {
    auto report = called(call_status::processed);
    report.channel = channel::sms;
    report.sms = sms_status::not_sent;
    report.attempts = 2;
    return report;
}

// A plan: nobody took the message or the call.
inline final_report refused_both_ways() {
    auto report = call_refused();
    report.channel = channel::sms;
    report.sms = sms_status::not_sent;
    report.delivery.reset();
    report.attempts = 2;
    return report;
}

inline std::vector<final_report> all() {
    return {
        delivered(),
        ended(dlr_status::acceptd),
        ended(dlr_status::enroute),
        ended(dlr_status::unknown),
        ended(dlr_status::expired),
        ended(dlr_status::deleted),
        ended(dlr_status::undeliv),
        ended(dlr_status::rejectd),
        refused(),
        held(),
        called(call_status::processed),
        called(call_status::answered_machine),
        called(call_status::error_user_busy),
        called(call_status::error_no_answer),
        called(call_status::error),
        called(call_status::undefined),
        call_refused(),
    };
}

}  // namespace pinwire::reports::samples
