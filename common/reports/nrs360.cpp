// The 360NRS callback: a top-level array, times in the account's zone, and only the five statuses
// that its document lists.
#include <nlohmann/json.hpp>

#include "common/core/time_format.hpp"
#include "common/core/zone_offset.hpp"
#include "common/reports/dialects.hpp"
#include "common/reports/rendering.hpp"

namespace pinwire::reports {
namespace {

using nlohmann::ordered_json;

std::string_view status_of(const final_report& report) {
    if (never_sent(report)) return "UNDELIV";
    switch (delivery_of(report)) {
        case dlr_status::delivrd:
            return "DELIVRD";
        case dlr_status::acceptd:
        case dlr_status::enroute:
            return "ACCEPTD";
        case dlr_status::deleted:
            return "DELETED";
        case dlr_status::undeliv:
        case dlr_status::rejectd:
            return "UNDELIV";
        case dlr_status::unknown:
        case dlr_status::expired:
            break;
    }
    return "EXPIRED";
}

class nrs360 final : public dialect {
public:
    std::size_t batch_max() const override { return 1000; }

    std::string body(std::span<const final_report> reports, const std::string& time_zone)
        const override {
        const auto offset = zone_offset(time_zone).value_or(std::chrono::seconds(0));
        auto all = ordered_json::array();
        for (const final_report& report : reports) {
            ordered_json one;
            one["sms_id"] = report.message.hex();
            one["from"] = report.from.str();
            one["to"] = report.to.digits();
            one["custom"] = report.reference;
            one["sms_date"] = format_plain(report.sent_at.value_or(report.accepted_at), offset);
            one["status"] = status_of(report);
            one["dlr_date"] = format_plain(report.final_at, offset);
            all.push_back(std::move(one));
        }
        return dump(all);
    }
};

}  // namespace

const dialect& nrs360_dialect() {
    static const nrs360 instance;
    return instance;
}

}  // namespace pinwire::reports
