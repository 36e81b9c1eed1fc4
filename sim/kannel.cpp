// Kannel's sendsms: GET with a query, POST with X-Kannel headers (or a form), 202 as the answer, no
// id in it; reports by GET on the dlr-url with its escapes filled in.
#include <fmt/format.h>

#include "common/core/form.hpp"
#include "sim/kannel_escapes.hpp"
#include "sim/protocol.hpp"
#include "sim/utf16.hpp"

namespace pinwire::sim {

namespace {

using clock = std::chrono::system_clock;

http::response text_answer(unsigned status, std::string text) {
    return http::response(status, "text/plain", std::move(text));
}

refusal malformed(std::string text) {
    return {"malformed", text_answer(400, std::move(text))};
}

// One parameter, wherever it stands: the query, a form body, or an X-Kannel header.
struct parameters {
    form fields;
    const http::request* asked = nullptr;
    bool by_headers = false;

    std::string get(std::string_view name, std::string_view header) const {
        if (const std::string* found = fields.find(name)) return *found;
        if (by_headers) return std::string(asked->fields.get(header));
        return {};
    }
};

std::optional<unsigned> number_of(std::string_view text, unsigned max) {
    if (text.empty() || text.size() > 9) return std::nullopt;
    unsigned value = 0;
    for (const char digit : text) {
        if (digit < '0' || digit > '9') return std::nullopt;
        value = value * 10 + static_cast<unsigned>(digit - '0');
    }
    if (value > max) return std::nullopt;
    return value;
}

// What the handset shows, in UTF-8.
std::string shown_text(std::string_view bytes, std::string_view charset) {
    if (http::equal_no_case(charset, "UTF-16BE") || http::equal_no_case(charset, "UCS-2"))
        return from_utf16_be(bytes);
    if (http::equal_no_case(charset, "ISO-8859-1") || http::equal_no_case(charset, "latin1")) {
        std::string out;
        for (const char byte : bytes)
            append_utf8(out, static_cast<unsigned char>(byte));
        return out;
    }
    return std::string(bytes);
}

std::string charset_of(std::string_view content_type) {
    const auto at = content_type.find("charset=");
    if (at == content_type.npos) return {};
    std::string_view value = content_type.substr(at + 8);
    return std::string(value.substr(0, value.find_first_of("; ")));
}

// The figures; returns what is wrong with them.
std::string read_figures(const parameters& given, submission& entry) {
    entry.coding = given.get("coding", "X-Kannel-Coding");
    if (!entry.coding.empty() && !number_of(entry.coding, 2))
        return "Coding field misformed, rejected";
    const std::string validity = given.get("validity", "X-Kannel-Validity");
    const auto minutes = number_of(validity, 999'999);
    if (!validity.empty() && (!minutes || *minutes == 0))
        return "Validity field misformed, rejected";
    const std::string mask = given.get("dlr-mask", "X-Kannel-DLR-Mask");
    if (!mask.empty()) {
        const auto bits = number_of(mask, 31);
        if (!bits) return "DLR-Mask field misformed, rejected";
        entry.dlr_mask = *bits;
    }
    return {};
}

std::string first_of(std::string preferred, std::string other) {
    return preferred.empty() ? other : preferred;
}

std::string read_entry(const parameters& given, const http::request& asked, submission& entry) {
    entry.sender = given.get("from", "X-Kannel-From");
    entry.dlr_url = given.get("dlr-url", "X-Kannel-DLR-URL");
    entry.smsc = given.get("smsc", "X-Kannel-SMSC");
    entry.account = given.get("account", "X-Kannel-Account");
    entry.charset = given.get("charset", "X-Kannel-Charset");
    if (entry.sender.empty()) return "Sender missing and no global set, rejected";
    std::string fault = read_figures(given, entry);
    if (!fault.empty()) return fault;
    std::string text = given.get("text", "X-Kannel-Text");
    if (given.by_headers) {
        text = asked.body;
        entry.charset =
            first_of(charset_of(asked.fields.get("Content-Type")), std::move(entry.charset));
    }
    entry.text = shown_text(text, entry.charset);
    entry.reference = last_segment(entry.dlr_url);
    return {};
}

// The bit of dlr-mask that asks for this report, which is also the value it carries.
unsigned value_of(delivery what) {
    switch (what) {
        case delivery::delivered:
            return 1;
        case delivery::enroute:
            return 8;
        case delivery::rejected:
            return 16;
        default:
            return 2;
    }
}

std::string_view stat_word(delivery what) {
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

// YYMMDDhhmm
std::string short_time(clock::time_point when) {
    const std::string full = space_time(when);
    return full.substr(2, 2) + full.substr(5, 2) + full.substr(8, 2) + full.substr(11, 2) +
           full.substr(14, 2);
}

std::string receipt_of(const report& one, clock::time_point now) {
    return fmt::format(
        "id:{} sub:001 dlvrd:{} submit date:{} done date:{} stat:{} err:000 text:{}",
        one.about->carrier_id,
        one.what == delivery::delivered ? "001" : "000",
        short_time(one.about->at),
        short_time(now),
        stat_word(one.what),
        one.about->text.substr(0, 20)
    );
}

class kannel final : public protocol {
public:
    std::string_view kind() const override { return "kannel"; }
    bool can_batch() const override { return false; }

    std::variant<batch, refusal> read(
        const http::request& asked,
        std::string_view path,
        std::string_view key,
        const id_source& next_id
    ) const override {
        if (path != "/cgi-bin/sendsms")
            return refusal{"no_such_path", text_answer(404, "Unknown request.")};
        parameters given;
        given.asked = &asked;
        std::string_view encoded = query_of(asked.target);
        if (asked.method == "POST") {
            const bool by_form =
                asked.fields.get("Content-Type").starts_with("application/x-www-form-urlencoded");
            given.by_headers = !by_form;
            if (by_form) encoded = asked.body;
        } else if (asked.method != "GET") {
            return malformed("GET or POST it");
        }
        auto fields = form::parse(encoded);
        if (!fields) return malformed("the query can't be read");
        given.fields = std::move(*fields);
        const std::string user =
            first_of(given.get("username", "X-Kannel-Username"), given.get("user", ""));
        const std::string password =
            first_of(given.get("password", "X-Kannel-Password"), given.get("pass", ""));
        if (user.empty() || password != key)
            return refusal{"unauthorized", text_answer(403, "Authorization failed for sendsms")};
        return read_receivers(given, asked, user, next_id);
    }

    http::response answer(std::span<const submission> entries) const override {
        const submission& first = entries.front();
        if (!first.fault.empty() || first.does.answer == answer_kind::refuse_destination)
            return text_answer(400, "Number(s) has/have been denied by white- and/or black-lists.");
        if (first.does.answer == answer_kind::refuse)
            return text_answer(403, "Authorization failed for sendsms");
        return text_answer(202, "0: Accepted for delivery");
    }

    http::response plain_status(unsigned status) const override {
        if (status == 503) return text_answer(503, "Temporal failure, try again later.");
        return text_answer(status, "simulated");
    }

    bool wants(const submission& about, delivery what) const override {
        return (about.dlr_mask & value_of(what)) != 0;
    }

    http::request post(std::span<const report>, std::string_view target, clock::time_point)
        const override {
        return http::request("GET", std::string(target));
    }

    std::string url_of(const report& one, clock::time_point now) const override {
        kannel_values values;
        values.value = value_of(one.what);
        values.receipt = receipt_of(one, now);
        values.foreign_id = one.about->carrier_id;
        values.internal_id = one.about->carrier_id;
        values.smsc = first_of(one.about->smsc, "sim");
        values.user = one.about->user;
        values.sender = one.about->sender;
        values.receiver = one.about->number;
        values.account = one.about->account;
        values.coding = one.about->coding;
        values.charset = one.about->charset;
        values.url = one.about->dlr_url;
        values.at = now;
        return fill_kannel_escapes(one.about->dlr_url, values);
    }

private:
    static std::variant<batch, refusal> read_receivers(
        const parameters& given,
        const http::request& asked,
        const std::string& user,
        const id_source& next_id
    ) {
        submission common;
        common.user = user;
        if (std::string fault = read_entry(given, asked, common); !fault.empty())
            return malformed(std::move(fault));
        std::string to = given.get("to", "X-Kannel-To");
        if (to.empty()) return malformed("Missing receiver number, rejected");
        batch read;
        std::string_view rest = to;
        while (!rest.empty()) {
            const auto space = rest.find(' ');
            const std::string_view one = rest.substr(0, space);
            rest = space == rest.npos ? std::string_view{} : rest.substr(space + 1);
            if (one.empty()) continue;
            submission entry = common;
            const auto digits = digits_of(one);
            entry.number = digits.value_or(std::string(one));
            if (!digits) entry.fault = "to is no number";
            entry.carrier_id = next_id();
            read.entries.push_back(std::move(entry));
        }
        if (read.entries.empty()) return malformed("Missing receiver number, rejected");
        return read;
    }
};

}  // namespace

const protocol& kannel_protocol() {
    static const kannel the_one;
    return the_one;
}

}  // namespace pinwire::sim
