#include "common/postgres/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/core/hex.hpp"
#include "common/postgres/array_literal.hpp"
#include "common/postgres/errors.hpp"
#include "common/postgres/parts.hpp"

namespace pinwire::postgres {
namespace {

constexpr auto account_columns =
    "select name, suspended, webhook_secrets, allow_http, allow_cidrs, ports::text[], time_zone,"
    " default_sender, senders, text_360nrs, text_infobip, callers, allowed_prefixes,"
    " blocked_prefixes, per_number, per_account,"
    " (extract(epoch from idempotency_window) * 1000)::bigint, prepaid, strict,"
    " extract(epoch from keep_jobs)::bigint from read_accounts()";

std::uint16_t port_of(const std::string& text) {
    return static_cast<std::uint16_t>(std::stoul(text));
}

std::array<std::uint8_t, 32> digest_of(const row& from, int column) {
    const auto bytes = from.bytes(column);
    std::array<std::uint8_t, 32> out{};
    if (bytes.size() != out.size()) throw unexpected_answer("a key's digest of another size");
    std::copy(bytes.begin(), bytes.end(), out.begin());
    return out;
}

account_row read_account(const row& from) {
    account_row out;
    out.name = account_name(from.view(0));
    out.suspended = from.boolean(1);
    out.webhook_secrets = from.texts(2);
    out.allow_http = from.boolean(3);
    out.allow_cidrs = from.texts(4);
    for (const auto& port : from.texts(5))
        out.ports.push_back(port_of(port));
    out.time_zone = from.text(6);
    out.default_sender = from.text(7);
    out.senders = from.texts(8);
    out.text_360nrs = from.text(9);
    out.text_infobip = from.text(10);
    out.callers = from.texts(11);
    out.allowed_prefixes = from.texts(12);
    out.blocked_prefixes = from.texts(13);
    out.per_number = from.text(14);
    out.per_account = from.text(15);
    out.idempotency_window = milliseconds(from.int64(16));
    out.prepaid = from.boolean(17);
    out.strict = from.boolean(18);
    if (!from.is_null(19)) out.keep_jobs = std::chrono::seconds(from.int64(19));
    return out;
}

account_key_row read_key(const row& from) {
    account_key_row out;
    out.account = account_name(from.view(0));
    out.digest = digest_of(from, 1);
    out.label = from.text(2);
    out.created_at = from.time(3);
    out.expires_at = from.maybe_time(4);
    out.revoked_at = from.maybe_time(5);
    return out;
}

std::optional<test_number_row> read_test_number(const row& from) {
    const auto number = msisdn::parse(from.view(1));
    if (!number) return std::nullopt;
    test_number_row out;
    out.account = account_name(from.view(0));
    out.number = *number;
    out.pin = from.text(2);
    out.nc = from.maybe_int16(3);
    out.outcome = from.int16(4);
    return out;
}

}  // namespace

std::string secret_context(const account_name& account) {
    return fmt::format("webhook {}:{}", account.str().size(), account.str());
}

std::string test_pin_context(const account_name& account, const msisdn& number) {
    return fmt::format(
        "test number {}:{} {}", account.str().size(), account.str(), number.digits()
    );
}

std::optional<account_tables> read_accounts(session& with, std::int64_t known, bool with_keys) {
    account_tables out;
    // read first: rows that are newer than their version are only read once more
    out.version = with.query("select accounts_version()").one().int64(0);
    if (out.version == known) return std::nullopt;
    const auto accounts = with.query(account_columns);
    for (std::size_t i = 0; i < accounts.size(); ++i)
        out.accounts.push_back(read_account(accounts[i]));
    if (!with_keys) return out;
    const auto keys = with.query(
        "select account, digest, label, created_at, expires_at, revoked_at from read_account_keys()"
    );
    for (std::size_t i = 0; i < keys.size(); ++i)
        out.keys.push_back(read_key(keys[i]));
    const auto numbers = with.query(
        "select account, msisdn, sealed_pin, nc_status, dlr_status from read_test_numbers()"
    );
    for (std::size_t i = 0; i < numbers.size(); ++i)
        if (auto one = read_test_number(numbers[i])) out.test_numbers.push_back(std::move(*one));
    return out;
}

std::string columns_of(const account_row& of) {
    nlohmann::ordered_json made;
    made["suspended"] = of.suspended;
    made["webhook_secrets"] = of.webhook_secrets;
    made["allow_http"] = of.allow_http;
    made["allow_cidrs"] = of.allow_cidrs;
    made["ports"] = of.ports;
    made["time_zone"] = of.time_zone;
    made["default_sender"] = of.default_sender;
    made["senders"] = of.senders;
    made["text_360nrs"] = of.text_360nrs;
    made["text_infobip"] = of.text_infobip;
    made["callers"] = of.callers;
    made["allowed_prefixes"] = of.allowed_prefixes;
    made["blocked_prefixes"] = of.blocked_prefixes;
    made["per_number"] = of.per_number;
    made["per_account"] = of.per_account;
    made["idempotency_window"] = interval_text(of.idempotency_window);
    made["prepaid"] = of.prepaid;
    made["strict"] = of.strict;
    made["keep_jobs"] = nullptr;
    if (of.keep_jobs) made["keep_jobs"] = interval_text(*of.keep_jobs);
    return made.dump();
}

std::optional<bool> account_suspended(session& with, const account_name& name) {
    const auto answer = with.query("select account_suspended($1)", {name.str()});
    const auto from = answer.one();
    if (from.is_null(0)) return std::nullopt;
    return from.boolean(0);
}

bool save_account(session& with, const account_change& change) {
    const auto answer = with.query(
        "select save_account($1, $2, $3::boolean, jsonb_build_object('name', $4::text) ||"
        " $5::jsonb)",
        {change.who,
         change.what,
         change.create ? "true" : "false",
         change.account.str(),
         change.columns}
    );
    return answer.one().boolean(0);
}

key_added add_account_key(session& with, const std::string& who, const account_key_row& key) {
    std::optional<std::string> expires_at;
    if (key.expires_at) expires_at = timestamptz_text(*key.expires_at);
    const auto answer = with.query(
        "select add_account_key($1, $2, decode($3, 'hex'), $4, $5::timestamptz)",
        {who, key.account.str(), hex_encode(key.digest), key.label, expires_at}
    );
    return static_cast<key_added>(answer.one().int32(0));
}

bool revoke_account_key(
    session& with, const std::string& who, const account_name& account, const std::string& key
) {
    const auto answer =
        with.query("select revoke_account_key($1, $2, $3)", {who, account.str(), key});
    return answer.one().int32(0) > 0;
}

bool save_test_number(session& with, const std::string& who, const test_number_row& of) {
    nlohmann::ordered_json made;
    made["account"] = of.account.str();
    made["msisdn"] = of.number.digits();
    made["sealed_pin"] = of.pin;
    made["nc_status"] = nullptr;
    if (of.nc) made["nc_status"] = *of.nc;
    made["dlr_status"] = of.outcome;
    const auto answer = with.query("select save_test_number($1, $2::jsonb)", {who, made.dump()});
    return answer.one().boolean(0);
}

bool remove_test_number(
    session& with, const std::string& who, const account_name& account, const msisdn& number
) {
    const auto answer =
        with.query("select remove_test_number($1, $2, $3)", {who, account.str(), number.digits()});
    return answer.one().boolean(0);
}

std::optional<std::int64_t> add_credit(
    session& with, const std::string& who, const account_name& account, std::int64_t micros
) {
    const auto answer = with.query(
        "select add_credit($1, $2, $3::bigint)", {who, account.str(), std::to_string(micros)}
    );
    const auto from = answer.one();
    if (from.is_null(0)) return std::nullopt;
    return from.int64(0);
}

}  // namespace pinwire::postgres
