// Our own dialect: one event a request, {type, timestamp, data}, the envelope that Standard
// Webhooks recommends. Every member of data is always there; null says "doesn't apply" or "not
// known". The PIN is never among them. docs/schemas/report-standard.schema.json describes it.
#include <nlohmann/json.hpp>

#include "common/core/time_format.hpp"
#include "common/reports/dialects.hpp"
#include "common/reports/rendering.hpp"

namespace pinwire::reports {
namespace {

using nlohmann::ordered_json;

std::string_view type_of(const final_report& report) {
    if (report.kind == report_kind::test) return "pin.test";
    if (report.kind == report_kind::accepted) return "pin.accepted";
    if (report.kind == report_kind::enroute) return "pin.enroute";
    if (never_sent(report)) return "pin.not_sent";
    switch (delivery_of(report)) {
        case dlr_status::delivrd:
            return "pin.delivered";
        case dlr_status::expired:
            return "pin.expired";
        case dlr_status::deleted:
        case dlr_status::undeliv:
        case dlr_status::rejectd:
            return "pin.undelivered";
        case dlr_status::acceptd:
        case dlr_status::enroute:
        case dlr_status::unknown:
            break;
    }
    return "pin.unknown";
}

template <class Status>
ordered_json word_or_null(const std::optional<Status>& status) {
    if (!status) return nullptr;
    return ordered_json(std::string(to_string(*status)));
}

ordered_json text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return ordered_json(text);
}

ordered_json data_of(const final_report& report) {
    ordered_json data;
    data["message_id"] = report.message.hex();
    data["account"] = report.account.str();
    data["job_id"] = report.job.str();
    data["pin_id"] = text_or_null(report.pin.str());
    data["channel"] = report.channel == channel::voice ? "voice" : "sms";
    data["to"] = report.to.digits();
    data["from"] = text_or_null(report.from.str());
    data["reference"] = text_or_null(report.reference);
    data["nc_status"] = word_or_null(report.nc);
    data["sms_status"] = word_or_null(report.sms);
    data["call_status"] = word_or_null(report.call);
    data["dlr_status"] = word_or_null(report.delivery);
    data["in_doubt"] = report.in_doubt;
    data["reason"] = text_or_null(report.reason);
    data["route"] = text_or_null(report.route);
    data["mccmnc"] = text_or_null(report.mccmnc);
    data["attempts"] = report.attempts;
    data["accepted_at"] = format_rfc3339(report.accepted_at);
    data["sent_at"] = nullptr;
    if (report.sent_at) data["sent_at"] = format_rfc3339(*report.sent_at);
    const bool final = report.kind == report_kind::final || report.kind == report_kind::test;
    data["final_at"] = nullptr;
    if (final) data["final_at"] = format_rfc3339(report.final_at);
    return data;
}

class standard final : public dialect {
public:
    std::size_t batch_max() const override { return 1; }

    std::string body(std::span<const final_report> reports, const std::string&) const override {
        const final_report& report = reports.front();
        ordered_json event;
        event["type"] = type_of(report);
        event["timestamp"] = format_rfc3339(report.final_at);
        event["data"] = data_of(report);
        return dump(event);
    }
};

}  // namespace

const dialect& standard_dialect() {
    static const standard instance;
    return instance;
}

}  // namespace pinwire::reports
