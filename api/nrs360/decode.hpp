// What a 360NRS caller wrote, from bytes to an order, in two stages, because the dialect tells a
// caller some mistakes before its key is looked at and some only after: read_request() and
// read_verify() look at the form, fault_before_key() at what only the account decides of it,
// make_job() at the parameters themselves. The first mistake in the documents' order is the one
// that is told. Pure.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/config/settings.hpp"
#include "common/core/address_policy.hpp"
#include "common/core/job.hpp"
#include "common/core/secret.hpp"

namespace pinwire::api::nrs360 {

// The documents' identifiers, in the order of their tables.
enum class error_id {
    invalid_content_type,
    json_parse_error,
    missing_params,
    bad_params,
    unauthorized,
    invalid_hlr_lookup_param,
    invalid_pin_params,
    invalid_sms_text,
    invalid_sender,
    invalid_number,
    not_enough_balance,
    unknown_error,
    record_not_found,
    not_verified
};

// What is wrong with a call. `field` is a name of ours, never the caller's text.
struct fault {
    error_id id = error_id::unknown_error;
    std::string field;  // empty: none

    friend bool operator==(const fault&, const fault&) = default;
};
[[noreturn]] void throw_exception_from_error(const fault&, const boost::source_location&);

template <class Value>
using read = boost::system::result<Value, fault>;

// pin_params as written, each member in its own bounds.
struct asked_pin {
    std::optional<pin_type> type;
    std::optional<std::uint8_t> length;
    std::optional<std::chrono::seconds> expires_in;
    std::optional<std::uint32_t> max_tries;
    secret code;  // the caller's own, upper case; empty: Pinwire mints one
};

// A request whose JSON has the mandatory names. What is wrong with their values waits in `bad` and
// `own` for its turn.
struct asked_request {
    secret api_key;
    std::string msisdn;  // as written
    std::optional<std::string> sender;
    std::optional<std::string> sms_text;
    std::string report_url;  // empty: none
    std::string custom;
    bool hlr_lookup = true;
    asked_pin pin;
    bool sender_missing = false;
    std::optional<fault> bad;  // BAD_PARAMS: told before the key is looked at
    std::optional<fault> own;  // of hlr_lookup or pin_params: told after
};

struct asked_verify {
    secret api_key;
    std::string msisdn;  // as written
    secret pin;          // as written; an integer as its digits
    std::optional<fault> bad;
};

read<asked_request> read_request(std::string_view content_type, std::string_view body);
read<asked_verify> read_verify(std::string_view content_type, std::string_view body);

// `account`: whose key it is; null: nobody's. A missing sender is no mistake for an account that
// has a default one, so this needs the account although it comes before the key's own turn.
std::optional<fault> fault_before_key(
    const asked_request&, const config::account_settings* account
);

// A job without ids (the order desk gives them), and the caller's own code.
struct ready_request {
    pinwire::job job;
    secret own_code;
};

// `reports`: what may be dialled for this account's report_url.
read<ready_request> make_job(
    asked_request,
    const config::account_settings&,
    const address_policy& reports,
    std::chrono::system_clock::time_point now
);

}  // namespace pinwire::api::nrs360
