// Twilio: SMS by Messages, calls by Calls, status callbacks as form POSTs. Twilio knows no
// reference of ours: the token in the callback's URL names the attempt, and asking goes by number,
// time and text. Without machine detection a call brings its words along (inline TwiML), and they
// are spoken to whoever answers. With it Twilio asks for them at a URL of ours once it knows who
// did, and only a human is told.
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
#include "common/core/sender.hpp"
#include "common/core/text_template.hpp"

namespace pinwire::carriers {
namespace {

using nlohmann::json;

constexpr auto sent = verdict::sent;
constexpr auto next = verdict::not_sent_next;
constexpr auto later = verdict::not_sent_later;
constexpr auto never = verdict::not_sent_final;

constexpr std::int64_t validity_seconds_max = 36'000;
constexpr std::size_t listed_max = 50;  // of one page of a list
constexpr auto clock_skew = std::chrono::seconds(5);

// Final are only refusals by what the number is (none, a landline, a short code, a premium one) and
// by its owner (21610: unsubscribed). 300xx come in the resource that was made: it failed at once.
constexpr auto sms_rows = std::to_array<error_class>({
    {201, "accepted", "", sent},
    {201, "queued", "", sent},
    {201, "scheduled", "", sent},
    {201, "sending", "", sent},
    {201, "sent", "", sent},
    {201, "delivered", "", sent},
    {201, "failed", "FAILED", next},
    {201, "30001", "QUEUE_OVERFLOW", later},
    {201, "30002", "ACCOUNT_SUSPENDED", next},
    {201, "30004", "MESSAGE_BLOCKED", next},
    {201, "30005", "UNKNOWN_HANDSET", next},
    {201, "30006", "LANDLINE_OR_UNREACHABLE", next},
    {201, "30007", "FILTERED", next},
    {201, "30010", "PRICE_ABOVE_LIMIT", next},
    {201, "30022", "CAMPAIGN_RATE_EXCEEDED", later},
    {201, "30023", "CAMPAIGN_DAILY_CAP", next},
    {201, "30024", "SENDER_NOT_PROVISIONED", next},
    {201, "30032", "TOLL_FREE_NOT_VERIFIED", next},
    {201, "30034", "SENDER_NOT_REGISTERED", next},
    {201, "30036", "VALIDITY_EXPIRED", next},
    {201, "30453", "PUMPING_SUSPECTED", next},
    {201, "63038", "ACCOUNT_DAILY_LIMIT", next},
    {400, "21211", "INVALID_TO", never},
    {400, "21212", "INVALID_FROM", next},
    {400, "21265", "TO_SHORT_CODE", never},
    {400, "21266", "TO_IS_FROM", next},
    {400, "21267", "ALPHANUMERIC_ON_TRIAL", next},
    {400, "21268", "TO_PREMIUM", never},
    {400, "21408", "REGION_NOT_PERMITTED", next},
    {400, "21602", "BODY_MISSING", next},
    {400, "21603", "FROM_MISSING", next},
    {400, "21604", "TO_MISSING", next},
    {400, "21605", "BODY_TOO_LONG", next},
    {400, "21606", "FROM_NOT_CAPABLE", next},
    {400, "21608", "TO_NOT_VERIFIED", next},
    {400, "21609", "INVALID_CALLBACK", next},
    {400, "21610", "UNSUBSCRIBED", never},
    {400, "21611", "SENDER_QUEUE_FULL", later},
    {400, "21612", "NO_WAY_FROM_SENDER", next},
    {400, "21614", "TO_NOT_MOBILE", never},
    {400, "21617", "BODY_TOO_LONG", next},
    {400, "21635", "TO_LANDLINE", never},
    {400, "21659", "FROM_NOT_OURS", next},
    {400, "21660", "FROM_OF_ANOTHER_ACCOUNT", next},
    {400, "21661", "FROM_WITHOUT_SMS", next},
    {401, "20003", "AUTHENTICATE", next},
    {403, "20005", "ACCOUNT_NOT_ACTIVE", next},
    {403, "20008", "TEST_CREDENTIALS", next},
    {404, "20404", "NOT_FOUND", next},
    {429, "20429", "TOO_MANY_REQUESTS", later},
    {500, "20500", "SERVER_ERROR", verdict::in_doubt},
    {503, "20503", "UNAVAILABLE", verdict::in_doubt},
});

constexpr auto call_rows = std::to_array<error_class>({
    {201, "queued", "", sent},
    {201, "initiated", "", sent},
    {201, "ringing", "", sent},
    {201, "in-progress", "", sent},
    {201, "failed", "FAILED", next},
    {400, "10001", "ACCOUNT_NOT_ACTIVE", next},
    {400, "10004", "CONCURRENCY_EXCEEDED", later},
    {400, "21201", "TO_MISSING", next},
    {400, "21203", "INTERNATIONAL_OFF", next},
    {400, "21210", "FROM_NOT_VERIFIED", next},
    {400, "21211", "INVALID_TO", never},
    {400, "21212", "INVALID_FROM", next},
    {400, "21213", "FROM_MISSING", next},
    {400, "21214", "TO_UNREACHABLE", next},
    {400, "21215", "REGION_NOT_PERMITTED", next},
    {400, "21216", "TO_BLOCKED", next},
    {400, "21217", "TO_NO_NUMBER", never},
    {400, "21219", "TO_NOT_VERIFIED", next},
    {401, "20003", "AUTHENTICATE", next},
    {403, "20005", "ACCOUNT_NOT_ACTIVE", next},
    {403, "20008", "TEST_CREDENTIALS", next},
    {404, "20404", "NOT_FOUND", next},
    {429, "20429", "TOO_MANY_REQUESTS", later},
    {500, "20500", "SERVER_ERROR", verdict::in_doubt},
    {503, "20503", "UNAVAILABLE", verdict::in_doubt},
});

struct status_row {
    std::string_view says;
    std::optional<dlr_status> status;  // none: it says nothing about delivery
};

// A read one was delivered. A scheduled one may still be cancelled, so it is no more than accepted.
constexpr auto status_rows = std::to_array<status_row>({
    {"accepted", dlr_status::acceptd},
    {"scheduled", dlr_status::acceptd},
    {"queued", dlr_status::acceptd},
    {"sending", dlr_status::acceptd},
    {"sent", dlr_status::enroute},
    {"partially_delivered", dlr_status::enroute},
    {"delivered", dlr_status::delivrd},
    {"read", dlr_status::delivrd},
    {"undelivered", dlr_status::undeliv},
    {"canceled", dlr_status::deleted},
    {"failed", dlr_status::rejectd},
});

constexpr std::string_view validity_expired = "30036";
constexpr std::size_t url_max = 4000;  // of Url

struct call_row {
    std::string_view says;
    call_status call;
};

// Without machine detection answered means processed; if AnsweredBy comes all the same, it is
// believed.
constexpr auto call_states = std::to_array<call_row>({
    {"queued", call_status::pending_accepted},
    {"initiated", call_status::processing},
    {"ringing", call_status::processing},
    {"in-progress", call_status::processed},
    {"completed", call_status::processed},
    {"busy", call_status::error_user_busy},
    {"no-answer", call_status::error_no_answer},
    {"canceled", call_status::error},
    {"failed", call_status::error},
});

struct language_row {
    std::string_view ours;
    std::string_view locale;
    std::string_view voice;  // empty: the default one speaks it
};

// Croatian and Slovenian aren't among its languages: an order in one of them is refused.
constexpr auto languages = std::to_array<language_row>({
    {"en", "en-US", ""},    {"es", "es-ES", ""},
    {"ca", "ca-ES", ""},    {"da", "da-DK", ""},
    {"nl", "nl-NL", ""},    {"fr", "fr-FR", ""},
    {"de", "de-DE", ""},    {"it", "it-IT", ""},
    {"ja", "ja-JP", ""},    {"ko", "ko-KR", ""},
    {"no", "nb-NO", ""},    {"pl", "pl-PL", ""},
    {"ru", "ru-RU", ""},    {"sv", "sv-SE", ""},
    {"fi", "fi-FI", ""},    {"ro", "ro-RO", "Polly.Carmen"},
    {"pt_pt", "pt-PT", ""}, {"pt_br", "pt-BR", ""},
    {"zh_cn", "zh-CN", ""}, {"zh_tw", "zh-TW", ""},
});

const language_row* find_language(std::string_view ours) {
    for (const language_row& row : languages)
        if (row.ours == ours) return &row;
    return nullptr;
}

std::optional<call_status> call_of(std::string_view says) {
    for (const call_row& row : call_states)
        if (row.says == says) return row.call;
    return std::nullopt;
}

// Why a refused call didn't come about.
call_status call_of_refusal(std::string_view code, unsigned status) {
    if (code == "21203" || code == "21214" || code == "21215")
        return call_status::error_route_not_available;
    return status == 400 ? call_status::bad_request : call_status::error;
}

// Numbers go with a plus; short codes and names as they are.
std::string sender_of(const sender_name& from) {
    constexpr std::size_t short_code_max = 6;
    const std::string& text = from.str();
    return is_number(from) && text.size() > short_code_max ? "+" + text : text;
}

bool is_foreign_voice(std::string_view voice) {
    return voice.starts_with("Polly.") || voice.starts_with("Google.");
}

// The text is said twice already; only Polly's and Google's voices know a speed.
std::string twiml_of(const order& given) {
    const language_row* row = find_language(given.voice.language);
    std::string voice(row != nullptr ? row->voice : std::string_view());
    if (is_foreign_voice(given.voice.voice)) voice = given.voice.voice;
    std::string made = R"(<Response><Pause length="1"/><Say)";
    if (!voice.empty()) made += " voice=\"" + escaped(escaping::xml, voice) + "\"";
    if (row != nullptr) made += " language=\"" + std::string(row->locale) + "\"";
    made += ">";
    const auto percent = static_cast<int>(given.voice.speech_rate * 100 + 0.5);
    const bool slowed = percent != 100 && is_foreign_voice(voice);
    if (slowed) made += "<prosody rate=\"" + std::to_string(percent) + "%\">";
    made += escaped(escaping::xml, given.text.reveal());
    if (slowed) made += "</prosody>";
    return made + "</Say></Response>";
}

constexpr std::string_view human = "human";
constexpr std::string_view hang_up = "<Response><Hangup/></Response>";

class twilio final : public carrier {
public:
    explicit twilio(settings given) : carrier(std::move(given)) {}

    bool can(pinwire::channel) const override { return true; }

    std::string_view refuses(const order& given) const override {
        if (given.channel == channel::sms)
            return given.from.empty() && config().messaging_service.empty() ? "no_sender" : "";
        if (!is_number(given.from)) return "no_caller_id";
        if (config().machine_detection && given.words_url.empty()) return "no_words_url";
        if (given.words_url.size() > url_max) return "words_too_long";
        const bool speaks =
            find_language(given.voice.language) || is_foreign_voice(given.voice.voice);
        return speaks ? "" : "language_not_spoken";
    }

    secret words(const order& given) const override {
        const bool asked = given.channel == channel::voice && config().machine_detection;
        return asked ? secret(twiml_of(given)) : secret();
    }

    http_response say(const secret& words, const dlr_request& asked) const override {
        const auto given = form::parse(asked.body);
        const std::string* by = given ? given->find("AnsweredBy") : nullptr;
        const bool tell = by != nullptr && *by == human && !words.empty();
        http_response made{200, {{"Content-Type", "application/xml"}}, std::string(hang_up)};
        if (tell) made.body = words.reveal();
        return made;
    }

    http_request to_request(const order& given) const override {
        const bool voice = given.channel == channel::voice;
        http_request request;
        request.target = target_of(voice ? "/Calls.json" : "/Messages.json");
        request.headers = {
            {"Authorization", authorization()},
            {"Content-Type", "application/x-www-form-urlencoded"},
            {"Accept", "application/json"}};
        request.body = (voice ? call_form(given) : sms_form(given)).encode();
        return request;
    }

    std::span<const error_class> error_table(pinwire::channel channel) const override {
        if (channel == channel::voice) return call_rows;
        return sms_rows;
    }

    answer read_answer(const http_response& response, pinwire::channel channel) const override {
        const bool voice = channel == pinwire::channel::voice;
        json body;
        if (read_json(response.body, body) || !body.is_object()) body = json::object();
        answer made = response.status >= 200 && response.status <= 299
                          ? read_made(response, body, channel)
                          : read_refusal(response, body, channel);
        const bool refused = made.verdict == next || made.verdict == never;
        if (voice && refused)
            made.call = call_of_refusal(wire::text_of(body, "code"), response.status);
        return made;
    }

    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel channel) const override {
        dlr_reading reading;
        const auto given = wire::parameters_of(request);
        const bool voice = channel == pinwire::channel::voice;
        const auto value = [&given](const char* name) {
            const std::string* found = given ? given->find(name) : nullptr;
            return found ? *found : std::string();
        };
        std::string word = value(voice ? "CallStatus" : "MessageStatus");
        if (word.empty() && !voice) word = value("SmsStatus");
        std::string id = value(voice ? "CallSid" : "MessageSid");
        if (id.empty() && !voice) id = value("SmsSid");
        if (word.empty()) {
            reading.unreadable.push_back(request.body.empty() ? request.target : request.body);
            return reading;
        }
        dlr read;
        read.carrier_message_id = wire::normalise_report_id(config(), id);
        read.to = msisdn::parse(value("To"));
        read.raw_status = wire::code_word(word);
        read.error_code = wire::code_word(value("ErrorCode"));
        if (voice)
            read_call(read, word, value("AnsweredBy"));
        else
            read.status = status_of(word, read.error_code);
        read.done_at =
            voice ? parse_rfc2822(value("Timestamp")) : parse_digits(value("RawDlrDoneDate"));
        read.raw = raw(*given);
        reading.entries.push_back(std::move(read));
        return reading;
    }

    http_response acknowledgement() const override { return {204, {}, {}}; }

    std::optional<http_request> to_inquiry(const inquiry& about) const override {
        const bool voice = about.channel == channel::voice;
        form query;
        query.add("To", "+" + about.to.digits());
        query.add("PageSize", std::to_string(listed_max));
        http_request request;
        request.method = "GET";
        request.target = target_of(voice ? "/Calls.json?" : "/Messages.json?") + query.encode();
        request.headers = {{"Authorization", authorization()}, {"Accept", "application/json"}};
        return request;
    }

    inquiry_answer read_inquiry(const http_response& response, const inquiry& about)
        const override {
        inquiry_answer made;
        json body;
        const char* const name = about.channel == channel::voice ? "calls" : "messages";
        const bool readable =
            response.status == 200 && !read_json(response.body, body) && body.is_object();
        const auto listed = readable ? body.find(name) : body.end();
        if (!readable || listed == body.end() || !listed->is_array()) {
            made.word = "HTTP(" + std::to_string(response.status) + ")";
            return made;
        }
        return judge(*listed, about);
    }

    // The resource itself, by its id.
    pull_terms pulls(pinwire::channel) const override { return {1, true}; }

    http_request to_pull(const pull& wanted) const override {
        const bool voice = wanted.channel == channel::voice;
        http_request request;
        request.method = "GET";
        request.target = target_of(voice ? "/Calls/" : "/Messages/") +
                         percent_encode(wanted.about.front().carrier_message_id) + ".json";
        request.headers = {{"Authorization", authorization()}, {"Accept", "application/json"}};
        return request;
    }

    // One that isn't there (any more) is an answer, too.
    pull_reading read_pull(const http_response& response, const pull& wanted) const override {
        pull_reading made;
        json body;
        const bool there =
            response.status == 200 && !read_json(response.body, body) && body.is_object();
        made.readable = response.status == 404 || (there && body.contains("status"));
        if (!made.readable) made.word = wire::http_word(response);
        if (!there) return made;
        auto read = report_of(body, wanted.channel);
        if (!read) return made;
        read->carrier_message_id = wire::normalise_id(config().ids, wire::text_of(body, "sid"));
        read->to = msisdn::parse(wire::text_of(body, "to"));
        read->raw = wire::raw_of(
            body,
            {"sid",
             "status",
             "error_code",
             "to",
             "from",
             "date_created",
             "date_sent",
             "date_updated",
             "start_time",
             "end_time",
             "duration",
             "answered_by"}
        );
        made.entries.push_back(std::move(*read));
        return made;
    }

    // Of the account itself: one below another has none of its own.
    std::optional<http_request> to_balance_request() const override {
        http_request request;
        request.method = "GET";
        request.target = target_of("/Balance.json");
        request.headers = {{"Authorization", authorization()}, {"Accept", "application/json"}};
        return request;
    }

    std::optional<balance> read_balance(const http_response& response) const override {
        return read_balance_object(response, "balance");
    }

private:
    std::string target_of(std::string_view what) const {
        return base_path(config().base_url) + "/2010-04-01/Accounts/" +
               percent_encode(config().username) + std::string(what);
    }

    std::string authorization() const {
        const auto& user = config().key_sid.empty() ? config().username : config().key_sid;
        return basic_proof(user, config().password.reveal());
    }

    form sms_form(const order& given) const {
        form made;
        made.add("To", "+" + given.to.digits());
        if (!config().messaging_service.empty())
            made.add("MessagingServiceSid", config().messaging_service);
        if (!given.from.empty()) made.add("From", sender_of(given.from));
        made.add("Body", std::string(given.text.reveal()));
        const auto left = std::clamp<std::int64_t>(given.validity.count(), 1, validity_seconds_max);
        made.add("ValidityPeriod", std::to_string(left));
        if (!given.dlr_url.empty()) made.add("StatusCallback", given.dlr_url);
        return made;
    }

    form call_form(const order& given) const {
        form made;
        made.add("To", "+" + given.to.digits());
        made.add("From", "+" + given.from.str());
        if (config().machine_detection) {
            made.add("Url", given.words_url);
            made.add("Method", "POST");
            made.add("MachineDetection", "Enable");
        } else {
            made.add("Twiml", twiml_of(given));
        }
        const auto add_seconds = [&made](const char* name, std::chrono::seconds wait) {
            if (wait.count() > 0) made.add(name, std::to_string(wait.count()));
        };
        add_seconds("Timeout", config().ring_timeout);
        add_seconds("TimeLimit", config().call_timeout);
        if (given.dlr_url.empty()) return made;
        made.add("StatusCallback", given.dlr_url);
        made.add("StatusCallbackMethod", "POST");
        for (const char* event : {"initiated", "ringing", "answered", "completed"})
            made.add("StatusCallbackEvent", event);
        return made;
    }

    // The resource that was made: its state speaks, and for a failed one its error.
    answer read_made(const http_response& response, const json& body, pinwire::channel channel)
        const {
        answer made;
        const std::string id = wire::normalise_id(config().ids, wire::text_of(body, "sid"));
        const std::string status = wire::text_of(body, "status");
        if (id.empty() || status.empty()) {
            made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
            return made;
        }
        const std::string code = wire::text_of(body, "error_code");
        const error_class* row = nullptr;
        if (status == "failed") {
            row = wire::find_error(error_table(channel), code);
            if (row == nullptr) row = wire::find_error(error_table(channel), status);
        }
        if (row != nullptr) {
            made.verdict = row->verdict;
            made.error = error_text(*row, code);
            return made;
        }
        // whatever state stands there, the resource has an id: it was taken
        made.verdict = sent;
        made.carrier_message_id = id;
        if (channel == channel::voice)
            made.call = call_of(status).value_or(call_status::pending_accepted);
        return made;
    }

    answer read_refusal(const http_response& response, const json& body, pinwire::channel channel)
        const {
        const std::string code = wire::text_of(body, "code");
        answer made = wire::answer_of_status(response, wire::code_word(code));
        const error_class* row = wire::find_error(error_table(channel), code);
        if (row == nullptr || row->verdict == sent) return made;
        // a refusal's code in an answer that is none of a refusal (408, 5xx) proves nothing
        if (made.verdict != verdict::in_doubt) made.verdict = row->verdict;
        made.error = error_text(*row, code);
        return made;
    }

    static std::string error_text(const error_class& row, const std::string& code) {
        const std::string word(row.word);
        return code.empty() ? word : word + "(" + wire::code_word(code) + ")";
    }

    static std::optional<dlr_status> status_of(std::string_view word, std::string_view error_code) {
        const bool failed = word == "failed" || word == "undelivered";
        if (failed && error_code == validity_expired) return dlr_status::expired;
        for (const status_row& row : status_rows)
            if (row.says == word) return row.status;
        return std::nullopt;
    }

    // With detection nothing was said unless to a human: not to a machine, nor to whom Twilio
    // couldn't tell from one, nor to who hung up before it knew.
    void read_call(dlr& read, std::string_view word, std::string_view answered_by) const {
        read.call = call_of(word);
        const bool machine = answered_by.starts_with("machine") || answered_by == "fax";
        const bool untold = config().machine_detection && answered_by != human;
        if (read.call == call_status::processed && (machine || untold)) {
            const bool over = machine || word == "completed" || !answered_by.empty();
            read.call = over ? call_status::answered_machine : call_status::processing;
        }
        if (read.call) read.status = delivery_of(*read.call);
    }

    // A callback never holds the text today, and must not be kept if it does tomorrow.
    static std::string raw(const form& given) {
        return wire::raw_of(
            given,
            {"MessageSid",
             "MessageStatus",
             "SmsSid",
             "SmsStatus",
             "ErrorCode",
             "RawDlrDoneDate",
             "CallSid",
             "CallStatus",
             "CallDuration",
             "AnsweredBy",
             "SipResponseCode",
             "SequenceNumber",
             "Timestamp",
             "To",
             "From"},
            {"AccountSid",
             "ApiVersion",
             "Body",
             "MessagingServiceSid",
             "Direction",
             "Duration",
             "Called",
             "CalledCity",
             "CalledState",
             "CalledZip",
             "CalledCountry",
             "Caller",
             "CallerName",
             "CallerCity",
             "CallerState",
             "CallerZip",
             "CallerCountry",
             "ToCity",
             "ToState",
             "ToZip",
             "ToCountry",
             "FromCity",
             "FromState",
             "FromZip",
             "FromCountry",
             "ForwardedFrom",
             "ParentCallSid",
             "CallbackSource",
             "MachineDetectionDuration",
             "StirVerstat",
             "RecordingUrl",
             "RecordingSid",
             "RecordingDuration"}
        );
    }

    // What of the list was made while our request was under way. An SMS must have our text as well;
    // one of another text may be ours after the platform changed characters, so it forbids
    // "absent".
    inquiry_answer judge(const json& listed, const inquiry& about) const {
        inquiry_answer made;
        const auto from = about.began - clock_skew;
        const auto until = about.began + about.patience + clock_skew;
        int ours = 0;
        bool other = false;
        for (const json& one : listed) {
            const auto at = parse_rfc2822(wire::text_of(one, "date_created"));
            if (!at || *at < from) {
                other = other || !at;
                continue;
            }
            const bool same = about.channel == channel::voice || has_text(one, about.text);
            if (*at > until || !same) {
                other = true;
                continue;
            }
            ++ours;
            made.carrier_message_id = wire::normalise_id(config().ids, wire::text_of(one, "sid"));
            made.report = report_of(one, about.channel);
        }
        if (ours == 1 && !made.carrier_message_id.empty()) {
            made.what = inquiry_answer::kind::found;
            return made;
        }
        made.carrier_message_id.clear();
        made.report.reset();
        made.word = ours > 1 ? "SEVERAL_LISTED" : other ? "OTHERS_LISTED" : "NOT_LISTED";
        const bool whole = listed.size() < listed_max;
        if (ours == 0 && !other && whole && wire::absence_counts(config(), about))
            made.what = inquiry_answer::kind::absent;
        return made;
    }

    // Its state as a callback would have told it.
    std::optional<dlr> report_of(const json& one, pinwire::channel channel) const {
        const std::string word = wire::text_of(one, "status");
        dlr read;
        read.raw_status = wire::code_word(word);
        if (channel == pinwire::channel::voice) {
            read_call(read, word, wire::text_of(one, "answered_by"));
        } else {
            read.error_code = wire::code_word(wire::text_of(one, "error_code"));
            read.status = status_of(word, read.error_code);
        }
        if (!read.status) return std::nullopt;
        return read;
    }

    // Accounts on trial put a sentence before it.
    static bool has_text(const json& one, const secret& text) {
        return !text.empty() && wire::text_of(one, "body").ends_with(text.reveal());
    }
};

}  // namespace

std::unique_ptr<carrier> make_twilio(settings given) {
    return std::make_unique<twilio>(std::move(given));
}

}  // namespace pinwire::carriers
