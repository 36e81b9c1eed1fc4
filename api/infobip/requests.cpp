#include "api/infobip/requests.hpp"

#include <nlohmann/json.hpp>

#include "api/infobip/applications.hpp"
#include "api/infobip/members.hpp"
#include "common/core/form.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/pin.hpp"
#include "common/core/sender.hpp"
#include "common/core/text.hpp"
#include "common/http/message.hpp"

namespace pinwire::api {
namespace {

using nlohmann::json;

constexpr std::size_t id_max = 64;
constexpr std::size_t guess_max = 64;
constexpr std::int64_t number_max = 999'999'999'999'999;
constexpr const char* number_rule = "must be a phone number in international format";
constexpr const char* sender_rule = "at most 11 letters, digits and spaces, or at most 15 digits";

std::string required_text(const infobip_members& from, const char* name) {
    from.require(name);
    return from.text(name, id_max).value_or(std::string());
}

void read_number(const infobip_members& from, msisdn& into) {
    from.require("to");
    const auto* given = from.find("to");
    if (given == nullptr) return;
    std::optional<msisdn> read;
    if (const auto* text = given->get_ptr<const std::string*>())
        read = msisdn::parse(*text);
    else if (const auto number = integer_of(*given, 1, number_max))
        read = msisdn::parse(std::to_string(*number));
    if (read)
        into = *std::move(read);
    else
        from.fault("to", number_rule);
}

void read_sender(const infobip_members& from, std::string& into) {
    const auto sender = from.text("from", id_max);
    if (!sender || sender->empty()) return;
    if (!is_sender(*sender)) from.fault("from", sender_rule);
    into = *sender;
}

void read_code(const infobip_members& from, bool strict, secret& into) {
    auto code = from.text("code", guess_max);
    if (!code) return;
    upper_case(*code);
    const bool long_enough = !strict || code->size() >= infobip_strict_length_min;
    if (!is_code(*code) || !long_enough)
        from.fault(
            "code",
            strict ? "must be 6 to 16 digits and letters" : "must be 4 to 16 digits and letters"
        );
    into = secret(*std::move(code));
}

std::optional<bool> flag(const form& query, const char* name, infobip_faults& faults) {
    const auto* text = query.find(name);
    // the vendor's client for JavaScript writes so what it wasn't told
    if (text == nullptr || *text == "undefined") return std::nullopt;
    if (http::equal_no_case(*text, "true")) return true;
    if (http::equal_no_case(*text, "false")) return false;
    faults.add(name, "must be true or false");
    return std::nullopt;
}

form query_of_call(std::string_view query, infobip_faults& faults) {
    auto read = form::parse(query);
    if (!read) faults.add("query", "can't be read");
    return std::move(read).value_or(form());
}

// The query's word counts where both have one.
void read_nc_needed(
    const infobip_members& from, std::string_view query, infobip_faults& faults, bool& into
) {
    if (const auto given = from.boolean("ncNeeded")) into = *given;
    if (const auto given = flag(query_of_call(query, faults), "ncNeeded", faults)) into = *given;
}

}  // namespace

infobip_faults read_infobip_send(
    std::string_view body, std::string_view query, bool strict, infobip_send_request& into
) {
    infobip_faults faults;
    json root;
    if (!read_infobip_body(body, root, faults)) return faults;
    const infobip_members from(root, faults);
    into.application = required_text(from, "applicationId");
    into.message = required_text(from, "messageId");
    read_number(from, into.to);
    read_sender(from, into.from);
    read_nc_needed(from, query, faults, into.nc_needed);
    if (auto values = read_infobip_placeholders(from)) into.placeholders = *std::move(values);
    read_code(from, strict, into.code);
    return faults;
}

infobip_faults read_infobip_resend(
    std::string_view body, std::optional<infobip_placeholders>& into
) {
    infobip_faults faults;
    if (trimmed(body).empty()) return faults;
    json root;
    if (!read_infobip_body(body, root, faults)) return faults;
    into = read_infobip_placeholders(infobip_members(root, faults));
    return faults;
}

infobip_faults read_infobip_guess(std::string_view body, secret& into) {
    infobip_faults faults;
    json root;
    if (!read_infobip_body(body, root, faults)) return faults;
    const infobip_members from(root, faults);
    from.require("pin");
    const auto* given = from.find("pin");
    if (given == nullptr) return faults;
    if (const auto number = integer_of(*given, 0, INT64_MAX)) {
        into = secret(std::to_string(*number));
        return faults;
    }
    auto text = from.text("pin", guess_max);
    if (!text) return faults;
    if (trimmed(*text).empty()) from.fault("pin", "is required");
    into = secret(*std::move(text));
    return faults;
}

infobip_faults read_infobip_verifications(
    std::string_view query, infobip_verifications_request& into
) {
    infobip_faults faults;
    const auto read = query_of_call(query, faults);
    const auto* number = read.find("msisdn");
    auto to = number == nullptr ? std::nullopt : msisdn::parse(*number);
    if (number == nullptr)
        faults.add("msisdn", "is required");
    else if (!to)
        faults.add("msisdn", number_rule);
    else
        into.to = *std::move(to);
    into.verified = flag(read, "verified", faults);
    into.sent = flag(read, "sent", faults);
    return faults;
}

}  // namespace pinwire::api
