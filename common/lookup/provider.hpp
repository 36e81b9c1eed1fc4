// A number-lookup provider: a pure translator, one file each, made from the configuration by
// make_provider (registry.hpp). Every provider's answer becomes one normalised record. No IMSI is
// kept. No socket, no clock; immutable and safe to share.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/core/http_message.hpp"
#include "common/core/lookup_outcome.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/secret.hpp"
#include "common/core/strong.hpp"

namespace pinwire::lookup {

using wall_time = std::chrono::system_clock::time_point;

// [providers.NAME.http]: kind "http", whose request and answer the operator describes. In target
// and body {number} stands for the digits, {+number} for + and the digits, {key} and {secret} for
// the secrets, each escaped as its place demands (text_template.hpp). What ends in _at is a JSON
// pointer.
struct description {
    std::string method;  // empty: GET without a body, POST with one
    std::string target;  // below base_url
    http_headers headers;
    std::string key_header;  // the header that brings the key; empty: none does
    std::string key_prefix;  // stands before the key there: "Bearer "
    std::string body;
    std::string content_type;                // empty: application/json, if there is a body
    std::vector<unsigned> success_statuses;  // empty: 200 alone
    std::vector<std::string> verdict_at;     // the first whose value stands in `values` decides
    std::map<std::string, lookup_outcome> values;
    std::string number_at;  // the number that the answer is about; empty: it doesn't say
    std::string mccmnc_at;
    std::string ported_at;
    std::string roaming_at;
    std::string error_at;
    std::string cost_at;

    bool mentions(std::string_view placeholder) const;  // in target or body
    bool wants_key() const { return !key_header.empty() || mentions("{key}"); }
    bool wants_secret() const { return mentions("{secret}"); }
};

std::span<const std::string_view> placeholders();

struct settings {
    provider_name name;
    std::string kind;                    // as registry.hpp knows them
    std::string base_url;                // without a trailing slash
    secret api_key;                      // twilio: the account's or API key's SID
    secret api_secret;                   // hlr_lookups: signs; twilio: the token
    std::vector<std::string> countries;  // calling-code prefixes it covers, e.g. "34"; empty: all
    std::string route;                   // hlr_lookups; empty: the account's own choice
    std::string storage;                 // hlr_lookups; likewise
    description http;
};

class provider {
public:
    virtual ~provider() = default;
    const settings& config() const noexcept { return settings_; }
    // `now`: some sign it.
    virtual http_request to_request(const msisdn&, wall_time now) const = 0;
    // Never throws: an answer that can't be read is an unknown outcome.
    virtual lookup_result read_answer(const http_response&, const msisdn& asked) const = 0;
    bool covers(const msisdn&) const;

protected:
    explicit provider(settings given) : settings_(std::move(given)) {}

private:
    settings settings_;
};

}  // namespace pinwire::lookup
