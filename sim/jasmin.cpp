// Jasmin's HTTP API: /send with a form or a query, one line of text as the answer, its own id in
// it; reports at level 1 (how the SMSC answered) and 2 (the receipt) as a form that is posted or as
// a query. A report is over only when it is answered 200 with the body ACK/Jasmin.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "common/core/form.hpp"
#include "sim/protocol.hpp"
#include "sim/utf16.hpp"

namespace pinwire::sim {

namespace {

using clock = std::chrono::system_clock;

constexpr auto known_arguments = std::to_array<std::string_view>({
    "to",
    "from",
    "coding",
    "username",
    "password",
    "priority",
    "sdt",
    "validity-period",
    "dlr",
    "dlr-url",
    "dlr-level",
    "dlr-method",
    "tags",
    "content",
    "hex-content",
    "custom_tlvs",
});

http::response text_answer(unsigned status, std::string text) {
    return http::response(status, "text/plain", std::move(text));
}

http::response error_answer(unsigned status, std::string_view what) {
    return text_answer(status, fmt::format("Error \"{}\"", what));
}

refusal malformed(std::string_view what) {
    return {"malformed", error_answer(400, what)};
}

bool is_number(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

int digit_of(char c) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto lower = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const auto found = digits.find(lower);
    return found == std::string_view::npos ? -1 : static_cast<int>(found);
}

std::optional<std::string> from_hex(std::string_view hex) {
    if (hex.size() % 2 != 0) return std::nullopt;
    std::string bytes;
    for (std::size_t at = 0; at < hex.size(); at += 2) {
        const int high = digit_of(hex[at]);
        const int low = digit_of(hex[at + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        bytes += static_cast<char>(high * 16 + low);
    }
    return bytes;
}

std::string value_of(const form& fields, std::string_view name) {
    const std::string* found = fields.find(name);
    return found ? *found : std::string();
}

// The text as the handset shows it; none: neither or both of its forms are there, or no hex.
std::optional<std::string> text_of(const form& fields) {
    const std::string* content = fields.find("content");
    const std::string* hex = fields.find("hex-content");
    if ((content == nullptr) == (hex == nullptr)) return std::nullopt;
    if (content) return *content;
    const auto bytes = from_hex(*hex);
    if (!bytes) return std::nullopt;
    return value_of(fields, "coding") == "8" ? from_utf16_be(*bytes) : *bytes;
}

// What the arguments' own forms refuse; empty: nothing.
std::string argument_fault(const form& fields) {
    for (const auto& [name, value] : fields.all()) {
        if (std::find(known_arguments.begin(), known_arguments.end(), name) ==
            known_arguments.end())
            return fmt::format("Argument [{}] is unknown.", name);
    }
    for (const char* name : {"to", "username", "password"})
        if (!fields.find(name)) return fmt::format("Mandatory argument [{}] is not found.", name);
    const auto wrong = [&fields](const char* name) {
        return fmt::format(
            "Argument [{}] has an invalid value: [{}].", name, value_of(fields, name)
        );
    };
    for (const char* name : {"coding", "validity-period", "dlr-level"})
        if (fields.find(name) && !is_number(value_of(fields, name))) return wrong(name);
    const auto level = value_of(fields, "dlr-level");
    if (!level.empty() && (level.size() > 1 || level < "1" || level > "3"))
        return wrong("dlr-level");
    const auto method = value_of(fields, "dlr-method");
    if (!method.empty() && method != "GET" && method != "POST") return wrong("dlr-method");
    if (!text_of(fields)) return "content or hex-content not present.";
    return {};
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
            return "ESME_ROK";
        default:
            return "UNDELIV";
    }
}

// YYMMDDhhmm
std::string short_time(clock::time_point when) {
    std::string made;
    for (const char c : space_time(when).substr(2, 14))
        if (c >= '0' && c <= '9') made += c;
    return made;
}

form report_fields(const report& one, clock::time_point now) {
    const bool early = one.what == delivery::enroute;
    form fields;
    fields.add("id", one.about->carrier_id);
    fields.add("message_status", std::string(status_word(one.what)));
    fields.add("level", early ? "1" : "2");
    fields.add("connector", "sim");
    if (early) return fields;
    fields.add("id_smsc", one.about->carrier_id.substr(24));
    fields.add("subdate", short_time(one.about->at));
    fields.add("donedate", short_time(now));
    fields.add("sub", "001");
    fields.add("dlvrd", one.what == delivery::delivered ? "001" : "000");
    fields.add("err", one.what == delivery::delivered ? "000" : "001");
    fields.add("text", one.about->text.substr(0, 20));
    return fields;
}

class jasmin final : public protocol {
public:
    std::string_view kind() const override { return "jasmin"; }
    bool can_batch() const override { return false; }

    // Its words are JSON here, and a user without a quota has "ND".
    std::optional<http::response> balance(
        const http::request& asked, std::string_view path, std::string_view key
    ) const override {
        if (path != "/balance") return std::nullopt;
        const auto fields = form::parse(query_of(asked.target));
        if (asked.method != "GET" || !fields || value_of(*fields, "username").empty() ||
            value_of(*fields, "password") != key)
            return http::response(403, "application/json", R"("Authentication failure")");
        return http::response(200, "application/json", R"({"balance": 1000.0, "sms_count": "ND"})");
    }

    std::variant<batch, refusal> read(
        const http::request& asked,
        std::string_view path,
        std::string_view key,
        const id_source& next_id
    ) const override {
        if (path != "/send") return refusal{"no_such_path", text_answer(404, "No Such Resource")};
        const bool by_form = asked.method == "POST";
        const auto fields = form::parse(by_form ? asked.body : query_of(asked.target));
        if (!fields || fields->all().empty())
            return malformed(
                "Mandatory arguments not found, please refer to the HTTPAPI specifications."
            );
        if (auto fault = argument_fault(*fields); !fault.empty()) return malformed(fault);
        const auto user = value_of(*fields, "username");
        if (user.empty() || value_of(*fields, "password") != key)
            return refusal{
                "unauthorized", error_answer(403, "Authentication failure for username:" + user)};
        submission entry;
        entry.user = user;
        entry.sender = value_of(*fields, "from");
        entry.text = *text_of(*fields);
        entry.coding = value_of(*fields, "coding");
        entry.dlr_url = value_of(*fields, "dlr-url");
        const auto level = value_of(*fields, "dlr-level");
        entry.dlr_mask = level.empty() ? 1 : static_cast<unsigned>(level[0] - '0');
        entry.dlr_by_get = value_of(*fields, "dlr-method") == "GET";
        entry.reference = last_segment(entry.dlr_url);
        const auto to = value_of(*fields, "to");
        const auto digits = digits_of(to);
        entry.number = digits.value_or(to);
        if (!digits) entry.fault = "to is no number";
        entry.carrier_id = next_id();
        batch read;
        read.entries.push_back(std::move(entry));
        return read;
    }

    http::response answer(std::span<const submission> entries) const override {
        const submission& first = entries.front();
        if (!first.fault.empty()) return error_answer(400, "Argument [to] has an invalid value.");
        if (first.does.answer == answer_kind::refuse_destination)
            return error_answer(
                400, "Value filter failed for user [sim] (destination_address filter mismatch)."
            );
        if (first.does.answer == answer_kind::refuse) return error_answer(412, "No route found");
        return text_answer(200, fmt::format("Success \"{}\"", first.carrier_id));
    }

    http::response plain_status(unsigned status) const override {
        return error_answer(status, "simulated");
    }

    bool wants(const submission& about, delivery what) const override {
        return about.dlr_mask == 3 || about.dlr_mask == (what == delivery::enroute ? 1U : 2U);
    }

    bool acknowledged(const http::response& said) const override {
        return said.status == 200 && said.body == "ACK/Jasmin";
    }

    http::request post(
        std::span<const report> reports, std::string_view target, clock::time_point now
    ) const override {
        const report& one = reports.front();
        const std::string fields = report_fields(one, now).encode();
        if (one.about->dlr_by_get) return http::request("GET", std::string(target) + "?" + fields);
        http::request made("POST", std::string(target));
        made.fields.add("Content-Type", "application/x-www-form-urlencoded");
        made.body = fields;
        return made;
    }
};

}  // namespace

const protocol& jasmin_protocol() {
    static const jasmin the_one;
    return the_one;
}

}  // namespace pinwire::sim
