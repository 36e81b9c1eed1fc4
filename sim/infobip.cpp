// Infobip: SMS by v2 (/sms/2/text/advanced) and v3 (/sms/3/messages), calls by /tts/3/advanced, or
// by a scenario that asks for a key (/voice/ivr/1/messages; humans press it, machines don't),
// reports as {"results":[…]}. messageId is the client's own and makes a repeat harmless.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/core/form.hpp"
#include "sim/json_text.hpp"
#include "sim/protocol.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;
using clock = std::chrono::system_clock;

constexpr std::size_t messages_max = 1000;
constexpr std::size_t call_text_max = 1400;
constexpr std::int64_t call_validity_max = 2880;  // minutes

struct status_line {
    int group;
    std::string_view group_name;
    int id;
    std::string_view name;
};

struct error_line {
    int group;
    std::string_view group_name;
    int id;
    std::string_view name;
    bool permanent;
};

std::string status_json(const status_line& status) {
    return fmt::format(
        R"({{"groupId":{},"groupName":"{}","id":{},"name":"{}","description":"simulated"}})",
        status.group,
        status.group_name,
        status.id,
        status.name
    );
}

std::string error_json(const error_line& error) {
    return fmt::format(
        R"({{"groupId":{},"groupName":"{}","id":{},"name":"{}","description":"simulated",)"
        R"("permanent":{}}})",
        error.group,
        error.group_name,
        error.id,
        error.name,
        error.permanent
    );
}

status_line status_of(delivery what, bool call) {
    switch (what) {
        case delivery::delivered:
        case delivery::human:
        case delivery::machine:
        case delivery::hung_up:
            return {3, "DELIVERED", 5, "DELIVERED_TO_HANDSET"};
        case delivery::undelivered:
        case delivery::failed:
            return {2, "UNDELIVERABLE", 9, "UNDELIVERABLE_NOT_DELIVERED"};
        case delivery::expired:
            return {4, "EXPIRED", 15, "EXPIRED_EXPIRED"};
        case delivery::deleted:
            return {2, "UNDELIVERABLE", 98, "UNDELIVERABLE_CANCELLED"};
        case delivery::rejected:
            return {5, "REJECTED", 52, "REJECTED_DESTINATION"};
        case delivery::unknown:
            return {4, "EXPIRED", 29, "EXPIRED_DLR_UNKNOWN"};
        case delivery::enroute:
            if (call) return {1, "PENDING", 7, "PENDING_ENROUTE"};
            return {3, "DELIVERED", 2, "DELIVERED_TO_OPERATOR"};
        case delivery::busy:
            return {2, "UNDELIVERABLE", 97, "UNDELIVERABLE_BUSY"};
        case delivery::no_answer:
            return {2, "UNDELIVERABLE", 96, "UNDELIVERABLE_NO_ANSWER"};
    }
    return {};
}

error_line error_of(delivery what) {
    switch (what) {
        case delivery::human:
        case delivery::hung_up:
            return {0, "OK", 5000, "VOICE_ANSWERED", false};
        case delivery::machine:
            return {0, "OK", 5001, "VOICE_ANSWERED_MACHINE", false};
        case delivery::busy:
            return {2, "USER_ERRORS", 5002, "EC_VOICE_USER_BUSY", true};
        case delivery::no_answer:
            return {2, "USER_ERRORS", 5003, "EC_VOICE_NO_ANSWER", true};
        case delivery::failed:
            return {3, "OPERATOR_ERRORS", 5480, "EC_VOICE_TEMPORARILY_NOT_AVAILABLE", true};
        case delivery::undelivered:
            return {1, "HANDSET_ERRORS", 27, "EC_ABSENT_SUBSCRIBER", false};
        case delivery::expired:
            return {3, "OPERATOR_ERRORS", 4101, "EC_VALIDITY_EXPIRED", true};
        default:
            return {0, "OK", 0, "NO_ERROR", false};
    }
}

// yyyy-MM-dd'T'HH:mm:ss.SSSZ, with the zone as +0000.
std::string dotted_time(clock::time_point when) {
    std::string text = space_time(when);
    text[10] = 'T';
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(when.time_since_epoch()).count();
    return text + fmt::format(".{:03}+0000", ms % 1000);
}

http::response service_error(unsigned status, std::string_view id, std::string_view text) {
    json_object exception;
    exception.add("messageId", id).add("text", text);
    std::string body = R"({"requestError":{"serviceException":)" + exception.take() + "}}";
    return http::response(status, "application/json", std::move(body));
}

refusal malformed(std::string_view text) {
    return {"malformed", service_error(400, "BAD_REQUEST", text)};
}

const json* member(const json& object, const char* name) {
    if (!object.is_object()) return nullptr;
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
}

// False if it is there and no string.
bool take_text(const json& object, const char* name, std::string& into) {
    const json* found = member(object, name);
    if (!found) return true;
    if (!found->is_string()) return false;
    into = found->get_ref<const std::string&>();
    return true;
}

bool sound_validity(const json* given, std::int64_t max) {
    if (!given) return true;
    if (!given->is_number_integer()) return false;
    const auto minutes = given->get<std::int64_t>();
    return minutes >= 1 && minutes <= max;
}

enum class shape { sms_v2, sms_v3, call, scenario };

// The message's own part; its destinations come after. Returns what is wrong.
std::string read_common(const json& message, shape form, submission& into) {
    if (!message.is_object()) return "a message must be an object";
    into.newer_shape = form == shape::sms_v3;
    const bool call = form == shape::call || form == shape::scenario;
    into.what = call ? request_kind::voice : request_kind::sms;
    if (form == shape::sms_v3) {
        const json* content = member(message, "content");
        if (!content || !content->is_object() || !take_text(*content, "text", into.text))
            return "content.text must be a string";
        if (!take_text(message, "sender", into.sender)) return "sender must be a string";
        if (const json* hooks = member(message, "webhooks")) {
            if (!take_text(*hooks, "callbackData", into.echo)) return "callbackData: bad";
            if (const json* hook = member(*hooks, "delivery")) {
                if (!take_text(*hook, "url", into.dlr_url)) return "delivery.url: bad";
                if (const json* wish = member(*hook, "intermediateReport"))
                    into.intermediate = wish->is_boolean() && wish->get<bool>();
            }
        }
        const json* options = member(message, "options");
        const json* validity = options ? member(*options, "validityPeriod") : nullptr;
        if (validity) {
            std::string unit;
            if (!take_text(*validity, "timeUnit", unit)) return "timeUnit: bad";
            if (!unit.empty() && unit != "SECONDS" && unit != "MINUTES" && unit != "HOURS")
                return "timeUnit must be SECONDS, MINUTES or HOURS";
            if (!sound_validity(member(*validity, "amount"), 1'000'000)) return "amount: bad";
        }
    } else {
        into.detects = form == shape::scenario;
        const json* spoken = into.detects ? member(message, "parameters") : &message;
        if (!spoken || !take_text(*spoken, "text", into.text)) return "text must be a string";
        if (into.detects && !member(message, "scenarioId")) return "scenarioId is missing";
        if (!take_text(message, "from", into.sender)) return "from must be a string";
        if (!take_text(message, "notifyUrl", into.dlr_url)) return "notifyUrl must be a string";
        if (!take_text(message, "callbackData", into.echo)) return "callbackData: bad";
        if (const json* wish = member(message, "intermediateReport"))
            into.intermediate = wish->is_boolean() && wish->get<bool>();
        const std::int64_t max = call ? call_validity_max : 1'000'000;
        if (!sound_validity(member(message, "validityPeriod"), max)) return "validityPeriod: bad";
    }
    if (into.text.empty()) return "the text is missing";
    if (call) {
        if (into.text.size() > call_text_max) return "the text is too long to be spoken";
        if (into.sender.size() < 3 || into.sender.size() > 14 ||
            into.sender.find_first_not_of("0123456789") != std::string::npos)
            return "from must have 3 to 14 digits";
    }
    return {};
}

std::string read_destinations(
    const json& message, const submission& common, const id_source& next_id, batch& into
) {
    const json* destinations = member(message, "destinations");
    if (!destinations || !destinations->is_array() || destinations->empty())
        return "destinations must not be empty";
    for (const json& destination : *destinations) {
        if (into.entries.size() >= messages_max) return "too many messages";
        submission entry = common;
        std::string to;
        if (!destination.is_object() || !take_text(destination, "to", to) ||
            !take_text(destination, "messageId", entry.reference))
            return "a destination needs to, as a string";
        const auto digits = digits_of(to);
        if (digits) {
            entry.number = *digits;
        } else {
            entry.number = to;
            entry.fault = "to is no number";
        }
        if (entry.reference.empty()) entry.reference = next_id();
        entry.carrier_id = entry.reference;
        into.entries.push_back(std::move(entry));
    }
    return {};
}

status_line answer_status(const submission& entry) {
    if (entry.duplicate) return {5, "REJECTED", 23, "REJECTED_DUPLICATE_MESSAGE_ID"};
    if (!entry.fault.empty() || entry.does.answer == answer_kind::refuse_destination)
        return {5, "REJECTED", 52, "REJECTED_DESTINATION"};
    if (entry.does.answer == answer_kind::refuse)
        return {5, "REJECTED", 12, "REJECTED_NOT_ENOUGH_CREDITS"};
    return {1, "PENDING", 26, "PENDING_ACCEPTED"};
}

void append_call(
    std::string& out,
    delivery what,
    bool asked_for_key,
    clock::time_point sent,
    clock::time_point now
) {
    const bool answered =
        what == delivery::human || what == delivery::machine || what == delivery::hung_up;
    const bool pressed = asked_for_key && what == delivery::human;
    json_object call;
    call.add("startTime", dotted_time(sent));
    if (answered) call.add("answerTime", dotted_time(sent));
    call.add("endTime", dotted_time(now));
    call.add("duration", std::uint64_t{answered ? 12U : 0U});
    call.add("chargedDuration", std::uint64_t{answered ? 12U : 0U});
    call.add_raw("fileDuration", "8.5").add("dtmfCodes", pressed ? "1" : "");
    out = call.take();
}

std::string result_json(const report& one, clock::time_point now) {
    const submission& about = *one.about;
    const bool call = about.what == request_kind::voice;
    json_object result;
    result.add("bulkId", about.bulk_id).add("messageId", about.reference);
    result.add("to", about.number).add(about.newer_shape ? "sender" : "from", about.sender);
    result.add("sentAt", dotted_time(about.at)).add("doneAt", dotted_time(now));
    result.add(about.newer_shape ? "messageCount" : "smsCount", std::uint64_t{1});
    result.add("mccMnc", "21401");
    if (!about.echo.empty()) result.add("callbackData", about.echo);
    result.add_raw(
        "price",
        call ? R"({"pricePerSecond":0.001,"currency":"EUR"})"
             : R"({"pricePerMessage":0.01,"currency":"EUR"})"
    );
    result.add_raw("status", status_json(status_of(one.what, call)));
    // a scenario can't tell a machine from a human: the key that nobody presses does
    const bool untold = about.detects && one.what == delivery::machine;
    result.add_raw("error", error_json(error_of(untold ? delivery::human : one.what)));
    if (call) {
        std::string details;
        append_call(details, one.what, about.detects, about.at, now);
        result.add_raw("voiceCall", details);
    }
    return result.take();
}

bool is_proof(const http::request& asked, std::string_view key) {
    const std::string_view given = asked.fields.get("Authorization");
    return given.starts_with("App ") && given.substr(4) == key;
}

class infobip final : public protocol {
public:
    std::string_view kind() const override { return "infobip"; }
    bool knows_references() const override { return true; }

    std::variant<batch, refusal> read(
        const http::request& asked,
        std::string_view path,
        std::string_view key,
        const id_source& next_id
    ) const override {
        shape form = shape::sms_v2;
        if (path == "/sms/3/messages") {
            form = shape::sms_v3;
        } else if (path == "/tts/3/advanced") {
            form = shape::call;
        } else if (path == "/voice/ivr/1/messages") {
            form = shape::scenario;
        } else if (path != "/sms/2/text/advanced") {
            return refusal{"no_such_path", service_error(404, "NOT_FOUND", "no such path")};
        }
        if (!is_proof(asked, key))
            return refusal{
                "unauthorized", service_error(401, "UNAUTHORIZED", "Invalid login details")};
        if (asked.method != "POST") return malformed("POST it");
        if (!asked.fields.get("Content-Type").starts_with("application/json"))
            return malformed("the content type must be application/json");
        return read_body(asked.body, form, next_id);
    }

    // The log, as /sms/1/logs and /sms/3/logs tell it: by the ids of messages.
    std::variant<std::monostate, listing, refusal> asks(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (path != "/sms/1/logs" && path != "/sms/3/logs") return {};
        if (!is_proof(asked, key))
            return refusal{"unauthorized", service_error(401, "UNAUTHORIZED", "simulated")};
        listing wanted;
        const auto query = form::parse(query_of(asked.target));
        if (query)
            for (const auto& [name, value] : query->all())
                if (name == "messageId") wanted.references.push_back(value);
        if (asked.method != "GET" || wanted.references.empty()) return malformed("messageId");
        return wanted;
    }

    http::response show(const listing&, std::span<const listed> found) const override {
        std::string results = "[";
        for (const listed& one : found) {
            if (results.size() > 1) results += ',';
            const auto state = one.ended.value_or(delivery::enroute);
            json_object line;
            line.add("messageId", one.reference).add("to", one.number).add("from", one.sender);
            line.add("text", one.text).add("sentAt", dotted_time(one.at));
            line.add("doneAt", dotted_time(one.at)).add("smsCount", std::uint64_t{1});
            line.add_raw("status", status_json(status_of(state, false)));
            line.add_raw("error", error_json(error_of(state)));
            results += line.take();
        }
        json_object body;
        body.add_raw("results", results + "]");
        return http::response(200, "application/json", body.take());
    }

    std::optional<http::response> balance(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (path != "/account/1/balance") return std::nullopt;
        if (!is_proof(asked, key)) return service_error(401, "UNAUTHORIZED", "simulated");
        return http::response(200, "application/json", R"({"balance":1000.0,"currency":"EUR"})");
    }

    http::response answer(std::span<const submission> entries) const override {
        std::string messages = "[";
        for (const submission& entry : entries) {
            if (messages.size() > 1) messages += ',';
            json_object line;
            line.add(entry.newer_shape ? "destination" : "to", entry.number);
            line.add("messageId", entry.carrier_id);
            line.add_raw("status", status_json(answer_status(entry)));
            if (entry.newer_shape) line.add_raw("details", R"({"messageCount":1})");
            messages += line.take();
        }
        messages += ']';
        json_object body;
        if (!entries.front().bulk_id.empty()) body.add("bulkId", entries.front().bulk_id);
        body.add_raw("messages", messages);
        return http::response(200, "application/json", body.take());
    }

    http::response plain_status(unsigned status) const override {
        if (status == 429) return service_error(429, "TOO_MANY_REQUESTS", "Too many requests");
        if (status >= 500) return service_error(status, "GENERAL_ERROR", "Something went wrong");
        return service_error(status, "BAD_REQUEST", "simulated");
    }

    http::request post(
        std::span<const report> reports, std::string_view target, clock::time_point now
    ) const override {
        http::request made("POST", std::string(target));
        made.fields.add("Content-Type", "application/json");
        made.body = R"({"results":[)";
        bool first = true;
        for (const report& one : reports) {
            if (!first) made.body += ',';
            first = false;
            made.body += result_json(one, now);
        }
        made.body += "]}";
        return made;
    }

private:
    static std::variant<batch, refusal> read_body(
        const std::string& text, shape form, const id_source& next_id
    ) {
        const json body = json::parse(text, nullptr, false);
        const json* messages = member(body, "messages");
        if (!messages || !messages->is_array() || messages->empty())
            return malformed("messages must not be empty");
        batch read;
        std::string bulk_id;
        if (!take_text(body, "bulkId", bulk_id)) return malformed("bulkId must be a string");
        for (const json& message : *messages) {
            submission common;
            common.bulk_id = bulk_id;
            std::string fault = read_common(message, form, common);
            if (fault.empty()) fault = read_destinations(message, common, next_id, read);
            if (!fault.empty()) return malformed(fault);
        }
        return read;
    }
};

}  // namespace

const protocol& infobip_protocol() {
    static const infobip the_one;
    return the_one;
}

}  // namespace pinwire::sim
