// Kannel's sendsms, in its POST form: what the GET form has as query parameters stands in
// X-Kannel-* headers and the text is the body, so that neither the PIN nor the password is part of
// a URL, which every access log keeps. Kannel returns no id and echoes no reference: the token in
// dlr-url is all that leads a report back. Its reports are GET requests whose query Kannel fills
// from escapes.
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/carriers/kinds.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/base_path.hpp"
#include "common/core/form.hpp"
#include "common/core/sms_encoding.hpp"

namespace pinwire::carriers {
namespace {

// Final states only: delivered (1) and not delivered (2) to the phone, refused by the SMSC (16).
constexpr std::string_view dlr_mask = "19";
// %d state, %F the SMSC's id, %T Unix time. No number: whether %p or %P is the handset differs
// between the guide and the code (a report swaps them), and the token already names the attempt.
// Never %A: it quotes the first characters of the message, the PIN among them.
constexpr std::string_view dlr_escapes = "status=%d&smsid=%F&at=%T";
constexpr std::int64_t validity_minutes_max = 48 * 60;

// "Sent." is what smsbox says when it doesn't wait for the bearerbox. The 503 is documented as not
// taken; "Sending failed." and a proxy's 503 prove nothing.
constexpr auto answer_rows = std::to_array<error_class>({
    {202, "0:", "", verdict::sent},
    {202, "3:", "", verdict::sent},
    {202, "Sent.", "", verdict::sent},
    {400, "DLR-URL field misformed", "DLR_URL_MISFORMED", verdict::not_sent_next},
    {400, "Missing receiver", "MISSING_RECEIVER", verdict::not_sent_next},
    {400, "Number(s) has/have been denied", "DENIED_NUMBER", verdict::not_sent_next},
    {400, "Sender missing", "SENDER_MISSING", verdict::not_sent_next},
    {403, "Authorization failed", "AUTHORIZATION_FAILED", verdict::not_sent_next},
    {403, "Not routable", "NOT_ROUTABLE", verdict::not_sent_next},
    {500, "Sending failed", "SENDING_FAILED", verdict::in_doubt},
    {503, "Temporal failure", "TEMPORAL_FAILURE", verdict::not_sent_later},
});

struct state_row {
    int bit;
    std::string_view name;
    dlr_status status;
};

constexpr auto state_rows = std::to_array<state_row>({
    {1, "delivered to phone", dlr_status::delivrd},
    {2, "not delivered to phone", dlr_status::undeliv},
    {4, "queued on SMSC", dlr_status::enroute},
    {8, "delivered to SMSC", dlr_status::acceptd},
    {16, "refused by SMSC", dlr_status::rejectd},
});

std::optional<std::int64_t> to_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

std::optional<dlr_status> status_of(std::string_view state) {
    const auto bit = to_number(state);
    for (const state_row& row : state_rows)
        if (bit == row.bit) return row.status;
    return std::nullopt;
}

// Our URL with Kannel's escapes behind it; a percent sign of our own would be taken for one.
std::string report_url(std::string_view url) {
    std::string text;
    for (const char c : url) {
        text += c;
        if (c == '%') text += '%';
    }
    text += url.find('?') == std::string_view::npos ? '?' : '&';
    return text + std::string(dlr_escapes);
}

class kannel final : public carrier {
public:
    explicit kannel(settings given) : carrier(std::move(given)) {}

    bool can(pinwire::channel channel) const override { return channel == channel::sms; }

    http_request to_request(const order& given) const override {
        http_request request;
        request.target = base_path(config().base_url) + "/cgi-bin/sendsms";
        const auto add = [&request](const char* name, std::string_view value) {
            if (!value.empty()) request.headers.emplace_back(name, wire::header_value(value));
        };
        add("Content-Type", "text/plain; charset=UTF-8");
        add("X-Kannel-Username", config().username);
        add("X-Kannel-Password", config().password.reveal());
        add("X-Kannel-From", given.from.view());
        add("X-Kannel-To", given.to.digits());
        add("X-Kannel-SMSC", config().smsc);
        add("X-Kannel-Coding", is_gsm7(given.text.reveal()) ? "0" : "2");
        const auto minutes = wire::minutes_of(given.validity, validity_minutes_max);
        add("X-Kannel-Validity", std::to_string(minutes));
        if (!given.dlr_url.empty()) {
            add("X-Kannel-DLR-Mask", dlr_mask);
            add("X-Kannel-DLR-Url", report_url(given.dlr_url));
        }
        add("X-Kannel-Meta-Data", tlvs_of(given.dlt));
        request.body = std::string(given.text.reveal());
        return request;
    }

    answer read_answer(const http_response& response, pinwire::channel) const override {
        const bool good = response.status >= 200 && response.status <= 299;
        const unsigned status = good ? 202 : response.status;
        const error_class* row = wire::find_beginning(answer_rows, status, response.body);
        answer made = wire::answer_of_status(response, row ? row->word : "");
        if (row)
            made.verdict = row->verdict;
        else if (good)
            made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
        if (made.verdict == verdict::sent) made.error.clear();
        return made;
    }

    std::span<const error_class> error_table(pinwire::channel) const override {
        return answer_rows;
    }

    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel) const override {
        dlr_reading reading;
        const auto query = form::parse(query_of(request.target));
        const std::string* state = query ? query->find("status") : nullptr;
        if (!state || state->empty()) {
            reading.unreadable.push_back(request.target);
            return reading;
        }
        const auto value = [&query](const char* name) {
            const std::string* found = query->find(name);
            return found ? *found : std::string();
        };
        dlr read;
        read.carrier_message_id = wire::normalise_report_id(config(), value("smsid"));
        read.raw_status = wire::code_word(*state);
        read.status = status_of(*state);
        if (const auto at = to_number(value("at")); at && *at > 0 && *at < time_max)
            read.done_at = std::chrono::system_clock::time_point(std::chrono::seconds(*at));
        // Only what dlr_escapes asks for: an operator's own dlr-url may add %A.
        read.raw = wire::raw_of(*query, {"status", "smsid", "at"});
        reading.entries.push_back(std::move(read));
        return reading;
    }

    http_response acknowledgement() const override { return {200, {}, {}}; }

private:
    // Kannel sends only what its smpp-tlv groups name.
    std::string tlvs_of(const india_dlt& ids) const {
        const auto values = std::to_array<std::string_view>(
            {ids.principal_entity_id, ids.content_template_id, ids.telemarketer_id}
        );
        std::string made;
        for (std::size_t i = 0; i < config().dlt_tlvs.size() && i < values.size(); ++i) {
            if (values[i].empty()) continue;
            made += made.empty() ? "?smpp?" : "&";
            made += percent_encode(config().dlt_tlvs[i]) + "=" + percent_encode(values[i]);
        }
        return made;
    }

    static constexpr std::int64_t time_max = 7'258'118'400;  // the year 2200
};

}  // namespace

std::unique_ptr<carrier> make_kannel(settings given) {
    return std::make_unique<kannel>(std::move(given));
}

}  // namespace pinwire::carriers
