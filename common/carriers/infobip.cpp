// Infobip: SMS by /sms/2/text/advanced or, by a setting, /sms/3/messages, calls by
// /tts/3/advanced or, where a key is asked for first, as a scenario of the account's
// (/voice/ivr/1/messages), reports by webhook. Our attempt id is the messageId, so that a repeat is
// told from a second message (status 23) and every report names the attempt. Status and error ids:
// PROTOCOLS 2.11 and 2.12.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/carriers/kinds.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/base_path.hpp"
#include "common/core/form.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::carriers {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int duplicate_id = 23;
constexpr std::size_t logged_max = 50;  // asked for at once: as many ids as a URL holds well
constexpr std::int64_t validity_minutes_max = 48 * 60;  // longer ones are cut there by the carrier

enum class infobip_family {
    ok = 0,
    pending = 1,
    undeliverable = 2,
    delivered = 3,
    expired = 4,
    rejected = 5
};

constexpr auto sent = verdict::sent;
constexpr auto next = verdict::not_sent_next;
constexpr auto never = verdict::not_sent_final;

// One status id: what it means as the answer to a send, and in a report.
struct status_row {
    int id;
    std::string_view name;
    infobip_family family;
    carriers::verdict answer;
    std::optional<dlr_status> sms;  // none: it says nothing about delivery
    std::optional<call_status> call;
};

using family = infobip_family;
using told = dlr_status;
using call = call_status;

// Why a refusal is final: the number is none (52) or wants no such message (10). All others are
// this account's or this platform's trouble, the blocklist (14), the fraud filter (87), the length
// limit (25) and the flood filter (20) among them; the latter is per number, so it must not hold
// the whole route back as "later" would. 9, 15, 29, 96, 97, 99: it went out and failed afterwards.
// 98 was cancelled on the way. 23 is proof of the first request and says nothing about its
// delivery.
const auto status_rows = std::to_array<status_row>({
    {2, "DELIVERED_TO_OPERATOR", family::delivered, sent, told::enroute, call::processing},
    {3, "PENDING_WAITING_DELIVERY", family::pending, sent, told::acceptd, call::processing},
    {4, "UNDELIVERABLE_REJECTED_OPERATOR", family::undeliverable, next, told::undeliv, call::error},
    {5, "DELIVERED_TO_HANDSET", family::delivered, sent, told::delivrd, call::processed},
    {6,
     "REJECTED_NETWORK",
     family::rejected,
     next,
     told::rejectd,
     call::error_network_not_available},
    {7, "PENDING_ENROUTE", family::pending, sent, told::enroute, call::processing},
    {8, "REJECTED_PREFIX_MISSING", family::rejected, next, told::rejectd, call::error},
    {9, "UNDELIVERABLE_NOT_DELIVERED", family::undeliverable, sent, told::undeliv, call::error},
    {10, "REJECTED_DND", family::rejected, never, told::rejectd, call::error},
    {11, "REJECTED_SOURCE", family::rejected, next, told::rejectd, call::error},
    {12,
     "REJECTED_NOT_ENOUGH_CREDITS",
     family::rejected,
     next,
     told::rejectd,
     call::error_not_enough_credits},
    {13, "REJECTED_SENDER", family::rejected, next, told::rejectd, call::error},
    {14, "REJECTED_DESTINATION_BLOCKLISTED", family::rejected, next, told::rejectd, call::error},
    {15, "EXPIRED_EXPIRED", family::expired, sent, told::expired, call::error},
    {17, "REJECTED_PREPAID_PACKAGE_EXPIRED", family::rejected, next, told::rejectd, call::error},
    {18, "REJECTED_DESTINATION_NOT_REGISTERED", family::rejected, next, told::rejectd, call::error},
    {19,
     "REJECTED_ROUTE_NOT_AVAILABLE",
     family::rejected,
     next,
     told::rejectd,
     call::error_route_not_available},
    {20, "REJECTED_FLOODING_FILTER", family::rejected, next, told::rejectd, call::error},
    {21, "REJECTED_SYSTEM_ERROR", family::rejected, next, told::rejectd, call::error},
    {23, "REJECTED_DUPLICATE_MESSAGE_ID", family::rejected, sent, std::nullopt, std::nullopt},
    {24, "REJECTED_INVALID_UDH", family::rejected, next, told::rejectd, call::error},
    {25, "REJECTED_MESSAGE_TOO_LONG", family::rejected, next, told::rejectd, call::error},
    {26, "PENDING_ACCEPTED", family::pending, sent, told::acceptd, call::pending_accepted},
    {29, "EXPIRED_DLR_UNKNOWN", family::expired, sent, told::unknown, call::undefined},
    {31, "UNDELIVERABLE_NOT_SENT", family::undeliverable, next, told::undeliv, call::error},
    {51, "MISSING_TO", family::rejected, next, told::rejectd, call::error},
    {52, "REJECTED_DESTINATION", family::rejected, never, told::rejectd, call::error},
    {53, "REJECTED_INVALID_AUDIO_FILE_URL", family::rejected, next, told::rejectd, call::error},
    {54, "REJECTED_UNSUPPORTED_LANGUAGE", family::rejected, next, told::rejectd, call::error},
    {55, "REJECTED_MESSAGE_IS_EMPTY", family::rejected, next, told::rejectd, call::error},
    {56, "REJECTED_INVALID_NOTIFY_URL", family::rejected, next, told::rejectd, call::error},
    {57,
     "REJECTED_INVALID_NOTIFY_CONTENT_TYPE",
     family::rejected,
     next,
     told::rejectd,
     call::error},
    {58, "REJECTED_INVALID_DTMF_SIGN", family::rejected, next, told::rejectd, call::error},
    {59, "REJECTED_INVALID_DTMF_TIMEOUT", family::rejected, next, told::rejectd, call::error},
    {60, "REJECTED_INVALID_RING_TIMEOUT", family::rejected, next, told::rejectd, call::error},
    {61, "REJECTED_INVALID_CALL_TIMEOUT", family::rejected, next, told::rejectd, call::error},
    {62, "REJECTED_INVALID_MACHINE_DETECTION", family::rejected, next, told::rejectd, call::error},
    {63, "REJECTED_INVALID_ACTIONS", family::rejected, next, told::rejectd, call::error},
    {64, "REJECTED_INVALID_ACTION_GROUPS", family::rejected, next, told::rejectd, call::error},
    {83, "REJECTED_MACHINE_DETECTION_DISABLED", family::rejected, next, told::rejectd, call::error},
    {87, "SIGNALS_BLOCKED", family::rejected, next, told::rejectd, call::error},
    {91, "REJECTED_INVALID_SSML", family::rejected, next, told::rejectd, call::error},
    {96, "NO_ANSWER", family::undeliverable, sent, told::undeliv, call::error_no_answer},
    {97, "BUSY", family::undeliverable, sent, told::undeliv, call::error_user_busy},
    {98, "CANCELLED", family::undeliverable, sent, told::deleted, call::error},
    {99, "REJECTED", family::rejected, sent, told::rejectd, call::error},
    {100, "UNDELIVERABLE_REJECTED_PLATFORM", family::rejected, next, told::rejectd, call::error},
});

// An id that the table doesn't know is classed by its group. The group "delivered" holds a status
// that isn't final (2), so an unknown one of it proves acceptance and nothing more.
const auto family_rows = std::to_array<status_row>({
    {-1, "OK", family::ok, sent, told::acceptd, call::pending_accepted},
    {-1, "PENDING", family::pending, sent, told::acceptd, call::pending_accepted},
    {-1, "UNDELIVERABLE", family::undeliverable, verdict::in_doubt, told::undeliv, call::error},
    {-1, "DELIVERED", family::delivered, sent, std::nullopt, std::nullopt},
    {-1, "EXPIRED", family::expired, verdict::in_doubt, told::expired, call::error},
    {-1, "REJECTED", family::rejected, next, told::rejectd, call::error},
});

struct call_row {
    int error;
    call_status call;
};

// How a call ended, old (5xxx) and new (10xxx) codes; other codes of both families are errors.
constexpr auto call_rows = std::to_array<call_row>({
    {5000, call::processed},
    {5001, call::answered_machine},
    {5002, call::error_user_busy},
    {5003, call::error_no_answer},
    {5400, call::bad_request},
    {5408, call::error_no_answer},
    {10000, call::processed},
    {10002, call::answered_machine},
    {10003, call::processed},
    {10200, call::error_no_answer},
    {10201, call::error_user_busy},
});

// A whole request that was refused: v2 and calls say a word, SMS v3 a code.
constexpr auto refusal_rows = std::to_array<error_class>({
    {400, "BAD_REQUEST", "BAD_REQUEST", next},
    {401, "UNAUTHORIZED", "UNAUTHORIZED", next},
    {403, "FORBIDDEN", "FORBIDDEN", next},
    {404, "NOT_FOUND", "NOT_FOUND", next},
    {429, "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS", verdict::not_sent_later},
    {500, "GENERAL_ERROR", "GENERAL_ERROR", verdict::in_doubt},
    {400, "E400", "E400", next},
    {401, "E401", "E401", next},
    {403, "E403", "E403", next},
    {404, "E404", "E404", next},
    {429, "E429", "E429", verdict::not_sent_later},
    {500, "E500", "E500", verdict::in_doubt},
});

// The same rows as what an answer may say, and the refusals of whole requests.
const auto answer_rows = [] {
    std::array<error_class, status_rows.size() + refusal_rows.size()> made{};
    for (std::size_t i = 0; i < status_rows.size(); ++i) {
        const status_row& row = status_rows[i];
        made[i] = {200, row.name, row.name, row.answer, row.id == duplicate_id};
    }
    std::copy(refusal_rows.begin(), refusal_rows.end(), made.begin() + status_rows.size());
    return made;
}();

const status_row* find_status(const json& status) {
    if (const auto id = wire::number_of(status, "id")) {
        for (const status_row& row : status_rows)
            if (row.id == *id) return &row;
    } else if (const std::string name = wire::text_of(status, "name"); !name.empty()) {
        for (const status_row& row : status_rows)
            if (row.name == name) return &row;
    }
    if (const auto id = wire::number_of(status, "groupId")) {
        for (const status_row& row : family_rows)
            if (static_cast<std::int64_t>(row.family) == *id) return &row;
        return nullptr;
    }
    const std::string name = wire::text_of(status, "groupName");
    for (const status_row& row : family_rows)
        if (row.name == name) return &row;
    return nullptr;
}

std::optional<call_status> call_of_error(std::int64_t error) {
    for (const call_row& row : call_rows)
        if (row.error == error) return row.call;
    const bool voice = (error >= 5000 && error < 6000) || (error >= 10000 && error < 11000);
    if (voice) return call::error;
    return std::nullopt;
}

// A pending call has no end yet and a refused one never began: there the status speaks. Else the
// error code is more exact ("delivered" may have been a machine).
std::optional<call_status> call_of(const status_row* row, std::optional<std::int64_t> error) {
    if (row && row->id == duplicate_id) return std::nullopt;
    if (row && (row->family == family::pending || row->family == family::rejected))
        return row->call;
    if (error)
        if (const auto ending = call_of_error(*error)) return ending;
    if (row && row->family == family::delivered && !row->call) return call::undefined;
    return row ? row->call : std::nullopt;
}

std::string error_text(const status_row* row, const json& status) {
    const std::string name = row && row->id >= 0 ? std::string(row->name)
                                                 : wire::code_word(wire::text_of(status, "name"));
    const auto id = wire::number_of(status, "id");
    return (name.empty() ? "STATUS" : name) + "(" + (id ? std::to_string(*id) : "?") + ")";
}

// yyyy-MM-dd'T'HH:mm:ss.SSS+0000: RFC 3339 but for the colon of the offset.
std::optional<std::chrono::system_clock::time_point> read_time(std::string text) {
    const auto size = text.size();
    if (size > 5 && (text[size - 5] == '+' || text[size - 5] == '-')) text.insert(size - 2, ":");
    return parse_rfc3339(text);
}

std::string dump(const ordered_json& body) {
    return body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

class infobip final : public carrier {
public:
    explicit infobip(settings given) : carrier(std::move(given)) {}

    bool can(pinwire::channel) const override { return true; }

    // A scenario speaks one language.
    std::string_view refuses(const order& given) const override {
        if (given.channel != channel::voice || !config().press_key) return {};
        return config().scenarios.contains(given.voice.language) ? "" : "language_not_spoken";
    }

    http_request to_request(const order& given) const override {
        ordered_json body;
        body["messages"] = ordered_json::array();
        std::string path;
        if (given.channel == channel::voice) {
            path = config().press_key ? "/voice/ivr/1/messages" : "/tts/3/advanced";
            body["messages"].push_back(
                config().press_key ? scenario_message(given) : call_message(given)
            );
        } else {
            const bool newer = config().api == settings::api_version::v3;
            path = newer ? "/sms/3/messages" : "/sms/2/text/advanced";
            body["messages"].push_back(newer ? sms_message_v3(given) : sms_message(given));
        }
        http_request request;
        request.target = base_path(config().base_url) + path;
        request.headers = {
            {"Authorization", "App " + wire::header_value(std::string(config().password.reveal()))},
            {"Content-Type", "application/json"},
            {"Accept", "application/json"}};
        request.body = dump(body);
        return request;
    }

    answer read_answer(const http_response& response, pinwire::channel channel) const override {
        const bool voice = channel == pinwire::channel::voice;
        json body;
        const bool readable = !read_json(response.body, body);
        if (response.status < 200 || response.status > 299)
            return read_refusal(response, readable ? body : json(), voice);
        answer made;  // in doubt until the body says more
        made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
        if (!readable || !body.is_object()) return made;
        const auto messages = body.find("messages");
        if (messages == body.end() || !messages->is_array() || messages->empty()) return made;
        const json& message = messages->front();
        const json& status = wire::object_of(message, "status");
        const status_row* row = find_status(status);
        if (!row) return made;
        made.verdict = row->answer;
        made.duplicate = row->id == duplicate_id;
        const bool took = made.verdict == sent;
        made.error = took ? std::string() : error_text(row, status);
        if (took) made.carrier_message_id = message_id_of(wire::text_of(message, "messageId"));
        if (voice) made.call = made.duplicate ? call::pending_accepted : row->call;
        return made;
    }

    std::span<const error_class> error_table(pinwire::channel) const override {
        return answer_rows;
    }

    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel channel) const override {
        dlr_reading reading;
        json body;
        const bool readable = !read_json(request.body, body) && body.is_object();
        const auto results = readable ? body.find("results") : body.end();
        if (!readable || results == body.end() || !results->is_array()) {
            reading.unreadable.push_back(request.body);
            return reading;
        }
        for (const json& entry : *results) {
            auto read = read_entry(entry, channel);
            if (read)
                reading.entries.push_back(std::move(*read));
            else
                reading.unreadable.push_back(entry.dump(-1, ' ', false, replace));
        }
        return reading;
    }

    http_response acknowledgement() const override { return {200, {}, {}}; }

    std::optional<http_request> to_balance_request() const override {
        return get("/account/1/balance");
    }

    std::optional<balance> read_balance(const http_response& response) const override {
        return read_balance_object(response, "balance");
    }

    // From the log, which holds two days and says the same each time: what /reports gives out is
    // gone with the answer. A call has reports only where none are posted.
    pull_terms pulls(pinwire::channel on) const override {
        pull_terms made;
        if (on == pinwire::channel::sms) made.most = logged_max;
        return made;
    }

    http_request to_pull(const pull& wanted) const override {
        const bool newer = config().api == settings::api_version::v3;
        form query;
        for (const auto& one : wanted.about)
            query.add("messageId", one.attempt.hex());
        query.add("limit", std::to_string(wanted.about.size()));
        return get((newer ? "/sms/3/logs?" : "/sms/1/logs?") + query.encode());
    }

    pull_reading read_pull(const http_response& response, const pull& wanted) const override {
        return wire::read_pulled_list(response, "results", [&](const json& entry) {
            return read_entry(entry, wanted.channel);
        });
    }

private:
    http_request get(const std::string& target) const {
        http_request request;
        request.method = "GET";
        request.target = base_path(config().base_url) + target;
        request.headers = {
            {"Authorization", "App " + wire::header_value(std::string(config().password.reveal()))},
            {"Accept", "application/json"}};
        return request;
    }

    // Ours as we write it, whatever case or dashes come back.
    std::string message_id_of(std::string_view id) const {
        if (const auto ours = attempt_id::parse(id)) return ours->hex();
        return wire::normalise_id(config().ids, id);
    }

    static constexpr auto replace = json::error_handler_t::replace;

    static ordered_json destinations_of(const order& given) {
        ordered_json destination;
        destination["to"] = given.to.digits();
        destination["messageId"] = given.attempt.hex();
        ordered_json made = ordered_json::array();
        made.push_back(std::move(destination));
        return made;
    }

    // What an SMS of v2 and a call begin with.
    static ordered_json common_message(const order& given) {
        ordered_json message;
        if (!given.from.empty()) message["from"] = given.from.str();
        message["destinations"] = destinations_of(given);
        message["text"] = std::string(given.text.reveal());
        return message;
    }

    static void add_report(ordered_json& message, const order& given) {
        if (!given.dlr_url.empty()) {
            message["notifyUrl"] = given.dlr_url;
            message["notifyContentType"] = "application/json";
        }
        message["validityPeriod"] = wire::minutes_of(given.validity, validity_minutes_max);
    }

    static ordered_json sms_message(const order& given) {
        ordered_json message = common_message(given);
        add_report(message, given);
        message["intermediateReport"] = false;
        if (!given.dlt.empty()) message["regional"]["indiaDlt"] = dlt_of(given.dlt);
        return message;
    }

    static ordered_json dlt_of(const india_dlt& ids) {
        ordered_json made;
        if (!ids.content_template_id.empty()) made["contentTemplateId"] = ids.content_template_id;
        made["principalEntityId"] = ids.principal_entity_id;
        if (!ids.telemarketer_id.empty()) made["telemarketerId"] = ids.telemarketer_id;
        return made;
    }

    static ordered_json sms_message_v3(const order& given) {
        ordered_json message;
        if (!given.from.empty()) message["sender"] = given.from.str();
        message["destinations"] = destinations_of(given);
        message["content"]["text"] = std::string(given.text.reveal());
        const auto most = validity_minutes_max * 60;
        ordered_json validity;
        validity["amount"] = std::clamp<std::int64_t>(given.validity.count(), 1, most);
        validity["timeUnit"] = "SECONDS";
        message["options"]["validityPeriod"] = std::move(validity);
        if (!given.dlt.empty()) message["options"]["regional"]["indiaDlt"] = dlt_of(given.dlt);
        if (given.dlr_url.empty()) return message;
        message["webhooks"]["delivery"]["url"] = given.dlr_url;
        message["webhooks"]["delivery"]["intermediateReport"] = false;
        message["webhooks"]["contentType"] = "application/json";
        return message;
    }

    // A caller id is 3 to 14 digits; without one the account's own is shown.
    static bool is_caller_id(const std::string& from) {
        const bool digits = from.find_first_not_of("0123456789") == std::string::npos;
        return digits && from.size() >= 3 && from.size() <= 14;
    }

    void add_timeouts(ordered_json& message) const {
        if (config().ring_timeout.count() > 0)
            message["ringTimeout"] = config().ring_timeout.count();
        if (config().call_timeout.count() > 0)
            message["callTimeout"] = config().call_timeout.count();
    }

    // The scenario asks for a key and says the parameter "text" once one was pressed: what it says
    // besides, in which voice and how fast, stands in it.
    ordered_json scenario_message(const order& given) const {
        ordered_json message;
        const auto scenario = config().scenarios.find(given.voice.language);
        message["scenarioId"] = scenario != config().scenarios.end() ? scenario->second : "";
        if (is_caller_id(given.from.str())) message["from"] = given.from.str();
        message["destinations"] = destinations_of(given);
        add_report(message, given);
        add_timeouts(message);
        message["parameters"]["text"] = std::string(given.text.reveal());
        return message;
    }

    ordered_json call_message(const order& given) const {
        ordered_json message = common_message(given);
        if (!is_caller_id(given.from.str())) message.erase("from");
        message["language"] = language_of(given.voice.language);
        message["speechRate"] = std::clamp(given.voice.speech_rate, 0.5, 2.0);
        if (!given.voice.voice.empty()) message["voice"]["name"] = given.voice.voice;
        add_report(message, given);
        add_repeat(message, given.voice.repeat_dtmf);
        add_timeouts(message);
        if (config().machine_detection) message["machineDetection"] = "hangup";
        return message;
    }

    // The keys are compared once as many were pressed; # only ends what is pressed, so it can't be
    // among them.
    static void add_repeat(ordered_json& message, std::string keys) {
        std::erase(keys, '#');
        if (keys.empty()) return;
        message["maxDtmf"] = keys.size();
        message["repeatDtmf"] = keys;
    }

    // The dialect writes pt_br, the voice API pt-br.
    static std::string language_of(std::string language) {
        std::replace(language.begin(), language.end(), '_', '-');
        return language;
    }

    static answer read_refusal(const http_response& response, const json& body, bool voice) {
        const json& error =
            wire::object_of(wire::object_of(body, "requestError"), "serviceException");
        std::string word = wire::text_of(error, "messageId");
        if (word.empty()) word = wire::text_of(body, "errorCode");
        answer made = wire::answer_of_status(response, word);
        const bool refused = made.verdict == next || made.verdict == never;
        if (voice && refused) made.call = response.status == 400 ? call::bad_request : call::error;
        return made;
    }

    std::optional<dlr> read_entry(const json& entry, pinwire::channel channel) const {
        if (!entry.is_object()) return std::nullopt;
        const json& status = wire::object_of(entry, "status");
        const json& error = wire::object_of(entry, "error");
        const std::string id = wire::text_of(entry, "messageId");
        if (id.empty() && status.empty()) return std::nullopt;

        dlr read;
        read.reference = attempt_id::parse(id);
        read.carrier_message_id =
            read.reference ? read.reference->hex() : wire::normalise_report_id(config(), id);
        std::string to = wire::text_of(entry, "to");
        if (to.empty()) to = wire::text_of(entry, "destination");  // in the log of v3
        read.to = msisdn::parse(to);
        const status_row* row = find_status(status);
        if (channel == pinwire::channel::voice) {
            read.call = call_of(row, wire::number_of(error, "id"));
            if (read.call == call::processed && config().press_key && !was_pressed(entry))
                read.call = call::answered_machine;
            if (read.call) read.status = delivery_of(*read.call);
            // Refused before anybody was called: no proof that it was taken.
            if (row && row->sms == told::rejectd && row->answer != sent)
                read.status = told::rejectd;
        } else if (row) {
            read.status = row->sms;
        }
        read.raw_status = status.empty() ? std::string() : error_text(nullptr, status);
        if (const auto code = wire::number_of(error, "id"); code && *code != 0)
            read.error_code = std::to_string(*code);
        read.done_at = done_at(entry);
        read.raw = raw(entry);
        return read;
    }

    // Which keys were pressed; nothing where none was, or nobody was asked any more.
    static bool was_pressed(const json& entry) {
        const json& nested = wire::object_of(entry, "voiceCall");
        return !wire::text_of(entry, "dtmfCodes").empty() ||
               !wire::text_of(nested, "dtmfCodes").empty();
    }

    static std::optional<std::chrono::system_clock::time_point> done_at(const json& entry) {
        const json& nested = wire::object_of(entry, "voiceCall");
        if (const auto at = read_time(wire::text_of(entry, "doneAt"))) return at;
        if (const auto at = read_time(wire::text_of(nested, "endTime"))) return at;
        return read_time(wire::text_of(entry, "endTime"));
    }

    // Left out on purpose: dtmfCodes and recordedAudioFileUrl (what was said and pressed), every
    // description, callbackData, and whatever else may repeat the message.
    static std::string raw(const json& entry) {
        json kept = json::object();
        const auto keep = [](json& into, const json& from, std::initializer_list<const char*> keys
                          ) {
            for (const char* key : keys)
                if (from.contains(key)) into[key] = from[key];
        };
        keep(kept, entry, {"bulkId", "messageId", "to", "from", "sender", "sentAt", "doneAt"});
        keep(kept, entry, {"destination"});
        keep(kept, entry, {"smsCount", "messageCount", "mccMnc"});
        keep(kept, entry, {"startTime", "answerTime", "endTime", "duration"});
        const auto codes = {"groupId", "groupName", "id", "name", "permanent"};
        keep(kept["status"], wire::object_of(entry, "status"), codes);
        keep(kept["error"], wire::object_of(entry, "error"), codes);
        const auto times = {"startTime", "answerTime", "endTime", "duration"};
        keep(kept["voiceCall"], wire::object_of(entry, "voiceCall"), times);
        for (const char* key : {"status", "error", "voiceCall"})
            if (kept[key].is_null()) kept.erase(key);
        static constexpr auto dropped = std::to_array<std::string_view>(
            {"text",
             "price",
             "callbackData",
             "dtmfCodes",
             "recordedAudioFileUrl",
             "fileDuration",
             "ringTime",
             "fileUrl",
             "mcc",
             "mnc",
             "applicationId",
             "entityId",
             "platform",
             "campaignReferenceId",
             "messageResponse",
             "status",
             "error",
             "voiceCall"}
        );
        std::vector<std::string_view> others;
        for (const auto& [name, value] : entry.items())
            if (!kept.contains(name) &&
                std::find(dropped.begin(), dropped.end(), name) == dropped.end())
                others.push_back(name);
        wire::name_others(kept, others);
        return wire::raw_dump(kept);
    }
};

}  // namespace

std::unique_ptr<carrier> make_infobip(settings given) {
    return std::make_unique<infobip>(std::move(given));
}

}  // namespace pinwire::carriers
