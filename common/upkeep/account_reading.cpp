#include "common/upkeep/account_reading.hpp"

#include <map>

#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {
namespace {

using telemetry::log_error;

std::vector<cidr> cidrs_of(const std::vector<std::string>& from, const account_name& account) {
    std::vector<cidr> made;
    for (const auto& text : from) {
        if (const auto block = cidr::parse(text)) {
            made.push_back(*block);
        } else {
            log_error("account_value", {{"account", account.str()}, {"is_no_address", text}});
        }
    }
    return made;
}

// None: it can't be read, and the account had better not send at all.
std::optional<rate_limit> limit_of(const std::string& text, const account_name& account) {
    if (text.empty()) return rate_limit();
    const auto limit = parse_rate_limit(text);
    if (!limit) log_error("account_value", {{"account", account.str()}, {"is_no_limit", text}});
    return limit;
}

std::optional<secret> opened(
    const std::string& sealed,
    const std::string& context,
    const std::optional<key_ring>& ring,
    const account_name& account,
    const char* what
) {
    if (!ring) return std::nullopt;
    auto clear = ring->unseal(sealed, context);
    if (clear) return std::move(*clear);
    log_error(
        "account_secret",
        {{"account", account.str()},
         {"secret", what},
         {"error", std::string(to_string(clear.error()))}}
    );
    return std::nullopt;
}

config::account_settings settings_of(
    const postgres::account_row& from, const std::optional<key_ring>& ring
) {
    config::account_settings made;
    made.name = from.name;
    for (const auto& sealed : from.webhook_secrets) {
        auto clear =
            opened(sealed, postgres::secret_context(from.name), ring, from.name, "webhook");
        if (!clear) {
            made.secret_unreadable = true;  // without its signature nobody would believe a report
            continue;
        }
        made.webhook_secrets.push_back(std::move(*clear));
    }
    made.allow_http = from.allow_http;
    made.allow_cidrs = cidrs_of(from.allow_cidrs, from.name);
    made.ports = from.ports;
    made.time_zone = from.time_zone;
    made.default_sender = sender_name(from.default_sender);
    for (const auto& sender : from.senders)
        made.senders.emplace_back(sender);
    made.text_360nrs = from.text_360nrs;
    made.text_infobip = from.text_infobip;
    made.callers = cidrs_of(from.callers, from.name);
    // a list that lets nobody in must not become one that lets everybody in
    if (made.callers.empty() && !from.callers.empty()) made.suspended = true;
    made.allowed_prefixes = from.allowed_prefixes;
    made.blocked_prefixes = from.blocked_prefixes;
    const auto per_number = limit_of(from.per_number, from.name);
    const auto per_account = limit_of(from.per_account, from.name);
    if (!per_number || !per_account) made.suspended = true;
    made.per_number = per_number.value_or(made.per_number);
    made.per_account = per_account.value_or(made.per_account);
    made.idempotency_window = from.idempotency_window;
    made.prepaid = from.prepaid;
    made.strict = from.strict;
    made.suspended = made.suspended || from.suspended;
    return made;
}

config::api_key key_of(const postgres::account_key_row& from) {
    config::api_key made;
    made.digest = from.digest;
    made.label = from.label;
    made.expires_at = from.expires_at;
    return made;
}

}  // namespace

std::vector<config::account_settings> accounts_of(
    const postgres::account_tables& from, const std::optional<key_ring>& ring
) {
    std::map<account_name, config::account_settings> all;
    for (const auto& row : from.accounts)
        all.emplace(row.name, settings_of(row, ring));
    for (const auto& row : from.keys) {
        const auto whose = all.find(row.account);
        if (whose != all.end() && !row.revoked_at) whose->second.keys.push_back(key_of(row));
    }
    for (const auto& row : from.test_numbers) {
        const auto whose = all.find(row.account);
        if (whose == all.end()) continue;
        const auto context = postgres::test_pin_context(row.account, row.number);
        auto pin = opened(row.pin, context, ring, row.account, "test_number");
        config::test_number made;
        made.number = row.number;
        // left out, it would count as anybody's number, and be sent to
        if (pin) made.pin = std::move(*pin);
        if (row.nc) made.nc = static_cast<nc_status>(*row.nc);
        made.outcome = static_cast<dlr_status>(row.outcome);
        whose->second.test_numbers.emplace(row.number, std::move(made));
    }
    std::vector<config::account_settings> made;
    for (auto& [name, account] : all)
        made.push_back(std::move(account));
    return made;
}

}  // namespace pinwire::upkeep
