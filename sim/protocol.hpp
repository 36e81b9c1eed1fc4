// A carrier's protocol seen from the carrier's side: request in, answer out, reports out. An
// independent reading of the published shapes: it shares no code with common/carriers, so that a
// slip there shows. Pure: ids and times come in as arguments. One file each: infobip.cpp,
// nrs360.cpp, kannel.cpp, jasmin.cpp, twilio.cpp, vonage.cpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/http/message.hpp"
#include "sim/submission.hpp"

namespace pinwire::sim {

// Makes the next id that the carrier gives: 32 lower-case hex digits, never the same twice.
using id_source = std::function<std::string()>;

struct batch {
    std::vector<submission> entries;  // at least one; number, sender, text … filled in
};

// A whole request that is refused, with what the counters call it.
struct refusal {
    std::string outcome;  // unauthorized, malformed, no_such_path
    http::response answer;
};

// One report about one submission.
struct report {
    submission_ptr about;
    delivery what = delivery::delivered;
};

// A question what became of what was sent: by one of number, references, carrier's ids or time.
struct listing {
    std::string number;
    std::vector<std::string> references;
    std::vector<std::string> carrier_ids;
    bool resource = false;  // the one that has the id, not a list
    request_kind what = request_kind::sms;
    std::uint64_t from_us = 0;
    std::uint64_t until_us = UINT64_MAX;
};

// One of the messages and calls that were taken.
struct listed {
    std::string number;
    std::string sender;
    std::string reference;
    std::string carrier_id;
    std::string text;
    std::chrono::system_clock::time_point at;
    std::optional<delivery> ended;  // how; none: that isn't told to who asks
};

class protocol {
public:
    virtual ~protocol() = default;

    virtual std::string_view kind() const = 0;
    // The path stands below the protocol's own segment: "/sms/3/messages".
    virtual std::variant<batch, refusal>
    read(const http::request&, std::string_view path, std::string_view key, const id_source&)
        const = 0;
    // Whether the request asks for a list instead of sending something.
    virtual std::variant<std::monostate, listing, refusal>
    asks(const http::request&, std::string_view /*path*/, std::string_view /*key*/) const {
        return {};
    }
    virtual http::response show(const listing&, std::span<const listed>) const {
        return http::response(404);
    }
    // What it says of the operator's credit; none: that isn't what was asked.
    virtual std::optional<http::response>
    balance(const http::request&, std::string_view /*path*/, std::string_view /*key*/) const {
        return std::nullopt;
    }
    // Does a repeated reference count once? (Infobip's messageId.)
    virtual bool knows_references() const { return false; }
    // The answer to entries whose behaviours are ordinary or refusals.
    virtual http::response answer(std::span<const submission> entries) const = 0;
    // The body that goes with a bare status.
    virtual http::response plain_status(unsigned status) const = 0;

    // Would this report be posted at all, as the request asked for it?
    virtual bool wants(const submission&, delivery) const { return true; }
    virtual bool can_batch() const { return true; }
    // Method, target's origin and path come from the first report's own URL. All reports of one
    // call may go to that URL.
    virtual http::request post(
        std::span<const report> reports,
        std::string_view target,
        std::chrono::system_clock::time_point now
    ) const = 0;
    // The question what to say to who answered, of a call that was placed with a URL for it.
    virtual http::request ask_words(const report&, std::string_view /*target*/) const { return {}; }
    // Is this the answer that ends the tries?
    virtual bool acknowledged(const http::response& said) const {
        return said.status >= 200 && said.status < 300;
    }
    // The URL to post to; Kannel fills its escapes in.
    virtual std::string url_of(const report& one, std::chrono::system_clock::time_point) const {
        return one.about->dlr_url;
    }
};

const protocol& infobip_protocol();
const protocol& nrs360_protocol();
const protocol& kannel_protocol();
const protocol& jasmin_protocol();
const protocol& twilio_protocol();
const protocol& vonage_protocol();
// By the path segment; null: none of that name.
const protocol* find_protocol(std::string_view kind);

// "+34 600" and "0034…" become digits; none if something else stands in it.
std::optional<std::string> digits_of(std::string_view number);
// The right-hand side of "Authorization: Basic user:right"; empty if there is none.
std::string basic_password(const http::request&);
// "2025-01-02 03:04:05", UTC.
std::string space_time(std::chrono::system_clock::time_point);
// The last segment of the URL's path, without its query.
std::string last_segment(std::string_view url);

}  // namespace pinwire::sim
