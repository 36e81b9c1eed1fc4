#include "cli/account_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "cli/command.hpp"
#include "common/config/loader.hpp"
#include "common/config/rules.hpp"
#include "common/core/ip_address.hpp"
#include "common/core/rate_limit.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::array<account_field, 18> fields = {
    {{"--allow-http", "allow_http", "Reports over plain http: true or false"},
     {"--allow-cidrs", "allow_cidrs", "Inner addresses that report_url may resolve to"},
     {"--ports", "ports", "Ports that report_url may name"},
     {"--time-zone", "time_zone", "Of times in reports: UTC, +02:00"},
     {"--default-sender", "default_sender", "When a message names none"},
     {"--senders", "senders", "Those it may name; none: any"},
     {"--text-360nrs", "text_360nrs", "Instead of the dialect's, with {PIN}"},
     {"--text-infobip", "text_infobip", "Instead of the dialect's, with {{pin}}"},
     {"--callers", "callers", "Addresses that may call the API; none: any"},
     {"--allowed-prefixes", "allowed_prefixes", "Destinations; none: any"},
     {"--blocked-prefixes", "blocked_prefixes", "Destinations that are never sent to"},
     {"--per-number", "per_number", "Sends to one number: 10/1h"},
     {"--per-account", "per_account", "Sends in all: 1000/1d"},
     {"--idempotency-window", "idempotency_window", "The same request counts once: 30s"},
     {"--prepaid", "prepaid", "Sends only while its credit covers it: true or false"},
     {"--strict", "strict", "NIST 800-63B: true or false"},
     {"--keep-jobs", "keep_jobs", "Shorter than postgres.keep_jobs: 10d"},
     {"--report-events", "report_events", "Which reports: final, or all that changes before"}}};

[[noreturn]] void refuse(
    const std::string& column, const std::string& text, const std::string& allowed
) {
    std::string flag = "--" + column;
    std::replace(flag.begin(), flag.end(), '_', '-');
    throw failure(exit_code::wrong, fmt::format("{} \"{}\": allowed: {}", flag, text, allowed));
}

std::vector<std::string> items_of(const std::string& text) {
    std::vector<std::string> items;
    if (text.empty()) return items;
    std::size_t at = 0;
    for (;;) {
        const auto comma = std::min(text.find(',', at), text.size());
        items.push_back(text.substr(at, comma - at));
        if (comma == text.size()) return items;
        at = comma + 1;
    }
}

ordered_json list_of(
    const std::string& column,
    const std::string& text,
    const std::string& allowed,
    const std::function<bool(const std::string&)>& fits
) {
    auto made = ordered_json::array();
    for (const auto& item : items_of(text)) {
        if (!fits(item)) refuse(column, text, allowed);
        made.push_back(item);
    }
    return made;
}

bool is_port(const std::string& text) {
    return config::is_digits(text, 5) && std::stoul(text) <= 65'535;
}

ordered_json ports_of(const std::string& column, const std::string& text) {
    auto made = ordered_json::array();
    for (const auto& item : list_of(column, text, "1 to 65535, with commas between", is_port))
        made.push_back(std::stoul(item.get<std::string>()));
    return made;
}

ordered_json flag_of(const std::string& column, const std::string& text) {
    if (text == "true") return true;
    if (text != "false") refuse(column, text, "true or false");
    return false;
}

ordered_json text_of(
    const std::string& column, const std::string& text, const config::text_rule& rule
) {
    if (!text.empty() && !rule.check(text).empty()) refuse(column, text, rule.allowed);
    return text;
}

ordered_json limit_of(const std::string& column, const std::string& text) {
    const auto limit = parse_rate_limit(text);
    if (!text.empty() && !limit) refuse(column, text, "COUNT/TIME, as 10/1h; empty: no limit");
    return limit ? to_string(*limit) : "";
}

ordered_json duration_of(
    const std::string& column,
    const std::string& text,
    std::chrono::milliseconds least,
    std::chrono::milliseconds most
) {
    const auto span = config::parse_duration(text);
    if (!span || *span < least || *span > most) {
        refuse(
            column,
            text,
            fmt::format("{} to {}", config::to_duration_text(least), config::to_duration_text(most))
        );
    }
    return fmt::format("{} milliseconds", span->count());
}

ordered_json value_of(const std::string& column, const std::string& text) {
    using namespace std::chrono_literals;
    const auto is_block = [](const std::string& item) { return cidr::parse(item).has_value(); };
    const auto is_sender = [](const std::string& item) { return config::is_sender(item); };
    const auto is_prefix = [](const std::string& item) { return config::is_digits(item, 15); };
    if (column == "allow_http" || column == "prepaid" || column == "strict")
        return flag_of(column, text);
    if (column == "allow_cidrs" || column == "callers")
        return list_of(column, text, "addresses or blocks, as 10.0.0.0/8", is_block);
    if (column == "allowed_prefixes" || column == "blocked_prefixes")
        return list_of(column, text, "digits, with commas between", is_prefix);
    if (column == "senders")
        return list_of(column, text, "11 of letters, digits, space, or 15 digits", is_sender);
    if (column == "ports") return ports_of(column, text);
    if (column == "time_zone")
        return text_of(column, text.empty() ? "UTC" : text, config::time_zone_rule());
    if (column == "text_360nrs")
        return text_of(column, text, config::account_text_rule(dialect::nrs360));
    if (column == "text_infobip")
        return text_of(column, text, config::account_text_rule(dialect::infobip));
    if (column == "default_sender") {
        if (!text.empty() && !is_sender(text))
            refuse(column, text, "11 of letters, digits, space, or 15 digits");
        return text;
    }
    if (column == "report_events") {
        if (text != "final" && text != "all") refuse(column, text, "final or all");
        return text;
    }
    if (column == "per_number" || column == "per_account") return limit_of(column, text);
    if (column == "idempotency_window")
        return duration_of(column, text.empty() ? "0s" : text, 0s, 24h);
    if (column == "keep_jobs")
        return text.empty() ? ordered_json(nullptr) : duration_of(column, text, 48h, 24h * 3660);
    throw std::logic_error("no such column: " + column);
}

}  // namespace

std::span<const account_field> account_fields() {
    return fields;
}

ordered_json account_columns(const std::map<std::string, std::string>& texts_by_column) {
    auto made = ordered_json::object();
    for (const auto& [column, text] : texts_by_column)
        made[column] = value_of(column, text);
    return made;
}

void check_account(const nlohmann::json& facts) {
    const auto sender = facts.value("default_sender", std::string());
    const auto senders = facts.value("senders", std::vector<std::string>());
    const bool listed = std::find(senders.begin(), senders.end(), sender) != senders.end();
    if (!sender.empty() && !senders.empty() && !listed) {
        throw failure(
            exit_code::wrong,
            fmt::format("the default sender \"{}\" is none of the account's senders", sender)
        );
    }
}

}  // namespace pinwire::cli
