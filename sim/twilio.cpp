// Twilio: Messages.json and Calls.json below an account, form bodies, Basic authentication with the
// key as the password; one POST a status callback. The last path segment of StatusCallback stands
// for a reference, since Twilio knows none. A call with Url instead of Twiml asks there for its
// words once it is answered and, with MachineDetection, known by whom.
#include <fmt/format.h>

#include <array>
#include <ctime>

#include "common/core/form.hpp"
#include "sim/json_text.hpp"
#include "sim/protocol.hpp"
#include "sim/xml_text.hpp"

namespace pinwire::sim {

namespace {

using clock = std::chrono::system_clock;

constexpr std::size_t text_max = 1600;
constexpr std::size_t url_max = 4000;
constexpr std::size_t listed_max = 50;

http::response error_answer(unsigned status, std::uint64_t code) {
    json_object body;
    body.add("code", code).add("message", "simulated");
    body.add("more_info", "https://www.twilio.com/docs/errors/" + std::to_string(code));
    body.add("status", std::uint64_t{status});
    return http::response(status, "application/json", body.take());
}

refusal malformed(std::uint64_t code) {
    return {"malformed", error_answer(400, code)};
}

// Wed, 19 Aug 2026 10:00:00 +0000
std::string mail_time(clock::time_point when) {
    constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = clock::to_time_t(when);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return fmt::format(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000",
        days.at(static_cast<std::size_t>(utc.tm_wday)),
        utc.tm_mday,
        months.at(static_cast<std::size_t>(utc.tm_mon)),
        utc.tm_year + 1900,
        utc.tm_hour,
        utc.tm_min,
        utc.tm_sec
    );
}

struct word {
    std::string_view status;
    std::string_view error;
};

word sms_word(delivery what) {
    switch (what) {
        case delivery::delivered:
            return {"delivered", ""};
        case delivery::enroute:
            return {"sent", ""};
        case delivery::expired:
            return {"undelivered", "30036"};
        case delivery::deleted:
            return {"canceled", ""};
        case delivery::rejected:
            return {"failed", "30007"};
        default:
            return {"undelivered", "30005"};
    }
}

std::string_view call_word(delivery what) {
    switch (what) {
        case delivery::human:
        case delivery::machine:
        case delivery::hung_up:
        case delivery::unknown:
        case delivery::delivered:
            return "completed";
        case delivery::enroute:
            return "ringing";
        case delivery::busy:
            return "busy";
        case delivery::no_answer:
            return "no-answer";
        case delivery::deleted:
            return "canceled";
        default:
            return "failed";
    }
}

// Empty: it was over before anybody could tell.
std::string_view answered_by(delivery what) {
    switch (what) {
        case delivery::human:
        case delivery::delivered:
            return "human";
        case delivery::machine:
            return "machine_start";
        case delivery::unknown:
            return "unknown";
        default:
            return {};
    }
}

// ".../Accounts/AC1/Messages.json" is "Messages.json"; empty: no such path.
std::string_view resource_of(std::string_view path) {
    constexpr std::string_view before = "/2010-04-01/Accounts/";
    if (!path.starts_with(before)) return {};
    path.remove_prefix(before.size());
    const auto slash = path.find('/');
    if (slash == 0 || slash == path.npos) return {};
    path.remove_prefix(slash + 1);
    return path == "Messages.json" || path == "Calls.json" ? path : std::string_view();
}

// "SM1" of ".../Accounts/AC1/Messages/SM1.json"; empty: no such path.
std::string id_of(std::string_view path, std::string_view kind) {
    const auto at = path.find(kind);
    if (!path.starts_with("/2010-04-01/Accounts/") || at == path.npos) return {};
    path.remove_prefix(at + kind.size());
    if (!path.ends_with(".json")) return {};
    path.remove_suffix(5);
    return path.find('/') == path.npos ? std::string(path) : std::string();
}

class twilio final : public protocol {
public:
    std::string_view kind() const override { return "twilio"; }

    std::optional<http::response> balance(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (!path.starts_with("/2010-04-01/Accounts/") || !path.ends_with("/Balance.json"))
            return std::nullopt;
        if (basic_password(asked) != key) return unauthorized().answer;
        return http::response(
            200, "application/json", R"({"account_sid":"AC1","balance":"1000.00","currency":"EUR"})"
        );
    }

    std::variant<std::monostate, listing, refusal> asks(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        const auto resource = resource_of(path);
        const auto message = id_of(path, "/Messages/");
        const auto call = id_of(path, "/Calls/");
        const bool one = !message.empty() || !call.empty();
        if (asked.method != "GET" || (resource.empty() && !one)) return {};
        if (basic_password(asked) != key) return unauthorized();
        if (one) {
            listing wanted;
            wanted.resource = true;
            wanted.carrier_ids.push_back(message.empty() ? call : message);
            wanted.what = message.empty() ? request_kind::voice : request_kind::sms;
            return wanted;
        }
        const auto query = form::parse(query_of(asked.target));
        const std::string* to = query ? query->find("To") : nullptr;
        const auto digits = to ? digits_of(*to) : std::nullopt;
        if (!digits) return malformed(20001);
        listing wanted;
        wanted.number = *digits;
        wanted.what = resource == "Calls.json" ? request_kind::voice : request_kind::sms;
        return wanted;
    }

    http::response show(const listing& wanted, std::span<const listed> found) const override {
        const bool calls = wanted.what == request_kind::voice;
        if (wanted.resource) {
            if (found.empty()) return error_answer(404, 20404);
            return http::response(200, "application/json", resource_json(found.front(), calls));
        }
        std::string all = "[";
        for (std::size_t shown = 0; shown < found.size() && shown < listed_max; ++shown) {
            const listed& one = found[found.size() - 1 - shown];  // the newest first
            if (all.size() > 1) all += ',';
            all += resource_json(one, calls);
        }
        json_object body;
        body.add("page", std::uint64_t{0}).add("page_size", std::uint64_t{listed_max});
        body.add_raw(calls ? "calls" : "messages", all + "]");
        return http::response(200, "application/json", body.take());
    }

    std::variant<batch, refusal> read(
        const http::request& asked,
        std::string_view path,
        std::string_view key,
        const id_source& next_id
    ) const override {
        const auto resource = resource_of(path);
        if (resource.empty()) return refusal{"no_such_path", error_answer(404, 20404)};
        if (basic_password(asked) != key) return unauthorized();
        const auto given = form::parse(asked.body);
        if (asked.method != "POST" || !given) return malformed(20001);
        const auto value = [&given](const char* name) {
            const std::string* found = given->find(name);
            return found ? *found : std::string();
        };
        const bool call = resource == "Calls.json";
        submission entry;
        entry.what = call ? request_kind::voice : request_kind::sms;
        entry.carrier_id = (call ? "CA" : "SM") + next_id();
        entry.text = call ? spoken_of(value("Twiml")) : value("Body");
        entry.sender = value("From");
        entry.dlr_url = value("StatusCallback");
        entry.reference = last_segment(entry.dlr_url);
        if (entry.sender.empty() && (call || value("MessagingServiceSid").empty()))
            return malformed(call ? 21213 : 21603);
        if (call) entry.words_url = value("Url");
        entry.detects = call && value("MachineDetection") == "Enable";
        if (entry.text.empty() && entry.words_url.empty()) return malformed(call ? 21205 : 21602);
        if (entry.words_url.size() > url_max) return malformed(21205);
        if (entry.text.size() > text_max) return malformed(21617);
        for (const auto& [name, event] : given->all())
            if (name == "StatusCallbackEvent" && event == "ringing") entry.intermediate = true;
        const std::string to = value("To");
        const auto digits = to.starts_with('+') ? digits_of(to) : std::nullopt;
        entry.number = digits.value_or(to);
        if (!digits) entry.fault = "21211";
        batch made;
        made.entries.push_back(std::move(entry));
        return made;
    }

    http::response answer(std::span<const submission> entries) const override {
        const submission& entry = entries.front();
        const bool call = entry.what == request_kind::voice;
        if (!entry.fault.empty() || entry.does.answer == answer_kind::refuse_destination)
            return error_answer(400, 21211);
        if (entry.does.answer == answer_kind::refuse)
            return error_answer(400, call ? 21215 : 21408);
        json_object body;
        body.add("sid", entry.carrier_id).add("status", "queued");
        body.add("to", "+" + entry.number).add("from", entry.sender);
        body.add("date_created", mail_time(entry.at)).add_raw("error_code", "null");
        return http::response(201, "application/json", body.take());
    }

    http::response plain_status(unsigned status) const override {
        return error_answer(status, status == 429 ? 20429 : status >= 500 ? 20500 : 20001);
    }

    // There is no word for "unknown", unless of who answered.
    bool wants(const submission& about, delivery what) const override {
        return what != delivery::unknown || about.detects;
    }
    bool can_batch() const override { return false; }

    http::request post(
        std::span<const report> reports, std::string_view target, clock::time_point now
    ) const override {
        const report& one = reports.front();
        const submission& about = *one.about;
        form made = form_of(about);
        if (about.what == request_kind::voice) {
            made.add("CallSid", about.carrier_id);
            made.add("CallStatus", std::string(call_word(one.what)));
            const auto by = answered_by(one.what);
            if (about.detects && !by.empty()) made.add("AnsweredBy", std::string(by));
            made.add("Timestamp", mail_time(now));
        } else {
            const word says = sms_word(one.what);
            for (const char* name : {"MessageSid", "SmsSid"})
                made.add(name, about.carrier_id);
            for (const char* name : {"MessageStatus", "SmsStatus"})
                made.add(name, std::string(says.status));
            if (!says.error.empty()) made.add("ErrorCode", std::string(says.error));
        }
        return posted(target, made);
    }

    http::request ask_words(const report& one, std::string_view target) const override {
        const submission& about = *one.about;
        form made = form_of(about);
        made.add("CallSid", about.carrier_id);
        made.add("CallStatus", "in-progress");
        made.add("Direction", "outbound-api");
        if (about.detects) made.add("AnsweredBy", std::string(answered_by(one.what)));
        return posted(target, made);
    }

private:
    static form form_of(const submission& about) {
        form made;
        made.add("AccountSid", "AC0123456789abcdef0123456789abcdef");
        made.add("ApiVersion", "2010-04-01");
        made.add("To", "+" + about.number);
        made.add("From", about.sender);
        return made;
    }

    static http::request posted(std::string_view target, const form& with) {
        http::request request("POST", std::string(target));
        request.fields.add("Content-Type", "application/x-www-form-urlencoded");
        request.body = with.encode();
        return request;
    }

    static std::string resource_json(const listed& one, bool call) {
        json_object line;
        line.add("sid", one.carrier_id).add("to", "+" + one.number).add("from", one.sender);
        if (one.ended)
            line.add("status", call ? call_word(*one.ended) : sms_word(*one.ended).status);
        else
            line.add("status", call ? "in-progress" : "sent");
        line.add("date_created", mail_time(one.at));
        const auto by = call && one.ended ? answered_by(*one.ended) : std::string_view();
        if (!by.empty()) line.add("answered_by", by);
        if (!call) line.add("body", one.text);
        return line.take();
    }

    static refusal unauthorized() { return {"unauthorized", error_answer(401, 20003)}; }
};

}  // namespace

const protocol& twilio_protocol() {
    static const twilio the_one;
    return the_one;
}

}  // namespace pinwire::sim
