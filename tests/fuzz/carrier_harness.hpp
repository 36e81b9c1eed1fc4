// What must hold for whatever a carrier answers or posts, over every kind. A broken rule aborts.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/carriers/intake.hpp"
#include "common/core/limits.hpp"
#include "tests/fuzz/input.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers::harness {

using fuzz::is_visible;
using fuzz::must;

// One of each kind, and a described one whose answers are text and whose reports are forms.
inline const std::vector<std::unique_ptr<carrier>>& all_carriers() {
    static const auto made = [] {
        std::vector<std::unique_ptr<carrier>> all;
        for (const auto& kind : known_kinds())
            all.push_back(samples::carrier_of(kind));
        auto textual = samples::settings_of("http");
        textual.http.answer = {};
        textual.http.answer.kind = http_answer::body_kind::text;
        textual.http.answer.success_prefix = "OK";
        textual.http.answer.id_after = "id:";
        textual.http.answer.errors = {{"ERR 1", verdict::not_sent_next}};
        textual.http.dlr.kind = http_dlr::body_kind::form;
        textual.http.dlr.status = "status";
        all.push_back(make_carrier(std::move(textual)));
        return all;
    }();
    return made;
}

// Those that can be asked, with everything that asking needs; each also vouching for its list.
inline const std::vector<std::unique_ptr<carrier>>& asked_carriers() {
    static const auto made = [] {
        std::vector<std::unique_ptr<carrier>> all;
        for (const auto* kind : {"360nrs", "twilio", "vonage", "vonage-calls"}) {
            auto settings = samples::settings_of(std::string(kind).substr(0, 6));
            settings.inquiry_url = "https://reports.example.com";
            if (std::string_view(kind) == "vonage-calls") settings.application = "app";
            all.push_back(make_carrier(settings));
            settings.absent_after = std::chrono::seconds(60);
            all.push_back(make_carrier(std::move(settings)));
        }
        return all;
    }();
    return made;
}

// Those besides that only give out what didn't come; a described one by name, and by its place.
inline const std::vector<std::unique_ptr<carrier>>& pulled_carriers() {
    static const auto made = [] {
        std::vector<std::unique_ptr<carrier>> all;
        all.push_back(samples::carrier_of("infobip"));
        auto described = samples::settings_of("http");
        described.http.pull = samples::pull_sample();
        all.push_back(make_carrier(described));
        described.http.pull = {};
        described.http.pull.request.target = "/v1/messages/{id}";
        described.http.pull.status = "/status";
        all.push_back(make_carrier(std::move(described)));
        return all;
    }();
    return made;
}

inline void read_one_answer(const carrier& from, unsigned status, std::string body, channel on) {
    http_response given;
    given.status = status;
    given.body = std::move(body);
    const auto said = from.read_answer(given, on);
    must(said.error.size() <= 128 && is_visible(said.error));
    must(said.carrier_message_id.size() <= 128 && is_visible(said.carrier_message_id));
    const bool took = said.verdict == verdict::sent;
    must(took ? said.error.empty() : !said.error.empty());
    must(took || (!said.duplicate && said.carrier_message_id.empty()));
    // A 5xx is "surely not sent" only where this carrier's table says so of that status.
    const auto says_so = [&](const error_class& row) {
        const bool described = from.config().kind == "http";
        return row.verdict == said.verdict && (described || row.status == status);
    };
    const auto rows = from.error_table(on);
    if (status >= 500 && said.verdict != verdict::in_doubt)
        must(std::any_of(rows.begin(), rows.end(), says_so));
    must(said.retry_after.count() >= 0 && said.retry_after.count() <= 86'400);
}

inline void read_one_report(const carrier& from, const dlr_request& given, channel on) {
    const auto read = from.read_dlrs(given, on);
    for (auto entry : read.entries) {
        entry.carrier = carrier_name("fuzzed");  // the listener fills it in
        must(entry.raw.size() <= limits::raw_dlr_bytes_max);
        must(decode_dlr(encode_dlr(entry)).has_value());
    }
    must(
        !read.entries.empty() || !read.unreadable.empty() ||
        given.body.find('[') != std::string::npos
    );
}

inline void read_one_inquiry(const carrier& from, http_response given, const inquiry& about) {
    using kind = inquiry_answer::kind;
    const auto status = given.status;
    const auto said = from.read_inquiry(given, about);
    must(said.word.size() <= 128 && is_visible(said.word));
    must(fuzz::longest_run_of_digits(said.word) <= 7);
    must(said.carrier_message_id.size() <= 128 && is_visible(said.carrier_message_id));
    must(said.what == kind::found || (said.carrier_message_id.empty() && !said.report));
    must(said.what == kind::found || !said.word.empty());
    if (status != 200) must(said.what == kind::unknown);
    if (from.config().absent_after.count() == 0) must(said.what != kind::absent);
}

// What is fetched goes the way of a posted report.
inline void read_one_pull(const carrier& from, const http_response& given, channel on) {
    pull asked;
    asked.channel = on;
    asked.about.push_back({*attempt_id::parse(samples::attempt_hex), "id-1", {}});
    const auto read = from.read_pull(given, asked);
    must(read.readable ? read.word.empty() : read.entries.empty());
    must(read.word.size() <= 128 && is_visible(read.word));
    if (given.status != 200) must(read.entries.empty());
    for (auto entry : read.entries) {
        entry.carrier = carrier_name("fuzzed");
        take_in(entry, from.config(), on);
        mark_as_pulled(entry);
        must(entry.status.has_value());
        must(entry.raw.size() <= limits::raw_dlr_bytes_max);
        must(decode_dlr(encode_dlr(entry)).has_value());
    }
}

inline void read_one_balance(const carrier& from, const http_response& given) {
    const auto left = from.read_balance(given);
    if (!left) return;
    must(given.status == 200 && from.to_balance_request().has_value());
    must(std::isfinite(left->amount));
    must(left->currency.size() <= 64 && is_visible(left->currency));
}

inline constexpr unsigned statuses[] = {
    200, 201, 202, 400, 401, 403, 404, 408, 409, 412, 429, 500, 503};

// The first byte chooses the carrier, the second the channel and how it comes, the third (of an
// answer) the status. tests/fuzz/seeds.cpp writes the same.
inline void feed_answer(std::string_view bytes) {
    if (bytes.size() < 3) return;
    const auto& all = all_carriers();
    const auto byte = [&bytes](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    const auto on = (byte(1) & 4) != 0 ? channel::voice : channel::sms;
    const unsigned status = statuses[byte(2) % std::size(statuses)];
    read_one_answer(*all[byte(0) % all.size()], status, std::string(bytes.substr(3)), on);
}

inline void feed_report(std::string_view bytes) {
    if (bytes.size() < 2) return;
    const auto& all = all_carriers();
    const auto byte = [&bytes](std::size_t at) { return static_cast<std::uint8_t>(bytes[at]); };
    const std::string rest(bytes.substr(2));
    dlr_request request;
    const bool get = (byte(1) & 1) != 0;
    request.method = get ? "GET" : "POST";
    request.target = get ? "/dlr/x/y?" + rest : "/dlr/x/y";
    request.content_type =
        (byte(1) & 2) != 0 ? "application/json" : "application/x-www-form-urlencoded";
    if (!get) request.body = rest;
    const auto on = (byte(1) & 4) != 0 ? channel::voice : channel::sms;
    const auto& carrier = *all[byte(0) % all.size()];
    read_one_report(carrier, request, on);
    const auto said = carrier.say(secret("4, 8, 3, 9"), request);
    must(said.status == 200 || said.status == 404);
}

// Carrier, channel and whether the text is still known, status.
inline void feed_inquiry(std::string_view bytes) {
    fuzz::input from(bytes);
    const auto& all = asked_carriers();
    const auto& carrier = *all[from.byte() % all.size()];
    const auto choice = from.byte();
    auto about = samples::inquiry_of((choice & 1) != 0 ? channel::voice : channel::sms);
    if ((choice & 2) != 0) about.text = secret();
    http_response given;
    given.status = statuses[from.byte() % std::size(statuses)];
    given.body = std::string(from.rest());
    read_one_pull(carrier, given, about.channel);
    for (const auto& one : pulled_carriers())
        read_one_pull(*one, given, about.channel);
    read_one_inquiry(carrier, std::move(given), about);
}

// The body alone: few say anything about money, so all are asked.
inline void feed_balance(std::string_view bytes) {
    for (const unsigned status : {200U, 401U, 503U})
        for (const auto& carrier : all_carriers())
            read_one_balance(*carrier, {status, {}, std::string(bytes)});
}

}  // namespace pinwire::carriers::harness
