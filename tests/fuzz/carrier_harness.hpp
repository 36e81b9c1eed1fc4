// What must hold for whatever a carrier answers or posts, over every kind: the fuzz targets feed it
// random bytes, a unit test the golden files and what is nearly one. A broken rule aborts.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/limits.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::carriers::harness {

inline void must(bool holds) {
    if (!holds) std::abort();
}

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

inline bool is_visible(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
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

// The first byte chooses the carrier, the second the channel and how it comes, the third (of an
// answer) the status.
inline void feed_answer(std::string_view bytes) {
    if (bytes.size() < 3) return;
    static constexpr unsigned statuses[] = {
        200, 201, 202, 400, 401, 403, 404, 408, 409, 412, 429, 500, 503};
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
    read_one_report(*all[byte(0) % all.size()], request, on);
}

}  // namespace pinwire::carriers::harness
