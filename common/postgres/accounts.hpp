// Accounts, their API keys and their test numbers as the tables hold them (sql/010_accounts.sql):
// texts as an operator wrote them, secrets sealed. Services read all of it whenever the version
// number has moved; the CLI changes one at a time, and every change leaves an audit row in the same
// transaction. Blocking; run it on an executor's thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/msisdn.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/session.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

struct account_row {
    account_name name;
    bool suspended = false;
    std::vector<std::string> webhook_secrets;  // sealed, bound to secret_context()
    bool allow_http = false;
    std::vector<std::string> allow_cidrs;
    std::vector<std::uint16_t> ports;
    std::string time_zone = "UTC";
    std::string default_sender;
    std::vector<std::string> senders;
    std::string text_360nrs;
    std::string text_infobip;
    std::vector<std::string> callers;
    std::vector<std::string> allowed_prefixes;
    std::vector<std::string> blocked_prefixes;
    std::string per_number = "10/1h";  // as parse_rate_limit() reads it; empty: unbounded
    std::string per_account;
    milliseconds idempotency_window{0};
    bool prepaid = false;
    bool strict = false;
    std::optional<std::chrono::seconds> keep_jobs;  // none: postgres.keep_jobs

    friend bool operator==(const account_row&, const account_row&) = default;
};

struct account_key_row {
    account_name account;
    std::array<std::uint8_t, 32> digest{};  // SHA-256 of the key
    std::string label;
    time_point created_at;
    std::optional<time_point> expires_at;
    std::optional<time_point> revoked_at;
};

struct test_number_row {
    account_name account;
    msisdn number;
    std::string pin;                 // sealed, bound to test_pin_context()
    std::optional<std::int16_t> nc;  // nc_status
    std::int16_t outcome = 0;        // dlr_status
};

struct account_tables {
    std::int64_t version = 0;
    std::vector<account_row> accounts;
    std::vector<account_key_row> keys;          // live ones
    std::vector<test_number_row> test_numbers;  // with keys only
};

// What a sealed webhook secret and a test number's sealed PIN are bound to.
std::string secret_context(const account_name&);
std::string test_pin_context(const account_name&, const msisdn&);

// The columns that a change names, as the tables spell them: {"allow_http": true, …}.
std::string columns_of(const account_row&);

// Nothing when the version is still `known`. Keys and test numbers are the API's alone.
std::optional<account_tables> read_accounts(session&, std::int64_t known, bool with_keys);

// None: no account of that name in the tables. For whoever may not read accounts as a whole.
std::optional<bool> account_suspended(session&, const account_name&);

// Changes, each with who made it and under which name it stands in the audit. `columns` is JSON;
// what it doesn't name stays (a new account: has its default). False: there is one already, or,
// unless it is to be made, none.
struct account_change {
    std::string who;
    std::string what;  // "account set"
    account_name account;
    bool create = false;
    std::string columns = "{}";
};
bool save_account(session&, const account_change&);

enum class key_added { done = 0, no_account = 1, two_are_live = 2, known = 3 };
key_added add_account_key(session&, const std::string& who, const account_key_row&);
// `key`: the first 12 digits of its digest. False: no live key of that name.
bool revoke_account_key(
    session&, const std::string& who, const account_name&, const std::string& key
);
// False: no such account.
bool save_test_number(session&, const std::string& who, const test_number_row&);
bool remove_test_number(session&, const std::string& who, const account_name&, const msisdn&);
// What the credit is then, in micro-units; none: no such account. Below zero is a database_error
// (23514).
std::optional<std::int64_t> add_credit(
    session&, const std::string& who, const account_name&, std::int64_t micros
);

}  // namespace pinwire::postgres
