// 360NRS on the gateway360 platform: one SMS a request by /api/3.0/sms/send, reports as an array of
// up to 1,000. Our attempt id is `custom`, which comes back in the answer and in every report. The
// API takes no validity period: the platform's own is 48 hours.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/carriers/kinds.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/base_path.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/sms_encoding.hpp"
#include "common/core/time_format.hpp"
#include "common/core/zone_offset.hpp"

namespace pinwire::carriers {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// What one message's element says: "ok", or its error_id. Refused because of the number: no other
// route would do better. UNKNOWN_ERROR is the platform's own trouble, which says nothing about what
// became of the message. Every other error_id, known or not, is a refusal that is this account's or
// this request's.
constexpr auto error_rows = std::to_array<error_class>({
    {200, "ok", "", verdict::sent},
    {200, "BAD_PARAMS", "BAD_PARAMS", verdict::not_sent_next},
    {200, "INVALID_CONTENT_TYPE", "INVALID_CONTENT_TYPE", verdict::not_sent_next},
    {200, "INVALID_DESTINATION", "INVALID_DESTINATION", verdict::not_sent_final},
    {200, "INVALID_MSISDN", "INVALID_MSISDN", verdict::not_sent_final},
    {200, "INVALID_NUMBER", "INVALID_NUMBER", verdict::not_sent_final},
    {200, "INVALID_SENDER", "INVALID_SENDER", verdict::not_sent_next},
    {200, "INVALID_SMS_TEXT", "INVALID_SMS_TEXT", verdict::not_sent_next},
    {200, "JSON_PARSE_ERROR", "JSON_PARSE_ERROR", verdict::not_sent_next},
    {200, "MISSING_PARAMS", "MISSING_PARAMS", verdict::not_sent_next},
    {200, "NOT_ENOUGH_BALANCE", "NOT_ENOUGH_BALANCE", verdict::not_sent_next},
    {200, "UNAUTHORIZED", "UNAUTHORIZED", verdict::not_sent_next},
    {200, "UNKNOWN_ERROR", "UNKNOWN_ERROR", verdict::in_doubt},
});

verdict verdict_of_error(std::string_view id) {
    const auto errors = std::span(error_rows).subspan(1);  // without "ok", which is no error_id
    const error_class* row = wire::find_error(errors, id);
    return row ? row->verdict : verdict::not_sent_next;
}

class nrs360 final : public carrier {
public:
    explicit nrs360(settings given) : carrier(std::move(given)) {
        zone_ = zone_offset(config().time_zone);
    }

    bool can(pinwire::channel channel) const override { return channel == channel::sms; }

    http_request to_request(const order& given) const override {
        const std::string text(given.text.reveal());
        ordered_json message;
        message["from"] = given.from.str();
        message["to"] = given.to.digits();
        message["text"] = text;
        message["custom"] = given.attempt.hex();
        ordered_json body;
        body["api_key"] = std::string(config().password.reveal());
        if (!given.dlr_url.empty()) body["report_url"] = given.dlr_url;
        body["concat"] = 1;
        body["encoding"] = is_gsm7(text) ? "GSM7" : "UCS2";
        body["messages"] = ordered_json::array();
        body["messages"].push_back(std::move(message));
        http_request request;
        request.target = base_path(config().base_url) + "/api/3.0/sms/send";
        request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
        request.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
        return request;
    }

    answer read_answer(const http_response& response, pinwire::channel) const override {
        json body;
        if (read_json(response.body, body) || !body.is_object()) body = json::object();
        if (response.status < 200 || response.status > 299) return read_refusal(response, body);
        // Overall "ok" can hold a failed element: the element speaks, the whole only without one.
        const auto result = body.find("result");
        const bool has_element = result != body.end() && result->is_array() && !result->empty() &&
                                 result->front().is_object();
        const json& element = has_element ? result->front() : body;
        const std::string status = wire::text_of(element, "status");
        const std::string error = wire::code_word(wire::text_of(element, "error_id"));
        answer made;  // in doubt until the body says more
        if (status == "ok" && has_element && error.empty()) {
            made.verdict = verdict::sent;
            made.carrier_message_id =
                wire::normalise_id(config().ids, wire::text_of(element, "sms_id"));
        } else if (status == "error" && !error.empty()) {
            made.verdict = verdict_of_error(error);
            made.error = error;
        } else {
            made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
        }
        return made;
    }

    std::span<const error_class> error_table(pinwire::channel) const override { return error_rows; }

    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel) const override {
        dlr_reading reading;
        json body;
        const bool readable = !read_json(request.body, body);
        if (readable && body.is_object()) body = json::array({std::move(body)});
        if (!readable || !body.is_array()) {
            reading.unreadable.push_back(request.body);
            return reading;
        }
        for (const json& entry : body) {
            auto read = read_entry(entry);
            if (read)
                reading.entries.push_back(std::move(*read));
            else
                reading.unreadable.push_back(entry.dump(-1, ' ', false, replace));
        }
        return reading;
    }

    std::optional<http_request> to_balance_request() const override {
        const json body = {{"api_key", std::string(config().password.reveal())}};
        http_request request;
        request.target = base_path(config().base_url) + "/api/3.0/account/get-balance";
        request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
        request.body = body.dump(-1, ' ', false, replace);
        return request;
    }

    std::optional<balance> read_balance(const http_response& response) const override {
        json body;
        if (response.status != 200 || read_json(response.body, body)) return std::nullopt;
        const json& result = wire::object_of(body, "result");
        const auto amount = amount_of(result, "balance");
        if (wire::text_of(body, "status") != "ok" || !amount) return std::nullopt;
        return balance{*amount, wire::code_word(wire::text_of(result, "currency"))};
    }

    // The platform states no expectation; its own client answers an empty 200.
    http_response acknowledgement() const override { return {200, {}, {}}; }

    // Reports by our reference: one that is there proves that the message was taken; none may only
    // mean that nothing was reported yet.
    std::optional<http_request> to_inquiry(const inquiry& about) const override {
        return reports_of(about.attempt);
    }

    inquiry_answer read_inquiry(const http_response& response, const inquiry& about)
        const override {
        inquiry_answer made;
        json body;
        const bool readable =
            response.status == 200 && !read_json(response.body, body) && body.is_object();
        const auto result = readable ? body.find("result") : body.end();
        if (!readable || result == body.end() || !result->is_array()) {
            made.word = "HTTP(" + std::to_string(response.status) + ")";
            return made;
        }
        made.word = "NO_REPORT";
        for (const json& entry : *result) {
            if (attempt_id::parse(wire::text_of(entry, "custom")) != about.attempt) continue;
            made.what = inquiry_answer::kind::found;
            made.carrier_message_id =
                wire::normalise_id(config().ids, wire::text_of(entry, "sms_id"));
            made.report = read_entry(entry);
            if (made.report && !made.report->status) made.report.reset();
            made.word.clear();
            break;
        }
        return made;
    }

    pull_terms pulls(pinwire::channel on) const override {
        pull_terms made;
        if (can(on)) made.most = 1;
        return made;
    }

    http_request to_pull(const pull& wanted) const override {
        return reports_of(wanted.about.front().attempt);
    }

    pull_reading read_pull(const http_response& response, const pull&) const override {
        return wire::read_pulled_list(response, "result", [this](const json& entry) {
            return read_entry(entry);
        });
    }

private:
    static constexpr auto replace = json::error_handler_t::replace;

    http_request reports_of(const attempt_id& attempt) const {
        ordered_json body;
        body["api_key"] = std::string(config().password.reveal());
        body["custom"] = attempt.hex();
        http_request request;
        request.target = base_path(config().base_url) + "/api/3.0/sms/get-reports";
        request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
        request.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
        return request;
    }

    static answer read_refusal(const http_response& response, const json& body) {
        const std::string error = wire::text_of(body, "error_id");
        answer made = wire::answer_of_status(response, error);
        const bool refused = made.verdict == verdict::not_sent_next;
        if (refused && verdict_of_error(error) == verdict::not_sent_final)
            made.verdict = verdict::not_sent_final;
        return made;
    }

    std::optional<dlr> read_entry(const json& entry) const {
        if (!entry.is_object()) return std::nullopt;
        const std::string custom = wire::text_of(entry, "custom");
        const std::string id = wire::text_of(entry, "sms_id");
        std::string word = wire::text_of(entry, "status");
        if (word.empty() || (custom.empty() && id.empty())) return std::nullopt;

        dlr read;
        read.reference = attempt_id::parse(custom);
        read.carrier_message_id = wire::normalise_report_id(config(), id);
        read.to = msisdn::parse(wire::text_of(entry, "to"));
        read.raw_status = wire::code_word(word);
        read.status = parse_dlr_status(read.raw_status);
        if (zone_) read.done_at = parse_plain(wire::text_of(entry, "dlr_date"), *zone_);
        read.raw = wire::raw_of(
            entry, {"sms_id", "from", "to", "custom", "sms_date", "status", "dlr_date"}
        );
        return read;
    }

    std::optional<std::chrono::seconds> zone_;  // none: a name we can't resolve; times are left out
};

}  // namespace

std::unique_ptr<carrier> make_nrs360(settings given) {
    return std::make_unique<nrs360>(std::move(given));
}

}  // namespace pinwire::carriers
