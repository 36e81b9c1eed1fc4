// Vonage: SMS by the SMS API (/sms/json on rest.nexmo.com), calls by the Voice API (/v1/calls on
// api.nexmo.com). The two live on different hosts with different proofs, so a carrier of this kind
// does one of them: with an application it places calls, without one it sends SMS. Our attempt id
// is an SMS's client-ref, which comes back in every receipt; a call has no reference, so the token
// in its event URL names the attempt. The SMS API answers 200 also to what it refuses.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/carriers/dates.hpp"
#include "common/carriers/kinds.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/base_path.hpp"
#include "common/core/basic_auth.hpp"
#include "common/core/form.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/rs256.hpp"
#include "common/core/sender.hpp"
#include "common/core/sms_encoding.hpp"
#include "common/core/text_template.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::carriers {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr auto sent = verdict::sent;
constexpr auto next = verdict::not_sent_next;
constexpr auto later = verdict::not_sent_later;

constexpr std::int64_t ttl_min = 20'000;  // milliseconds
constexpr std::int64_t ttl_max = 604'800'000;
constexpr std::size_t listed_max = 100;  // calls on one page
constexpr std::size_t records_max = 20;  // asked for at once
constexpr auto clock_skew = std::chrono::seconds(5);
constexpr auto token_life = std::chrono::minutes(5);

// What each message's `status` says. 5 is the platform's own trouble while it worked on the
// message: nothing proves that it didn't go out. 7 is a number on a list of theirs, 6 mostly a
// prefix that they don't know: another carrier may.
constexpr auto sms_rows = std::to_array<error_class>({
    {200, "0", "", sent},
    {200, "1", "THROTTLED", later},
    {200, "2", "MISSING_PARAMETERS", next},
    {200, "3", "INVALID_PARAMETERS", next},
    {200, "4", "INVALID_CREDENTIALS", next},
    {200, "5", "INTERNAL_ERROR", verdict::in_doubt},
    {200, "6", "INVALID_MESSAGE", next},
    {200, "7", "NUMBER_BARRED", next},
    {200, "8", "ACCOUNT_BARRED", next},
    {200, "9", "QUOTA_VIOLATION", next},
    {200, "10", "TOO_MANY_BINDS", later},
    {200, "11", "NOT_ENABLED_FOR_HTTP", next},
    {200, "12", "MESSAGE_TOO_LONG", next},
    {200, "14", "INVALID_SIGNATURE", next},
    {200, "15", "INVALID_SENDER", next},
    {200, "17", "NETWORK_NOT_FOUND", next},
    {200, "22", "INVALID_NETWORK_CODE", next},
    {200, "23", "INVALID_CALLBACK", next},
    {200, "29", "NOT_ON_ALLOW_LIST", next},
    {200, "32", "SIGNATURE_AND_SECRET", next},
    {200, "33", "NUMBER_DEACTIVATED", verdict::not_sent_final},
});

// The Voice API answers 201 with the call's first state, else a problem document, of whose `type`
// or `error_title` the last word counts.
constexpr auto call_answer_rows = std::to_array<error_class>({
    {201, "started", "", sent},
    {201, "ringing", "", sent},
    {400, "bad-request", "BAD_REQUEST", next},
    {401, "unauthorized", "UNAUTHORIZED", next},
    {402, "low-balance", "LOW_BALANCE", next},
    {403, "forbidden", "FORBIDDEN", next},
    {403, "account-suspended", "ACCOUNT_SUSPENDED", next},
    {404, "not-found", "NOT_FOUND", next},
    {429, "throttled", "THROTTLED", later},
    {500, "internal-error", "INTERNAL_ERROR", verdict::in_doubt},
});

struct status_row {
    std::string_view says;
    dlr_status status;
};

constexpr auto status_rows = std::to_array<status_row>({
    {"submitted", dlr_status::acceptd},
    {"accepted", dlr_status::acceptd},
    {"buffered", dlr_status::enroute},
    {"delivered", dlr_status::delivrd},
    {"expired", dlr_status::expired},
    {"deleted", dlr_status::deleted},
    {"failed", dlr_status::undeliv},
    {"undeliverable", dlr_status::undeliv},
    {"rejected", dlr_status::rejectd},
    {"unknown", dlr_status::unknown},
});

struct call_row {
    std::string_view says;
    call_status call;            // without machine detection answered means processed
    call_status with_detection;  // with it only "human" does: a machine's call is "completed" too
};

constexpr auto call_rows = std::to_array<call_row>({
    {"started", call_status::pending_accepted, call_status::pending_accepted},
    {"ringing", call_status::processing, call_status::processing},
    {"answered", call_status::processed, call_status::processing},
    {"human", call_status::processed, call_status::processed},
    {"machine", call_status::answered_machine, call_status::answered_machine},
    {"completed", call_status::processed, call_status::processing},
    {"disconnected", call_status::processing, call_status::processing},
    {"busy", call_status::error_user_busy, call_status::error_user_busy},
    {"timeout", call_status::error_no_answer, call_status::error_no_answer},
    {"unanswered", call_status::error_no_answer, call_status::error_no_answer},
    {"cancelled", call_status::error, call_status::error},
    {"rejected", call_status::error, call_status::error},
    {"failed", call_status::error, call_status::error},
});

struct language_row {
    std::string_view ours;
    std::string_view locale;
};

// Croatian and Slovenian aren't among its languages: an order in one of them is refused.
constexpr auto languages = std::to_array<language_row>({
    {"en", "en-US"},    {"es", "es-ES"},    {"ca", "ca-ES"},     {"da", "da-DK"},
    {"nl", "nl-NL"},    {"fr", "fr-FR"},    {"de", "de-DE"},     {"it", "it-IT"},
    {"ja", "ja-JP"},    {"ko", "ko-KR"},    {"no", "nb-NO"},     {"pl", "pl-PL"},
    {"ru", "ru-RU"},    {"sv", "sv-SE"},    {"fi", "fi-FI"},     {"ro", "ro-RO"},
    {"pt_pt", "pt-PT"}, {"pt_br", "pt-BR"}, {"zh_cn", "cmn-CN"}, {"zh_tw", "cmn-TW"},
});

std::string_view locale_of(std::string_view ours) {
    for (const language_row& row : languages)
        if (row.ours == ours) return row.locale;
    return {};
}

// The text is said twice already. What a machine may have answered begins with a silence longer
// than detection takes: whether the words wait for its result isn't documented.
std::string spoken(const order& given, bool after_detection) {
    const auto percent = static_cast<int>(given.voice.speech_rate * 100 + 0.5);
    if (percent == 100 && !after_detection) return std::string(given.text.reveal());
    std::string made = "<speak>";
    if (after_detection) made += "<break time='4s'/>";
    if (percent != 100) made += "<prosody rate='" + std::to_string(percent) + "%'>";
    made += escaped(escaping::xml, given.text.reveal());
    if (percent != 100) made += "</prosody>";
    return made + "</speak>";
}

std::string dump(const ordered_json& body) {
    return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::int64_t unix_seconds(std::chrono::system_clock::time_point at) {
    return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
}

// 2026-11-22T06:15:01Z: whole seconds, rounded down.
std::string whole_seconds(std::chrono::system_clock::time_point at) {
    return format_rfc3339(std::chrono::floor<std::chrono::seconds>(at)).substr(0, 19) + "Z";
}

class vonage final : public carrier {
public:
    explicit vonage(settings given) : carrier(std::move(given)) {
        if (calls()) key_ = rs256_key::from_pem(config().password);
    }

    bool can(pinwire::channel channel) const override {
        return calls() == (channel == channel::voice);
    }

    std::string_view refuses(const order& given) const override {
        if (given.channel == channel::sms) return given.from.empty() ? "no_sender" : "";
        if (!key_) return "key_unreadable";
        if (!is_number(given.from)) return "no_caller_id";
        return locale_of(given.voice.language).empty() ? "language_not_spoken" : "";
    }

    http_request to_request(const order& given) const override {
        return given.channel == channel::voice ? call_request(given) : sms_request(given);
    }

    std::span<const error_class> error_table(pinwire::channel channel) const override {
        if (channel == channel::voice) return call_answer_rows;
        return sms_rows;
    }

    answer read_answer(const http_response& response, pinwire::channel channel) const override {
        json body;
        if (read_json(response.body, body) || !body.is_object()) body = json::object();
        return channel == channel::voice ? read_call_answer(response, body)
                                         : read_sms_answer(response, body);
    }

    // Receipts come as JSON, as a form, or in the query; events as JSON or in the query.
    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel channel) const override {
        dlr_reading reading;
        json fields = fields_of(request);
        const bool voice = channel == channel::voice;
        auto read = voice ? read_event(fields) : read_receipt(fields);
        if (read)
            reading.entries.push_back(std::move(*read));
        else
            reading.unreadable.push_back(request.body.empty() ? request.target : request.body);
        return reading;
    }

    http_response acknowledgement() const override { return {200, {}, {}}; }

    // A call: the list of calls of that time, by number. An SMS: the records of that time, by our
    // reference, from the Reports API, which lives on another host.
    std::optional<http_request> to_inquiry(const inquiry& about) const override {
        if (!can(about.channel) || (calls() && !key_)) return std::nullopt;
        if (!calls() && config().inquiry_url.empty()) return std::nullopt;
        const std::string from = whole_seconds(about.began - clock_skew);
        const std::string until =
            whole_seconds(about.began + about.patience + clock_skew + std::chrono::seconds(1));
        form query;
        if (!calls()) {
            query.add("account_id", config().username);
            query.add("product", "SMS");
            query.add("direction", "outbound");
        }
        query.add("date_start", from);
        query.add("date_end", until);
        if (calls()) query.add("page_size", std::to_string(listed_max));
        http_request request;
        request.method = "GET";
        request.target = calls() ? base_path(config().base_url) + "/v1/calls?"
                                 : base_path(config().inquiry_url) + "/v2/reports/records?";
        request.target += query.encode();
        request.headers = {
            {"Authorization", calls() ? bearer(about.now, about.nonce) : basic()},
            {"Accept", "application/json"}};
        return request;
    }

    inquiry_answer read_inquiry(const http_response& response, const inquiry& about)
        const override {
        inquiry_answer made;
        json body;
        const bool readable =
            response.status == 200 && !read_json(response.body, body) && body.is_object();
        const json& holder = readable && calls() ? wire::object_of(body, "_embedded") : body;
        const auto listed = readable ? holder.find(calls() ? "calls" : "records") : holder.end();
        if (!readable || listed == holder.end() || !listed->is_array()) {
            made.word = "HTTP(" + std::to_string(response.status) + ")";
            return made;
        }
        // more pages, or more found than shown
        const auto count = wire::number_of(body, calls() ? "count" : "items_count");
        const bool whole = (!count || static_cast<std::size_t>(*count) <= listed->size()) &&
                           !wire::object_of(body, "_links").contains("next");
        return calls() ? judge_calls(*listed, about, whole) : judge_records(*listed, about, whole);
    }

    // A call by its id. SMS by theirs, of which the Reports API takes several and charges for each
    // record that it shows.
    pull_terms pulls(pinwire::channel on) const override {
        pull_terms made;
        const bool askable = calls() ? key_.has_value() : !config().inquiry_url.empty();
        made.by_id = true;
        if (can(on) && askable) made.most = calls() ? 1 : records_max;
        return made;
    }

    http_request to_pull(const pull& wanted) const override {
        http_request request;
        request.method = "GET";
        request.headers = {
            {"Authorization", calls() ? bearer(wanted.now, wanted.nonce) : basic()},
            {"Accept", "application/json"}};
        if (calls()) {
            request.target = base_path(config().base_url) + "/v1/calls/" +
                             percent_encode(wanted.about.front().carrier_message_id);
            return request;
        }
        std::string ids;
        for (const auto& one : wanted.about)
            ids += (ids.empty() ? "" : ",") + one.carrier_message_id;
        form query;
        query.add("account_id", config().username);
        query.add("product", "SMS");
        query.add("direction", "outbound");
        query.add("id", ids);
        request.target = base_path(config().inquiry_url) + "/v2/reports/records?" + query.encode();
        return request;
    }

    pull_reading read_pull(const http_response& response, const pull&) const override {
        if (!calls())
            return wire::read_pulled_list(response, "records", [this](const json& one) {
                return with_subject(report_of_record(one), one, "message_id");
            });
        pull_reading made;
        json body;
        const bool there =
            response.status == 200 && !read_json(response.body, body) && body.is_object();
        made.readable = response.status == 404 || (there && body.contains("status"));
        if (!made.readable) made.word = wire::http_word(response);
        if (!there) return made;
        if (auto read = with_subject(report_of_ended_call(body), body, "uuid"))
            made.entries.push_back(std::move(*read));
        return made;
    }

    // The account's, by key and secret: a carrier that places calls has an application's key only.
    std::optional<http_request> to_balance_request() const override {
        if (calls()) return std::nullopt;
        http_request request;
        request.method = "GET";
        request.target = base_path(config().base_url) + "/account/get-balance";
        request.headers = {{"Authorization", basic()}, {"Accept", "application/json"}};
        return request;
    }

    std::optional<balance> read_balance(const http_response& response) const override {
        auto found = read_balance_object(response, "value");
        if (found) found->currency = "EUR";  // always, whatever the account is billed in
        return found;
    }

private:
    bool calls() const { return !config().application.empty(); }

    http_request sms_request(const order& given) const {
        form made;
        made.add("api_key", config().username);
        made.add("api_secret", std::string(config().password.reveal()));
        made.add("from", given.from.str());
        made.add("to", given.to.digits());
        made.add("text", std::string(given.text.reveal()));
        made.add("type", is_gsm7(given.text.reveal()) ? "text" : "unicode");
        const auto left = std::chrono::milliseconds(given.validity).count();
        made.add("ttl", std::to_string(std::clamp<std::int64_t>(left, ttl_min, ttl_max)));
        made.add("client-ref", given.attempt.hex());
        if (!given.dlr_url.empty()) {
            made.add("status-report-req", "1");
            made.add("callback", given.dlr_url);
        }
        // it has no field for the telemarketer
        if (!given.dlt.empty()) made.add("entity-id", given.dlt.principal_entity_id);
        if (!given.dlt.content_template_id.empty())
            made.add("content-id", given.dlt.content_template_id);
        http_request request;
        request.target = base_path(config().base_url) + "/sms/json";
        request.headers = {
            {"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}};
        request.body = made.encode();
        return request;
    }

    http_request call_request(const order& given) const {
        ordered_json talk;
        talk["action"] = "talk";
        talk["text"] = spoken(given, config().machine_detection);
        talk["language"] = std::string(locale_of(given.voice.language));
        ordered_json body;
        body["to"] = ordered_json::array();
        body["to"].push_back(phone(given.to.digits()));
        body["from"] = phone(given.from.str());
        body["ncco"] = ordered_json::array();
        body["ncco"].push_back(std::move(talk));
        if (!given.dlr_url.empty()) {
            body["event_url"] = ordered_json::array({given.dlr_url});
            body["event_method"] = "POST";
        }
        if (config().machine_detection) body["machine_detection"] = "hangup";
        if (config().ring_timeout.count() > 0)
            body["ringing_timer"] = config().ring_timeout.count();
        if (config().call_timeout.count() > 0) body["length_timer"] = config().call_timeout.count();
        http_request request;
        request.target = base_path(config().base_url) + "/v1/calls";
        request.headers = {
            {"Authorization", bearer(given.now, given.nonce)},
            {"Content-Type", "application/json"},
            {"Accept", "application/json"}};
        request.body = dump(body);
        return request;
    }

    static ordered_json phone(std::string_view number) {
        ordered_json made;
        made["type"] = "phone";
        made["number"] = std::string(number);
        return made;
    }

    std::string bearer(std::chrono::system_clock::time_point now, const carriers::nonce& random)
        const {
        ordered_json claims;
        claims["application_id"] = config().application;
        claims["iat"] = unix_seconds(now);
        claims["exp"] = unix_seconds(now + token_life);
        claims["jti"] = to_hex(random);
        return "Bearer " + (key_ ? key_->token(dump(claims)) : std::string());
    }

    std::string basic() const { return basic_proof(config().username, config().password.reveal()); }

    // A long text is answered part by part: it was taken if all were, and if only some were, nobody
    // knows what a handset makes of it.
    answer read_sms_answer(const http_response& response, const json& body) const {
        const auto messages = body.find("messages");
        const bool parts = messages != body.end() && messages->is_array() && !messages->empty();
        if (!parts) {
            if (response.status < 200 || response.status > 299)
                return wire::answer_of_status(response, wire::text_of(body, "error-code"));
            answer unreadable;
            unreadable.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
            return unreadable;
        }
        answer made = read_part(messages->front(), response.status);
        for (std::size_t i = 1; i < messages->size(); ++i) {
            const answer part = read_part((*messages)[i], response.status);
            if (part.verdict == made.verdict) continue;
            const auto refused = [](verdict v) {
                return v != verdict::sent && v != verdict::in_doubt;
            };
            if (refused(part.verdict) && refused(made.verdict)) {
                made.verdict = verdict::not_sent_next;
                continue;
            }
            made.verdict = verdict::in_doubt;
            made.carrier_message_id.clear();
            made.error = "PARTLY_TAKEN";
        }
        made.retry_after = wire::retry_after(response.headers);
        return made;
    }

    answer read_part(const json& part, unsigned status) const {
        answer made;
        const std::string code = wire::text_of(part, "status");
        const error_class* row = wire::find_error(sms_rows, code);
        if (code.empty()) {
            made.error = "UNREADABLE_ANSWER(" + std::to_string(status) + ")";
            return made;
        }
        // a code that nobody documented is a refusal all the same: only 0 is a success
        made.verdict = row != nullptr ? row->verdict : next;
        if (made.verdict == sent)
            made.carrier_message_id =
                wire::normalise_id(config().ids, wire::text_of(part, "message-id"));
        else
            made.error = (row != nullptr ? std::string(row->word) : "STATUS") + "(" +
                         wire::code_word(code) + ")";
        return made;
    }

    answer read_call_answer(const http_response& response, const json& body) const {
        answer made;
        if (response.status < 200 || response.status > 299) {
            const std::string word = problem_of(body);
            made = wire::answer_of_status(response, word);
            const error_class* row = wire::find_error(call_answer_rows, word);
            if (row != nullptr && row->status == response.status) {
                made.verdict = row->verdict;
                made.error = std::string(row->word) + "(" + std::to_string(response.status) + ")";
            }
            const bool refused = made.verdict == next;
            if (refused)
                made.call = response.status == 400   ? call_status::bad_request
                            : response.status == 402 ? call_status::error_not_enough_credits
                                                     : call_status::error;
            return made;
        }
        const std::string id = wire::normalise_id(config().ids, wire::text_of(body, "uuid"));
        if (id.empty()) {
            made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
            return made;
        }
        made.verdict = sent;
        made.carrier_message_id = id;
        made.call = call_of(wire::text_of(body, "status")).value_or(call_status::pending_accepted);
        return made;
    }

    // ".../api-errors#low-balance" and "Low balance" are both "low-balance".
    static std::string problem_of(const json& body) {
        std::string word = wire::text_of(body, "type");
        const auto hash = word.find('#');
        word = hash == std::string::npos ? std::string() : word.substr(hash + 1);
        if (word.empty()) word = wire::text_of(body, "error_title");
        if (word.empty()) word = wire::text_of(body, "title");
        for (char& c : word) {
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            if (c == ' ') c = '-';
        }
        return wire::code_word(word);
    }

    // Whatever form it came in, the fields as a flat JSON object.
    static json fields_of(const dlr_request& request) {
        json fields;
        if (request.content_type == "application/json") {
            if (read_json(request.body, fields)) return json::object();
            return fields.is_object() ? fields : json::object();
        }
        fields = json::object();
        const bool in_body = !request.body.empty();
        const auto given =
            form::parse(in_body ? std::string_view(request.body) : query_of(request.target));
        if (given)
            for (const auto& [name, value] : given->all())
                fields.emplace(name, value);
        return fields;
    }

    std::optional<dlr> read_receipt(const json& fields) const {
        const std::string word = wire::text_of(fields, "status");
        const std::string id = wire::text_of(fields, "messageId");
        const std::string reference = wire::text_of(fields, "client-ref");
        if (word.empty() || (id.empty() && reference.empty())) return std::nullopt;
        dlr read;
        read.reference = attempt_id::parse(reference);
        read.carrier_message_id = wire::normalise_report_id(config(), id);
        read.to = msisdn::parse(wire::text_of(fields, "msisdn"));
        read.raw_status = wire::code_word(word);
        read.status = status_of(word);
        read.error_code = error_of(wire::text_of(fields, "err-code"));
        read.done_at = parse_digits(wire::text_of(fields, "scts"));
        read.raw = wire::raw_of(
            fields,
            {"msisdn",
             "to",
             "network-code",
             "messageId",
             "price",
             "status",
             "scts",
             "err-code",
             "client-ref",
             "message-timestamp"},
            {"text", "api-key", "sig", "timestamp", "nonce", "channel"}
        );
        return read;
    }

    static std::optional<dlr_status> status_of(std::string_view word) {
        for (const status_row& row : status_rows)
            if (row.says == word) return row.status;
        return std::nullopt;
    }

    static std::string error_of(std::string_view code) {
        return code == "0" ? std::string() : wire::code_word(code);
    }

    // "human" and "machine" name the call by call_uuid. An event without a status (a transfer, an
    // error in the NCCO) says nothing about the call's end, and is no reason to be posted again.
    std::optional<dlr> read_event(const json& fields) const {
        const std::string word = wire::text_of(fields, "status");
        std::string id = wire::text_of(fields, "uuid");
        if (id.empty()) id = wire::text_of(fields, "call_uuid");
        if (word.empty() || id.empty()) return std::nullopt;
        dlr read;
        read.carrier_message_id = wire::normalise_report_id(config(), id);
        read.to = msisdn::parse(wire::text_of(fields, "to"));
        read.raw_status = wire::code_word(word);
        read.call = call_of(word);
        if (read.call) read.status = delivery_of(*read.call);
        read.done_at = parse_rfc3339(wire::text_of(fields, "timestamp"));
        read.raw = wire::raw_of(
            fields,
            {"uuid",
             "call_uuid",
             "conversation_uuid",
             "status",
             "direction",
             "to",
             "from",
             "timestamp",
             "start_time",
             "end_time",
             "duration",
             "network",
             "sub_state"},
            {"rate",
             "price",
             "conversation_uuid_to",
             "conversation_uuid_from",
             "headers",
             "from_user",
             "to_user",
             "disconnected_by",
             "channel"}
        );
        return read;
    }

    std::optional<call_status> call_of(std::string_view word) const {
        for (const call_row& row : call_rows)
            if (row.says == word) return config().machine_detection ? row.with_detection : row.call;
        return std::nullopt;
    }

    // A long text has a record for each part: it was delivered when all were, and undelivered as
    // soon as one wasn't.
    inquiry_answer judge_records(const json& listed, const inquiry& about, bool whole) const {
        inquiry_answer made;
        std::size_t delivered = 0;
        for (const json& one : listed) {
            if (attempt_id::parse(wire::text_of(one, "client_ref")) != about.attempt) continue;
            if (made.what != inquiry_answer::kind::found) {
                made.what = inquiry_answer::kind::found;
                made.carrier_message_id =
                    wire::normalise_id(config().ids, wire::text_of(one, "message_id"));
            }
            auto read = report_of_record(one);
            if (!read) continue;
            if (read->status == dlr_status::delivrd) ++delivered;
            const bool says_more =
                !made.report || made.report->status == dlr_status::delivrd ||
                (read->status != dlr_status::delivrd && *read->status > *made.report->status);
            if (says_more) made.report = std::move(read);
        }
        if (made.what != inquiry_answer::kind::found) return not_listed(about, whole);
        const auto parts = sms_parts(about.text.reveal());
        const bool all = parts > 0 && delivered >= parts;
        const bool some = made.report && made.report->status == dlr_status::delivrd && !all;
        // the other parts' receipts will say, or its deadline
        if (some && wire::reports_each_part(config())) made.report.reset();
        return made;
    }

    static std::optional<dlr> report_of_record(const json& one) {
        const std::string word = wire::text_of(one, "status");
        const auto status = status_of(word);
        if (!status) return std::nullopt;
        dlr read;
        read.status = status;
        read.raw_status = wire::code_word(word);
        read.error_code = error_of(wire::text_of(one, "error_code"));
        return read;
    }

    // A call of the list: its state as an event would have told it.
    std::optional<dlr> report_of_call(const json& one) const {
        const std::string word = wire::text_of(one, "status");
        const auto call = call_of(word);
        if (!call) return std::nullopt;
        dlr read;
        read.call = call;
        read.status = delivery_of(*call);
        read.raw_status = wire::code_word(word);
        return read;
    }

    // A call that is asked about because nobody told how it ended. The resource has no word for a
    // human: after detection "completed" may be either's call, and since the words went along with
    // it, nobody can say any more who heard them.
    std::optional<dlr> report_of_ended_call(const json& one) const {
        auto read = report_of_call(one);
        if (!read || !config().machine_detection || read->raw_status != "completed") return read;
        read->call = call_status::undefined;
        read->status = delivery_of(*read->call);
        return read;
    }

    std::optional<dlr> with_subject(std::optional<dlr> read, const json& one, const char* id)
        const {
        if (!read) return read;
        const json& callee = wire::object_of(one, "to");
        read->reference = attempt_id::parse(wire::text_of(one, "client_ref"));
        read->carrier_message_id = wire::normalise_id(config().ids, wire::text_of(one, id));
        read->to = msisdn::parse(
            callee.empty() ? wire::text_of(one, "to") : wire::text_of(callee, "number")
        );
        read->raw = wire::raw_of(
            one,
            {"uuid",
             "message_id",
             "client_ref",
             "status",
             "error_code",
             "to",
             "from",
             "network",
             "date_received",
             "date_finalized",
             "start_time",
             "end_time",
             "duration"}
        );
        return read;
    }

    inquiry_answer judge_calls(const json& listed, const inquiry& about, bool whole) const {
        inquiry_answer made;
        int ours = 0;
        for (const json& one : listed) {
            const json& to = wire::object_of(one, "to");
            if (msisdn::parse(wire::text_of(to, "number")) != about.to) continue;
            ++ours;
            made.carrier_message_id = wire::normalise_id(config().ids, wire::text_of(one, "uuid"));
            made.report = report_of_call(one);
        }
        if (ours == 0) return not_listed(about, whole);
        if (ours == 1 && whole) {
            made.what = inquiry_answer::kind::found;
            return made;
        }
        inquiry_answer several;
        several.word = "SEVERAL_LISTED";
        return several;
    }

    inquiry_answer not_listed(const inquiry& about, bool whole) const {
        inquiry_answer made;
        made.word = whole ? "NOT_LISTED" : "LIST_CUT";
        if (whole && wire::absence_counts(config(), about))
            made.what = inquiry_answer::kind::absent;
        return made;
    }

    std::optional<rs256_key> key_;  // of the application
};

}  // namespace

std::unique_ptr<carrier> make_vonage(settings given) {
    return std::make_unique<vonage>(std::move(given));
}

}  // namespace pinwire::carriers
