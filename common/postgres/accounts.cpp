#include "common/postgres/accounts.hpp"

#include <fmt/format.h>

#include <algorithm>

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

}  // namespace pinwire::postgres
