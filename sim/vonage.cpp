// Vonage: SMS by /sms/json with the key as api_secret, calls by /v1/calls with a token of which
// only the form is checked (there is no key here that could verify it), records by the Reports API.
// Receipts and events as JSON, one a request. client-ref is an SMS's reference; for a call it is
// the last path segment of its event URL.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "common/core/base64.hpp"
#include "common/core/form.hpp"
#include "common/core/time_format.hpp"
#include "sim/json_text.hpp"
#include "sim/protocol.hpp"
#include "sim/xml_text.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;
using clock = std::chrono::system_clock;

constexpr std::uint64_t ttl_min = 20'000;

http::response problem(unsigned status, std::string_view type, std::string_view title) {
    json_object body;
    body.add("type", "https://developer.nexmo.com/api-errors#" + std::string(type));
    body.add("title", title).add("detail", "simulated").add("instance", "sim");
    return http::response(status, "application/problem+json", body.take());
}

// The SMS API says what is wrong in an answer that is 200.
http::response sms_status(std::string_view status) {
    json_object message;
    message.add("status", status).add("error-text", "simulated");
    json_object body;
    body.add("message-count", "1").add_raw("messages", "[" + message.take() + "]");
    return http::response(200, "application/json", body.take());
}

std::uint64_t us_of(std::string_view time) {
    const auto at = parse_rfc3339(time);
    if (!at) return 0;
    const auto since = at->time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(since).count()
    );
}

// YYMMDDhhmm
std::string short_time(clock::time_point when) {
    const std::string text = space_time(when);
    return text.substr(2, 2) + text.substr(5, 2) + text.substr(8, 2) + text.substr(11, 2) +
           text.substr(14, 2);
}

// Three parts, RS256, with an application in its claims.
bool is_token(std::string_view proof) {
    if (!proof.starts_with("Bearer ")) return false;
    proof.remove_prefix(7);
    const auto first = proof.find('.');
    const auto second = proof.find('.', first + 1);
    if (first == proof.npos || second == proof.npos || second + 1 >= proof.size()) return false;
    const auto header = base64url_decode(proof.substr(0, first)).value_or("");
    const auto claims = base64url_decode(proof.substr(first + 1, second - first - 1)).value_or("");
    const json said = json::parse(claims, nullptr, false);
    return header.find("RS256") != header.npos && said.is_object() &&
           said.contains("application_id") && said.contains("iat") && said.contains("jti");
}

// What is said; SSML only where it says so.
std::string plain(std::string_view text) {
    return text.starts_with("<speak>") ? spoken_of(text) : std::string(text);
}

std::string_view sms_word(delivery what) {
    switch (what) {
        case delivery::delivered:
            return "delivered";
        case delivery::expired:
            return "expired";
        case delivery::deleted:
            return "deleted";
        case delivery::rejected:
            return "rejected";
        case delivery::unknown:
            return "unknown";
        case delivery::enroute:
            return "buffered";
        default:
            return "failed";
    }
}

std::string_view call_word(delivery what, bool detects) {
    switch (what) {
        case delivery::human:
        case delivery::delivered:
            return detects ? "human" : "completed";
        case delivery::machine:
            return detects ? "machine" : "completed";
        case delivery::hung_up:
            return "completed";
        case delivery::enroute:
            return "ringing";
        case delivery::busy:
            return "busy";
        case delivery::no_answer:
            return "unanswered";
        case delivery::expired:
            return "timeout";
        case delivery::deleted:
            return "cancelled";
        case delivery::rejected:
            return "rejected";
        default:
            return "failed";
    }
}

std::vector<std::string> pieces_of(std::string_view text) {
    std::vector<std::string> made;
    while (!text.empty()) {
        const auto comma = std::min(text.find(','), text.size());
        if (comma > 0) made.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return made;
}

class vonage final : public protocol {
public:
    std::string_view kind() const override { return "vonage"; }

    std::optional<http::response> balance(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (asked.method != "GET" || path != "/account/get-balance") return std::nullopt;
        if (basic_password(asked) != key) return unauthorized().answer;
        return http::response(200, "application/json", R"({"value":1000.0,"autoReload":false})");
    }

    std::variant<std::monostate, listing, refusal> asks(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        const bool one = path.starts_with("/v1/calls/");
        const bool calls = path == "/v1/calls" || one;
        if (asked.method != "GET" || (!calls && path != "/v2/reports/records")) return {};
        const bool known =
            calls ? is_token(asked.fields.get("Authorization")) : basic_password(asked) == key;
        if (!known) return unauthorized();
        const auto query = form::parse(query_of(asked.target));
        const auto value = [&query](const char* name) {
            const std::string* found = query ? query->find(name) : nullptr;
            return found ? *found : std::string();
        };
        listing wanted;
        wanted.what = calls ? request_kind::voice : request_kind::sms;
        wanted.resource = one;
        if (one) wanted.carrier_ids.emplace_back(path.substr(path.rfind('/') + 1));
        if (!calls) wanted.carrier_ids = pieces_of(value("id"));
        const bool by_id = !wanted.carrier_ids.empty();
        if (!by_id) {
            wanted.from_us = us_of(value("date_start"));
            wanted.until_us = us_of(value("date_end"));
        }
        const bool complete =
            calls || (value("product") == "SMS" && value("direction") == "outbound" &&
                      !value("account_id").empty());
        const bool bounded = by_id || (wanted.from_us != 0 && wanted.until_us != 0);
        if (!bounded || !complete)
            return refusal{"malformed", problem(422, "invalid-params", "Unprocessable entity")};
        return wanted;
    }

    http::response show(const listing& wanted, std::span<const listed> found) const override {
        const bool calls = wanted.what == request_kind::voice;
        if (wanted.resource) {
            if (found.empty()) return problem(404, "not-found", "Not found");
            return http::response(200, "application/json", entry_json(found.front(), calls));
        }
        std::string all = "[";
        for (const listed& one : found) {
            if (all.size() > 1) all += ',';
            all += entry_json(one, calls);
        }
        all += ']';
        json_object body;
        body.add(calls ? "count" : "items_count", std::uint64_t{found.size()});
        if (calls)
            body.add_raw("_embedded", R"({"calls":)" + all + "}");
        else
            body.add_raw("records", all);
        return http::response(200, "application/json", body.take());
    }

    static std::string entry_json(const listed& one, bool call) {
        json_object line;
        if (call) {
            line.add("uuid", one.carrier_id);
            line.add("status", one.ended ? call_word(*one.ended, false) : "answered");
            line.add_raw("to", R"({"type":"phone","number":")" + one.number + R"("})");
        } else {
            line.add("message_id", one.carrier_id).add("client_ref", one.reference);
            line.add("to", one.number).add("from", one.sender);
            line.add("status", one.ended ? sms_word(*one.ended) : "accepted");
        }
        return line.take();
    }

    std::variant<batch, refusal> read(
        const http::request& asked,
        std::string_view path,
        std::string_view key,
        const id_source& next_id
    ) const override {
        if (path == "/sms/json") return read_sms(asked, key, next_id);
        if (path == "/v1/calls") return read_call(asked, next_id);
        return refusal{"no_such_path", problem(404, "not-found", "Not found")};
    }

    http::response answer(std::span<const submission> entries) const override {
        const submission& entry = entries.front();
        const bool call = entry.what == request_kind::voice;
        const bool nowhere =
            !entry.fault.empty() || entry.does.answer == answer_kind::refuse_destination;
        const bool refused = entry.does.answer == answer_kind::refuse;
        if (call && nowhere) return problem(400, "bad-request", "Bad request");
        if (call && refused) return problem(402, "low-balance", "Low balance");
        // 33: the one refusal of the SMS API that is for good
        if (nowhere) return sms_status("33");
        if (refused) return sms_status("9");
        json_object body;
        if (call) {
            body.add("uuid", entry.carrier_id).add("status", "started");
            body.add("direction", "outbound").add("conversation_uuid", "CON-" + entry.carrier_id);
            return http::response(201, "application/json", body.take());
        }
        json_object message;
        message.add("to", entry.number).add("message-id", entry.carrier_id).add("status", "0");
        message.add("client-ref", entry.reference).add("network", "21401");
        body.add("message-count", "1").add_raw("messages", "[" + message.take() + "]");
        return http::response(200, "application/json", body.take());
    }

    http::response plain_status(unsigned status) const override {
        if (status == 429) return problem(429, "throttled", "Throttled");
        if (status >= 500) return problem(status, "internal-error", "Internal error");
        return problem(status, "bad-request", "Bad request");
    }

    bool wants(const submission& about, delivery what) const override {
        return about.what == request_kind::sms || what != delivery::unknown;
    }
    bool can_batch() const override { return false; }

    http::request post(
        std::span<const report> reports, std::string_view target, clock::time_point now
    ) const override {
        const report& one = reports.front();
        const submission& about = *one.about;
        json_object body;
        if (about.what == request_kind::voice) {
            const auto word = call_word(one.what, about.detects);
            const bool judged = word == "human" || word == "machine";
            body.add(judged ? "call_uuid" : "uuid", about.carrier_id);
            body.add("conversation_uuid", "CON-" + about.carrier_id).add("status", word);
            body.add("direction", "outbound").add("to", about.number).add("from", about.sender);
            body.add("timestamp", format_rfc3339(now));
        } else {
            const bool good = one.what == delivery::delivered || one.what == delivery::enroute;
            body.add("msisdn", about.number).add("to", about.sender);
            body.add("network-code", "21401").add("messageId", about.carrier_id);
            body.add("price", "0.03330000").add("status", sms_word(one.what));
            body.add("scts", short_time(now)).add("err-code", good ? "0" : "1");
            body.add("client-ref", about.reference);
            body.add("message-timestamp", space_time(now));
        }
        http::request request("POST", std::string(target));
        request.fields.add("Content-Type", "application/json");
        request.body = body.take();
        return request;
    }

private:
    static refusal unauthorized() {
        return {"unauthorized", problem(401, "unauthorized", "Unauthorized")};
    }

    static refusal refused_sms(std::string_view outcome, std::string_view status) {
        return {std::string(outcome), sms_status(status)};
    }

    static std::variant<batch, refusal> read_sms(
        const http::request& asked, std::string_view key, const id_source& next_id
    ) {
        const auto given = form::parse(asked.body);
        if (asked.method != "POST" || !given) return refused_sms("malformed", "2");
        const auto value = [&given](const char* name) {
            const std::string* found = given->find(name);
            return found ? *found : std::string();
        };
        if (value("api_key").empty() || value("api_secret") != key)
            return refused_sms("unauthorized", "4");
        submission entry;
        entry.sender = value("from");
        entry.text = value("text");
        if (entry.sender.empty() || entry.text.empty()) return refused_sms("malformed", "2");
        const std::string ttl = value("ttl");
        const bool digits = ttl.find_first_not_of("0123456789") == ttl.npos && ttl.size() < 10;
        if (!ttl.empty() && (!digits || std::stoull(ttl) < ttl_min))
            return refused_sms("malformed", "3");
        entry.reference = value("client-ref");
        entry.dlr_url = value("callback");
        entry.carrier_id = next_id();
        const std::string to = value("to");
        // a plus or zeros before the number aren't taken
        const auto number =
            to.starts_with('+') || to.starts_with("00") ? std::nullopt : digits_of(to);
        entry.number = number.value_or(to);
        if (!number) entry.fault = "to is no number";
        batch made;
        made.entries.push_back(std::move(entry));
        return made;
    }

    static std::variant<batch, refusal> read_call(
        const http::request& asked, const id_source& next_id
    ) {
        if (!is_token(asked.fields.get("Authorization"))) return unauthorized();
        const json body = json::parse(asked.body, nullptr, false);
        const refusal malformed{"malformed", problem(400, "bad-request", "Bad request")};
        if (asked.method != "POST" || !body.is_object()) return malformed;
        submission entry;
        entry.what = request_kind::voice;
        entry.carrier_id = next_id();
        try {
            const std::string to = body.at("to").at(0).at("number").get<std::string>();
            const auto number = digits_of(to);
            entry.number = number.value_or(to);
            if (!number) entry.fault = "to is no number";
            entry.sender = body.at("from").at("number").get<std::string>();
            const json& talk = body.at("ncco").at(0);
            if (talk.at("action") != "talk") return malformed;
            entry.text = plain(talk.at("text").get<std::string>());
            if (body.contains("event_url"))
                entry.dlr_url = body.at("event_url").at(0).get<std::string>();
            entry.detects = body.value("machine_detection", "") == "hangup";
        } catch (const json::exception&) {
            return malformed;
        }
        entry.reference = last_segment(entry.dlr_url);
        batch made;
        made.entries.push_back(std::move(entry));
        return made;
    }
};

}  // namespace

const protocol& vonage_protocol() {
    static const vonage the_one;
    return the_one;
}

}  // namespace pinwire::sim
