#include "cli/story_json.hpp"

#include "cli/masking.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;
using postgres::time_point;

// The two infinities of the database stand for "never" and "always".
ordered_json time_or_null(std::optional<time_point> at) {
    if (!at || *at == time_point::max() || *at == time_point::min()) return nullptr;
    return format_rfc3339(*at);
}

template <class Status>
ordered_json word_or_null(const std::optional<Status>& status) {
    if (!status) return nullptr;
    return std::string(to_string(*status));
}

ordered_json text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return text;
}

ordered_json job_json(const postgres::job_story& job, bool unmask) {
    ordered_json out;
    out["message_id"] = job.id.hex();
    out["account"] = job.account.str();
    out["job_id"] = job.job.str();
    out["channel"] = to_string(job.channel);
    out["to"] = unmask ? job.to.digits() : job.to.masked();
    out["from"] = text_or_null(job.sender.str());
    out["reference"] = text_or_null(job.reference);
    out["report_url"] = text_or_null(job.report_url);
    out["pin_id"] = text_or_null(job.pin.str());
    out["requested_at"] = time_or_null(job.requested_at);
    out["accepted_at"] = time_or_null(job.accepted_at);
    out["send_by"] = time_or_null(job.send_by);
    out["nc_status"] = word_or_null(job.nc);
    out["mccmnc"] = text_or_null(job.mccmnc);
    out["sms_status"] = word_or_null(job.sms);
    out["call_status"] = word_or_null(job.call);
    out["dlr_status"] = word_or_null(job.delivery);
    out["reason"] = text_or_null(job.reason);
    out["in_doubt"] = job.in_doubt;
    out["route"] = text_or_null(job.route);
    out["attempts"] = job.attempts;
    out["sent_at"] = time_or_null(job.sent_at);
    out["final_at"] = time_or_null(job.final_at);
    out["version"] = job.version;
    return out;
}

ordered_json attempt_json(const postgres::attempt_story& one) {
    ordered_json out;
    out["n"] = one.n;
    out["attempt_id"] = one.id.hex();
    if (one.step > 0) out["step"] = one.step;
    out["route"] = one.route.str();
    out["carrier"] = one.carrier.str();
    out["state"] = to_string(one.state);
    out["closed"] = one.closed;
    out["set_aside"] = one.set_aside;
    out["takeovers"] = one.takeovers;
    out["repeats"] = one.repeats;
    out["owner"] = nullptr;
    if (one.owner) out["owner"] = one.owner->hex();
    out["created_at"] = time_or_null(one.created_at);
    out["started_at"] = time_or_null(one.started_at);
    out["sent_at"] = time_or_null(one.sent_at);
    out["next_at"] = time_or_null(one.next_at);
    out["deadline"] = time_or_null(one.deadline);
    out["carrier_message_id"] = text_or_null(one.carrier_message_id);
    out["error"] = text_or_null(one.error);
    out["call_status"] = word_or_null(one.call);
    out["dlr_status"] = word_or_null(one.delivery);
    out["dlr_at"] = time_or_null(one.dlr_at);
    out["dlr_error"] = text_or_null(one.dlr_error);
    out["put_sender"] = nullptr;
    if (one.put_sender) out["put_sender"] = one.put_sender->str();
    out["doubt"] = text_or_null(one.doubt);
    out["doubt_end"] = text_or_null(one.doubt_end);
    out["doubt_ended_at"] = time_or_null(one.doubt_ended_at);
    return out;
}

ordered_json dlr_json(const postgres::dlr_story& one, const msisdn& to, bool unmask) {
    ordered_json out;
    out["intake_at"] = time_or_null(one.intake_at);
    out["attempt_id"] = one.attempt.hex();
    out["carrier"] = one.carrier.str();
    out["dlr_status"] = word_or_null(one.status);
    out["raw_status"] = text_or_null(one.raw_status);
    out["error_code"] = text_or_null(one.error_code);
    out["raw"] = text_or_null(unmask ? one.raw : without_number(one.raw, to));
    return out;
}

ordered_json report_json(const postgres::report_story& one) {
    ordered_json out;
    out["report_id"] = one.id.hex();
    out["state"] = one.where;
    out["url"] = one.url;
    out["tries"] = one.tries;
    out["created_at"] = time_or_null(one.created_at);
    out["due_at"] = time_or_null(one.due_at);
    out["last_error"] = text_or_null(one.last_error);
    return out;
}

ordered_json try_json(const postgres::report_try_story& one) {
    ordered_json out;
    out["at"] = time_or_null(one.at);
    out["report_id"] = one.report.hex();
    out["http_status"] = nullptr;
    if (one.http_status) out["http_status"] = *one.http_status;
    out["latency_ms"] = one.latency.count();
    out["error"] = text_or_null(one.error);
    out["answer"] = text_or_null(one.answer);
    return out;
}

template <class Part, class F>
ordered_json list_of(const std::vector<Part>& parts, F to_json) {
    auto out = ordered_json::array();
    for (const auto& part : parts)
        out.push_back(to_json(part));
    return out;
}

}  // namespace

ordered_json story_json(const postgres::story& of, bool unmask) {
    auto out = job_json(of.job, unmask);
    out["attempt_list"] = list_of(of.attempts, attempt_json);
    out["due"] = nullptr;
    if (of.due) {
        out["due"] = ordered_json::object();
        out["due"]["what"] = of.due->only_step ? "step" : to_string(of.due->what);
        out["due"]["route"] = of.due->route.str();
        out["due"]["at"] = time_or_null(of.due->at);
        out["due"]["close_at"] = time_or_null(of.due->close_at);
        if (of.due->step_at) out["due"]["step_at"] = time_or_null(of.due->step_at);
    }
    out["dlrs"] = list_of(of.dlrs, [&of, unmask](const postgres::dlr_story& one) {
        return dlr_json(one, of.job.to, unmask);
    });
    out["reports"] = list_of(of.reports, report_json);
    out["report_tries"] = list_of(of.tries, try_json);
    return out;
}

}  // namespace pinwire::cli
