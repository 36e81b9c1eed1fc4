#include "common/reports/test_report.hpp"

namespace pinwire::reports {

final_report test_report(
    const report_id& id,
    const message_id& message,
    const account_name& account,
    std::chrono::system_clock::time_point now
) {
    final_report made;
    made.kind = report_kind::test;
    made.id = id;
    made.message = message;
    made.account = account;
    made.job = job_id("test");
    made.to = *msisdn::parse("447700900000");  // set aside for fiction: nobody's
    made.from = sender_name("Pinwire");
    made.reference = test_reference;
    made.sms = sms_status::sent;
    made.delivery = dlr_status::delivrd;
    made.attempts = 1;
    made.accepted_at = now - std::chrono::seconds(5);
    made.sent_at = now - std::chrono::seconds(4);
    made.final_at = now;
    return made;
}

}  // namespace pinwire::reports
