// Jasmin's HTTP API: /send as a form that is posted, so that neither the PIN nor the password is
// part of a URL. The answer is one line of text, Success or Error and what in quotes. It takes no
// reference of ours: its own id comes back in the answer and in each report, and the token in
// dlr-url leads the report back. Reports are asked for at level 3: level 1 tells how the SMSC
// answered (the only news of a refusal), level 2 the receipt. They are posted, because a receipt
// quotes the message's first characters; that field is dropped.
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/carriers/kinds.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/base_path.hpp"
#include "common/core/form.hpp"
#include "common/core/hex.hpp"
#include "common/core/sms_encoding.hpp"
#include "common/core/zone_offset.hpp"

namespace pinwire::carriers {
namespace {

constexpr std::string_view dlr_level = "3";
constexpr std::int64_t validity_minutes_max = 48 * 60;
constexpr auto next = verdict::not_sent_next;

// Everything but the 500 of an exception of its own ("Unknown error") is said before the message
// is put into its queue, the 500 "Cannot send submit_sm" included.
constexpr auto answer_rows = std::to_array<error_class>({
    {200, "Success \"", "", verdict::sent},
    {400, "Error \"Mandatory argument", "MISSING_ARGUMENT", next},
    {400, "Error \"Argument", "BAD_ARGUMENT", next},
    {400, "Error \"Authorization failed", "NOT_AUTHORIZED", next},
    {400, "Error \"Value filter failed", "FILTERED", next},
    {400, "Error \"Failed running interception script", "INTERCEPTED", next},
    {400, "Error \"Interception specific error code", "INTERCEPTED", next},
    {403, "Error \"Authentication failure", "AUTHENTICATION_FAILURE", next},
    {403, "Error \"Authorization failed", "NOT_AUTHORIZED", next},
    {403, "Error \"Cannot charge submit_sm", "NOT_CHARGED", next},
    {403, "Error \"User throughput exceeded", "THROTTLED", verdict::not_sent_later},
    {412, "Error \"No route found", "NO_ROUTE", next},
    {412, "Error \"Failover route has no bound connectors", "NO_CONNECTOR", next},
    {500, "Error \"Cannot send submit_sm", "CANNOT_SEND", next},
    {500, "Error \"Unknown error", "UNKNOWN_ERROR", verdict::in_doubt},
    {503, "Error \"InterceptorPB not set", "NO_INTERCEPTOR", next},
    {503, "Error \"InterceptorPB not connected", "NO_INTERCEPTOR", next},
});

// Level 1 brings an SMPP command status instead of a receipt's word: accepted, or refused for good
// (what Jasmin tries again by itself it doesn't report).
std::optional<dlr_status> status_of(std::string_view word) {
    if (word == "ESME_ROK") return dlr_status::acceptd;
    if (word.starts_with("ESME_R")) return dlr_status::rejectd;
    return parse_dlr_status(word);
}

// What stands between the quotes of: Success "..."
std::string_view id_of(std::string_view body) {
    const auto open = body.find('"');
    if (open == std::string_view::npos) return {};
    body.remove_prefix(open + 1);
    const auto close = body.find('"');
    return close == std::string_view::npos ? std::string_view() : body.substr(0, close);
}

class jasmin final : public carrier {
public:
    explicit jasmin(settings given) : carrier(std::move(given)) {
        zone_ = zone_offset(config().time_zone);
    }

    bool can(pinwire::channel channel) const override { return channel == channel::sms; }

    http_request to_request(const order& given) const override {
        const std::string_view text = given.text.reveal();
        form fields;
        fields.add("username", config().username);
        fields.add("password", std::string(config().password.reveal()));
        fields.add("to", given.to.digits());
        if (!given.from.empty()) fields.add("from", given.from.str());
        if (is_gsm7(text)) {
            fields.add("coding", "0");
            fields.add("content", std::string(text));  // UTF-8: it goes over to GSM 03.38 there
        } else {
            fields.add("coding", "8");
            const std::string units = utf16be(text);
            const auto* bytes = reinterpret_cast<const std::uint8_t*>(units.data());
            fields.add("hex-content", hex_encode({bytes, units.size()}));
        }
        const auto minutes = wire::minutes_of(given.validity, validity_minutes_max);
        fields.add("validity-period", std::to_string(minutes));
        if (!given.dlr_url.empty()) {
            fields.add("dlr", "yes");
            fields.add("dlr-url", given.dlr_url);
            fields.add("dlr-level", std::string(dlr_level));
            fields.add("dlr-method", "POST");
        }
        http_request request;
        request.target = base_path(config().base_url) + "/send";
        request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
        request.body = fields.encode();
        return request;
    }

    answer read_answer(const http_response& response, pinwire::channel) const override {
        const error_class* row = wire::find_beginning(answer_rows, response.status, response.body);
        answer made = wire::answer_of_status(response, row ? row->word : "");
        if (row) made.verdict = row->verdict;
        if (made.verdict == verdict::sent) {
            made.error.clear();
            made.carrier_message_id = wire::normalise_id(config().ids, id_of(response.body));
        } else if (!row && response.status >= 200 && response.status <= 299) {
            made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
        }
        return made;
    }

    std::span<const error_class> error_table(pinwire::channel) const override {
        return answer_rows;
    }

    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel) const override {
        dlr_reading reading;
        const auto fields = wire::parameters_of(request);
        const std::string* state = fields ? fields->find("message_status") : nullptr;
        if (!state || state->empty()) {
            reading.unreadable.push_back(request.body.empty() ? request.target : request.body);
            return reading;
        }
        const auto value = [&fields](const char* name) {
            const std::string* found = fields->find(name);
            return found ? *found : std::string();
        };
        dlr read;
        read.carrier_message_id = wire::normalise_report_id(config(), value("id"));
        read.raw_status = wire::code_word(*state);
        read.status = status_of(read.raw_status);
        read.error_code = error_code(read.raw_status, value("err"));
        if (zone_) read.done_at = wire::short_time(value("donedate"), *zone_);
        read.raw = wire::raw_of(
            *fields,
            {"id",
             "id_smsc",
             "message_status",
             "level",
             "connector",
             "subdate",
             "donedate",
             "sub",
             "dlvrd",
             "err"},
            {"text"}  // quotes the message
        );
        reading.entries.push_back(std::move(read));
        return reading;
    }

    // To the byte, or the report comes again.
    http_response acknowledgement() const override {
        return {200, {{"Content-Type", "text/plain"}}, "ACK/Jasmin"};
    }

    // Jasmin reads user and password from the URL alone here, where its access log keeps them; who
    // asks must want that. A user without a quota ("ND") has no balance.
    std::optional<http_request> to_balance_request() const override {
        form fields;
        fields.add("username", config().username);
        fields.add("password", std::string(config().password.reveal()));
        http_request request;
        request.method = "GET";
        request.target = base_path(config().base_url) + "/balance?" + fields.encode();
        return request;
    }

    std::optional<balance> read_balance(const http_response& response) const override {
        return read_balance_object(response, "balance");  // in no currency of its own
    }

private:
    // Zeros of any length mean "no error"; a refusal at level 1 is an error by its own name.
    static std::string error_code(const std::string& word, std::string_view err) {
        if (word.starts_with("ESME_R")) return word == "ESME_ROK" ? std::string() : word;
        if (err.find_first_not_of('0') == std::string_view::npos) return {};
        return wire::code_word(err);
    }

    std::optional<std::chrono::seconds> zone_;  // none: a name we can't resolve; times are left out
};

}  // namespace

std::unique_ptr<carrier> make_jasmin(settings given) {
    return std::make_unique<jasmin>(std::move(given));
}

}  // namespace pinwire::carriers
