// 360NRS (gateway360): POST /api/3.0/sms/send with api_key in the body, one result for each message
// in submit order, reports as a top-level JSON array.
#include <nlohmann/json.hpp>

#include "sim/json_text.hpp"
#include "sim/protocol.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;
using clock = std::chrono::system_clock;

constexpr std::size_t messages_max = 1000;
constexpr std::size_t text_max = 459;
constexpr std::size_t custom_max = 32;

http::response error_answer(unsigned status, std::string_view id, std::string_view text) {
    json_object body;
    body.add("status", "error").add("error_id", id).add("error_msg", text);
    return http::response(status, "application/json", body.take());
}

refusal malformed(std::string_view id, std::string_view text) {
    return {"malformed", error_answer(400, id, text)};
}

// Empty if absent or no string.
std::string text_of(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || !found->is_string()) return {};
    return found->get<std::string>();
}

// Numbers of UTF-8 characters.
std::size_t characters(std::string_view text) {
    std::size_t count = 0;
    for (const char byte : text)
        if ((static_cast<unsigned char>(byte) & 0xC0) != 0x80) ++count;
    return count;
}

bool alphanumeric(std::string_view text) {
    for (const char one : text) {
        const bool plain =
            (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z');
        if (!plain && one != '-' && one != '_' && one != '.') return false;
    }
    return true;
}

bool sender_fits(std::string_view sender) {
    if (sender.empty()) return false;
    const bool digits = sender.find_first_not_of("0123456789") == std::string_view::npos;
    return sender.size() <= (digits ? 15U : 11U);
}

submission read_message(const json& message, const id_source& next_id) {
    submission entry;
    entry.carrier_id = next_id();
    if (!message.is_object()) {
        entry.fault = "BAD_PARAMS";
        return entry;
    }
    const auto to = message.find("to");
    std::string number = text_of(message, "to");
    if (to != message.end() && to->is_number_unsigned())
        number = std::to_string(to->get<std::uint64_t>());
    entry.sender = text_of(message, "from");
    entry.text = text_of(message, "text");
    entry.reference = text_of(message, "custom");
    const auto digits = digits_of(number);
    entry.number = digits.value_or(number);
    if (number.empty() || entry.sender.empty() || entry.text.empty()) {
        entry.fault = "MISSING_PARAMS";
    } else if (!digits) {
        entry.fault = "INVALID_NUMBER";
    } else if (!sender_fits(entry.sender)) {
        entry.fault = "INVALID_SENDER";
    } else if (characters(entry.text) > text_max) {
        entry.fault = "INVALID_SMS_TEXT";
    } else if (entry.reference.size() > custom_max || !alphanumeric(entry.reference)) {
        entry.fault = "BAD_PARAMS";
    }
    return entry;
}

std::string_view status_word(delivery what) {
    switch (what) {
        case delivery::delivered:
            return "DELIVRD";
        case delivery::expired:
            return "EXPIRED";
        case delivery::deleted:
            return "DELETED";
        case delivery::rejected:
            return "REJECTD";
        case delivery::unknown:
            return "UNKNOWN";
        case delivery::enroute:
            return "ACCEPTD";
        default:
            return "UNDELIV";
    }
}

std::string_view refusal_word(const submission& entry) {
    if (!entry.fault.empty()) return entry.fault;
    if (entry.does.answer == answer_kind::refuse_destination) return "INVALID_NUMBER";
    if (entry.does.answer == answer_kind::refuse) return "NOT_ENOUGH_BALANCE";
    return {};
}

class nrs360 final : public protocol {
public:
    std::string_view kind() const override { return "360nrs"; }

    std::variant<batch, refusal> read(
        const http::request& asked,
        std::string_view path,
        std::string_view key,
        const id_source& next_id
    ) const override {
        if (path != "/api/3.0/sms/send")
            return refusal{"no_such_path", error_answer(404, "UNKNOWN_ERROR", "no such path")};
        if (asked.method != "POST") return malformed("BAD_PARAMS", "POST it");
        if (!asked.fields.get("Content-Type").starts_with("application/json"))
            return malformed(
                "INVALID_CONTENT_TYPE", "Invalid Content-Type; must be application/json."
            );
        const json body = json::parse(asked.body, nullptr, false);
        if (!body.is_object())
            return malformed("JSON_PARSE_ERROR", "Your JSON was formatted incorrectly.");
        if (text_of(body, "api_key") != key)
            return refusal{
                "unauthorized",
                error_answer(
                    401, "UNAUTHORIZED", "Your API key may be invalid or your IP is blocked."
                )};
        const auto messages = body.find("messages");
        if (messages == body.end() || !messages->is_array() || messages->empty())
            return malformed("MISSING_PARAMS", "messages");
        if (messages->size() > messages_max) return malformed("BAD_PARAMS", "messages");
        const std::string encoding = text_of(body, "encoding");
        if (!encoding.empty() && encoding != "GSM7" && encoding != "UCS2")
            return malformed("BAD_PARAMS", "encoding");
        batch read;
        for (const json& message : *messages) {
            submission entry = read_message(message, next_id);
            entry.dlr_url = text_of(body, "report_url");
            read.entries.push_back(std::move(entry));
        }
        return read;
    }

    // Reports by our own reference; here every message that was taken has one.
    std::optional<http::response> balance(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (path != "/api/3.0/account/get-balance") return std::nullopt;
        const json body = json::parse(asked.body, nullptr, false);
        if (asked.method != "POST" || !body.is_object() || text_of(body, "api_key") != key)
            return error_answer(401, "UNAUTHORIZED", "simulated");
        return http::response(
            200,
            "application/json",
            R"({"status":"ok","result":{"balance":"1000.00","currency":"EUR"}})"
        );
    }

    std::variant<std::monostate, listing, refusal> asks(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (path != "/api/3.0/sms/get-reports") return {};
        const json body = json::parse(asked.body, nullptr, false);
        if (asked.method != "POST" || !body.is_object() || text_of(body, "api_key") != key)
            return refusal{"unauthorized", error_answer(401, "UNAUTHORIZED", "simulated")};
        listing wanted;
        const std::string custom = text_of(body, "custom");
        if (custom.empty()) return malformed("MISSING_PARAMS", "custom");
        wanted.references.push_back(custom);
        return wanted;
    }

    http::response show(const listing&, std::span<const listed> found) const override {
        std::string result = "[";
        for (const listed& one : found) {
            if (result.size() > 1) result += ',';
            json_object line;
            line.add("sms_id", one.carrier_id).add("from", one.sender).add("to", one.number);
            line.add("custom", one.reference).add("sms_date", space_time(one.at));
            line.add("status", status_word(one.ended.value_or(delivery::enroute)));
            line.add("dlr_date", space_time(one.at));
            result += line.take();
        }
        json_object body;
        body.add("status", "ok").add_raw("result", result + "]");
        return http::response(200, "application/json", body.take());
    }

    http::response answer(std::span<const submission> entries) const override {
        std::string results = "[";
        for (const submission& entry : entries) {
            if (results.size() > 1) results += ',';
            json_object line;
            if (const std::string_view word = refusal_word(entry); word.empty()) {
                line.add("status", "ok").add("sms_id", entry.carrier_id);
                line.add("custom", entry.reference);
            } else {
                line.add("status", "error").add("custom", entry.reference);
                line.add("error_id", word).add("error_msg", "simulated");
            }
            results += line.take();
        }
        results += ']';
        json_object body;
        body.add("status", "ok").add_raw("result", results);
        return http::response(200, "application/json", body.take());
    }

    http::response plain_status(unsigned status) const override {
        return error_answer(status, "UNKNOWN_ERROR", "simulated");
    }

    http::request post(
        std::span<const report> reports, std::string_view target, clock::time_point now
    ) const override {
        http::request made("POST", std::string(target));
        made.fields.add("Content-Type", "application/json");
        made.body = "[";
        for (const report& one : reports) {
            if (made.body.size() > 1) made.body += ',';
            json_object line;
            line.add("sms_id", one.about->carrier_id).add("from", one.about->sender);
            line.add("to", one.about->number).add("custom", one.about->reference);
            line.add("sms_date", space_time(one.about->at)).add("status", status_word(one.what));
            line.add("dlr_date", space_time(now));
            made.body += line.take();
        }
        made.body += ']';
        return made;
    }
};

}  // namespace

const protocol& nrs360_protocol() {
    static const nrs360 the_one;
    return the_one;
}

}  // namespace pinwire::sim
