#include "cli/switches.hpp"

#include <fmt/format.h>

#include "cli/database_command.hpp"
#include "cli/known_names.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "cli/who.hpp"
#include "common/config/loader.hpp"
#include "common/config/rules.hpp"
#include "common/core/calling_code.hpp"
#include "common/core/time_format.hpp"
#include "common/postgres/accounts.hpp"
#include "common/postgres/switches.hpp"

namespace pinwire::cli {
namespace {

constexpr std::size_t reason_max = 200;
constexpr std::size_t digits_max = 15;

switch_kind kind_of(const std::string& text) {
    if (const auto kind = parse_switch_kind(text)) return *kind;
    std::string all;
    for (const auto one : all_switch_kinds)
        all += (all.empty() ? "" : ", ") + std::string(to_string(one));
    throw failure(exit_code::wrong, fmt::format("\"{}\" is none of {}", text, all));
}

std::string digits_of(const std::string& text, std::string_view what) {
    auto digits = text.starts_with('+') ? text.substr(1) : text;
    if (config::is_digits(digits, digits_max)) return digits;
    throw failure(exit_code::wrong, fmt::format("\"{}\" is no {}", text, what));
}

// As the table and the programs spell it.
std::string name_of(switch_kind kind, const std::string& text) {
    switch (kind) {
        case switch_kind::country:
            return digits_of(text, "calling code");
        case switch_kind::prefix:
            return digits_of(text, "prefix of a number");
        case switch_kind::number: {
            const auto number = msisdn::parse(text);
            if (!number)
                throw failure(exit_code::wrong, fmt::format("\"{}\" is no E.164 number", text));
            return number->digits();
        }
        default:
            return text;
    }
}

std::string shown(switch_kind kind, const std::string& name, bool unmask) {
    const auto number = kind == switch_kind::number && !unmask ? msisdn::parse(name) : std::nullopt;
    return number ? number->masked() : name;
}

// A name that nothing has would suspend nothing, and nobody would notice.
bool is_known(
    postgres::session& on, switch_kind kind, const std::string& name, const config::settings* file
) {
    switch (kind) {
        case switch_kind::account:
            return is_known_account(on, account_name(name), file);
        case switch_kind::key:
            return postgres::account_key_exists(on, name);
        case switch_kind::route:
            return file == nullptr || file->routes.contains(route_name(name));
        case switch_kind::country:
            return is_calling_code(name);
        case switch_kind::provider:
            return file == nullptr || file->providers.contains(provider_name(name));
        default:
            return true;
    }
}

std::optional<std::chrono::milliseconds> span_of(const std::string& text) {
    if (text.empty()) return std::nullopt;
    const auto span = config::parse_duration(text);
    if (!span || span->count() == 0)
        throw failure(exit_code::wrong, "--for: a length of time, as 24h");
    return *span;
}

void tell(
    const common_options& common, switch_kind kind, const std::string& name, const char* what
) {
    const auto masked = shown(kind, name, false);
    if (!common.json) {
        print(fmt::format("{} {}: {}\n", to_string(kind), masked, what));
        return;
    }
    nlohmann::ordered_json answer;
    answer["kind"] = to_string(kind);
    answer["name"] = masked;
    answer["done"] = what;
    print_json(answer);
}

nlohmann::ordered_json json_of(const suspension& from, bool unmask) {
    nlohmann::ordered_json made;
    made["kind"] = to_string(from.kind);
    made["name"] = shown(from.kind, from.name, unmask);
    made["reason"] = from.reason;
    made["who"] = from.who;
    made["at"] = format_rfc3339(from.at);
    made["expires_at"] = nullptr;
    if (from.expires_at) made["expires_at"] = format_rfc3339(*from.expires_at);
    return made;
}

}  // namespace

exit_code suspend(const common_options& common, const switch_options& options) {
    postgres::suspension_change change;
    change.kind = kind_of(options.kind);
    change.name = name_of(change.kind, options.name);
    change.reason = options.reason;
    change.lasts = span_of(options.lasts);
    change.who = operator_name();
    if (!config::printable_rule(reason_max).check(change.reason).empty())
        throw failure(exit_code::wrong, fmt::format("--reason: 1 to {} bytes", reason_max));
    const auto file = file_if_there(common);
    const bool made = with_database(common, options.database, [&](postgres::session& on) {
        if (!is_known(on, change.kind, change.name, file ? &*file : nullptr)) {
            throw failure(
                exit_code::failed, fmt::format("no {} {}", to_string(change.kind), change.name)
            );
        }
        return postgres::suspend(on, change);
    });
    tell(common, change.kind, change.name, made ? "suspended" : "was suspended; has a new reason");
    return exit_code::ok;
}

exit_code resume(const common_options& common, const switch_options& options) {
    const auto kind = kind_of(options.kind);
    const auto name = name_of(kind, options.name);
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::resume(on, operator_name(), kind, name);
    });
    if (!done) {
        throw failure(
            exit_code::failed,
            fmt::format("{} {} isn't suspended", to_string(kind), shown(kind, name, false))
        );
    }
    tell(common, kind, name, "resumed");
    return exit_code::ok;
}

exit_code list_suspended(const common_options& common, const switch_options& options) {
    const auto all = with_database(common, options.database, [](postgres::session& on) {
        return postgres::list_suspensions(on);
    });
    table rows({"KIND", "NAME", "SINCE", "UNTIL", "WHO", "REASON"});
    for (const auto& one : all) {
        if (common.json) print_json(json_of(one, options.unmask));
        rows.add(
            {std::string(to_string(one.kind)),
             shown(one.kind, one.name, options.unmask),
             time_text(one.at),
             one.expires_at ? time_text(one.expires_at) : "resumed",
             one.who,
             one.reason}
        );
    }
    if (!common.json) print(all.empty() ? "nothing is suspended\n" : rows.text());
    return exit_code::ok;
}

}  // namespace pinwire::cli
