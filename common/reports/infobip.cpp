// The Infobip delivery report: {"results": [...]}, statuses by id (PROTOCOLS 2.11). No price: we
// have none to tell. A call's end stands in callStatus and, as Infobip's own code, in error.
#include <array>
#include <nlohmann/json.hpp>

#include "common/core/time_format.hpp"
#include "common/reports/dialects.hpp"
#include "common/reports/rendering.hpp"

namespace pinwire::reports {
namespace {

using nlohmann::ordered_json;

struct status_row {
    dlr_status status;
    int group;
    std::string_view group_name;
    int id;
    std::string_view name;
    std::string_view description;
};

constexpr auto status_rows = std::to_array<status_row>({
    {dlr_status::acceptd, 1, "PENDING", 26, "PENDING_ACCEPTED", "Message accepted"},
    {dlr_status::enroute, 1, "PENDING", 7, "PENDING_ENROUTE", "Message is on its way"},
    {dlr_status::unknown, 4, "EXPIRED", 29, "EXPIRED_DLR_UNKNOWN", "No report came in time"},
    {dlr_status::expired, 4, "EXPIRED", 15, "EXPIRED_EXPIRED", "Validity period is over"},
    {dlr_status::deleted, 2, "UNDELIVERABLE", 98, "CANCELLED", "Removed before delivery"},
    {dlr_status::undeliv, 2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED", "Not delivered"},
    {dlr_status::rejectd, 5, "REJECTED", 52, "REJECTED_DESTINATION", "Destination refused"},
    {dlr_status::delivrd, 3, "DELIVERED", 5, "DELIVERED_TO_HANDSET", "Delivered to the handset"},
});
constexpr status_row not_sent = {
    dlr_status::undeliv, 2, "UNDELIVERABLE", 31, "UNDELIVERABLE_NOT_SENT", "Not sent"};

struct error_row {
    int group;
    std::string_view group_name;
    int id;
    std::string_view name;
    bool permanent;
};

constexpr error_row no_error = {0, "OK", 0, "NO_ERROR", false};
constexpr error_row unknown_error = {1, "HANDSET_ERRORS", 255, "UNKNOWN_ERROR", false};
constexpr error_row answered = {0, "OK", 5000, "VOICE_ANSWERED", true};
constexpr error_row machine = {1, "HANDSET_ERRORS", 5001, "ANSWERED_MACHINE", true};
constexpr error_row busy = {2, "USER_ERRORS", 5002, "USER_BUSY", true};
constexpr error_row no_answer = {2, "USER_ERRORS", 5003, "NO_ANSWER", true};
constexpr error_row bad_request = {2, "USER_ERRORS", 5400, "BAD_REQUEST", true};

const status_row& status_of(const final_report& report) {
    if (never_sent(report)) return not_sent;
    const dlr_status status = delivery_of(report);
    for (const status_row& row : status_rows)
        if (row.status == status) return row;
    return status_rows[2];
}

const error_row& error_of_call(call_status status) {
    switch (status) {
        case call_status::processed:
            return answered;
        case call_status::answered_machine:
            return machine;
        case call_status::error_user_busy:
            return busy;
        case call_status::error_no_answer:
            return no_answer;
        case call_status::bad_request:
            return bad_request;
        case call_status::pending_accepted:
        case call_status::processing:
            return no_error;
        default:
            return unknown_error;
    }
}

const error_row& error_of(const final_report& report, const status_row& status) {
    if (report.channel == channel::voice && report.call) return error_of_call(*report.call);
    const bool good = status.id == 5 || status.id == 7 || status.id == 26;
    return good ? no_error : unknown_error;
}

// yyyy-MM-dd'T'HH:mm:ss.SSS+0000
std::string time_of(std::chrono::system_clock::time_point at) {
    constexpr std::size_t to_the_millisecond = 23;
    return format_rfc3339(at).substr(0, to_the_millisecond) + "+0000";
}

ordered_json result_of(const final_report& report) {
    const status_row& status = status_of(report);
    const error_row& error = error_of(report, status);
    ordered_json one;
    one["messageId"] = report.message.hex();
    one["to"] = report.to.digits();
    one["from"] = report.from.str();
    one["sentAt"] = time_of(report.sent_at.value_or(report.accepted_at));
    one["doneAt"] = time_of(report.final_at);
    // of a plan the calls may have gone out, and no message
    const bool only_called = report.call && report.sms != sms_status::sent;
    if (report.channel == channel::sms) one["smsCount"] = never_sent(report) || only_called ? 0 : 1;
    if (!report.mccmnc.empty()) one["mccMnc"] = report.mccmnc;
    one["callbackData"] = report.reference;
    if (report.call) one["callStatus"] = to_string(*report.call);
    one["status"]["groupId"] = status.group;
    one["status"]["groupName"] = status.group_name;
    one["status"]["id"] = status.id;
    one["status"]["name"] = status.name;
    one["status"]["description"] = status.description;
    one["error"]["groupId"] = error.group;
    one["error"]["groupName"] = error.group_name;
    one["error"]["id"] = error.id;
    one["error"]["name"] = error.name;
    const std::string described(error.name);
    one["error"]["description"] = report.reason.empty() ? described : report.reason;
    one["error"]["permanent"] = error.permanent;
    return one;
}

class infobip final : public dialect {
public:
    std::size_t batch_max() const override { return 100; }

    std::string body(std::span<const final_report> reports, const std::string&) const override {
        ordered_json all;
        all["results"] = ordered_json::array();
        for (const final_report& report : reports)
            all["results"].push_back(result_of(report));
        return dump(all);
    }
};

}  // namespace

const dialect& infobip_dialect() {
    static const infobip instance;
    return instance;
}

}  // namespace pinwire::reports
