#include "cli/endpoints.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "cli/database_command.hpp"
#include "cli/known_names.hpp"
#include "cli/output.hpp"
#include "cli/reports.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "cli/who.hpp"
#include "common/config/files.hpp"
#include "common/config/rules.hpp"
#include "common/core/basic_auth.hpp"
#include "common/core/text.hpp"
#include "common/core/time_format.hpp"
#include "common/core/url.hpp"
#include "common/postgres/endpoints.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::chrono::seconds lately{15};  // callbacks say how endpoints stand every three
constexpr std::size_t reason_max = 200;
constexpr std::size_t value_max = 4096;
constexpr int concurrency_max = 10'000;
constexpr double rate_max = 100'000;

failure wrong(const std::string& text) {
    return failure(exit_code::wrong, text);
}

postgres::endpoint_name name_of(const endpoint_options& options) {
    const auto where = url::parse(options.origin);
    if (!where) throw wrong(fmt::format("\"{}\": {}", options.origin, to_string(where.error())));
    postgres::endpoint_name made;
    made.account = account_name(options.account);
    made.origin = where->origin();
    return made;
}

std::string words(const postgres::endpoint_name& name) {
    return fmt::format("{} of {}", name.origin, name.account.str());
}

std::string state_of(const postgres::endpoint_story& of) {
    if (of.disabled) return "disabled";
    if (of.failing_since) return "failing";
    if (of.live && of.live->breaker != "closed") return "failing";
    return "active";
}

std::optional<double> success_of(const postgres::endpoint_story& of) {
    // what faded away says nothing
    if (!of.live || of.live->tries < 0.5) return std::nullopt;
    return of.live->succeeded / of.live->tries;
}

std::string why_of(const postgres::endpoint_story& of) {
    if (!of.disabled) return of.last_error.empty() ? "-" : of.last_error;
    if (of.disabled->who.empty()) return of.disabled->reason;
    return fmt::format("{} ({})", of.disabled->reason, of.disabled->who);
}

std::optional<postgres::time_point> since_of(const postgres::endpoint_story& of) {
    if (of.disabled) return of.disabled->at;
    return of.failing_since;
}

template <class Value>
void put(ordered_json& to, const char* field, const std::optional<Value>& value) {
    to[field] = nullptr;
    if (value) to[field] = *value;
}

ordered_json json_of(const postgres::endpoint_story& of) {
    ordered_json made;
    made["account"] = of.name.account.str();
    made["origin"] = of.name.origin;
    made["state"] = state_of(of);
    made["since"] = nullptr;
    if (const auto since = since_of(of)) made["since"] = format_rfc3339(*since);
    made["reason"] = of.disabled ? of.disabled->reason : "";
    made["who"] = of.disabled ? of.disabled->who : "";
    made["failures"] = of.failures;
    made["breaker"] = of.live ? of.live->breaker : "closed";
    made["queued"] = of.live ? of.live->queued : 0;
    made["in_flight"] = of.live ? of.live->in_flight : 0;
    put(made, "success_rate", success_of(of));
    made["latency_ms"] = of.live ? of.live->latency.count() : 0;
    made["last_error"] = of.last_error;
    put(made, "concurrency", of.concurrency);
    put(made, "rate", of.rate);
    made["header"] = of.header;
    return made;
}

std::string percent(const std::optional<double>& share) {
    return share ? fmt::format("{:.1f} %", *share * 100) : "-";
}

std::vector<std::string> row_of(const postgres::endpoint_story& of) {
    return {
        of.name.account.str(),
        of.name.origin,
        state_of(of),
        time_text(since_of(of)),
        of.live ? std::to_string(of.live->in_flight) : "-",
        of.live ? std::to_string(of.live->queued) : "-",
        percent(success_of(of)),
        success_of(of) ? fmt::format("{} ms", of.live->latency.count()) : "-",
        why_of(of)};
}

std::string text_of(const postgres::endpoint_story& of, const postgres::endpoint_backlog& backlog) {
    table rows({"", ""});
    const auto add = [&rows](const char* what, std::string value) {
        rows.add({what, std::move(value)});
    };
    add("state", state_of(of));
    add("since", time_text(since_of(of)));
    add("why", why_of(of));
    add("failures in a row", std::to_string(of.failures));
    add("breaker", of.live ? of.live->breaker : "-");
    add("in flight, queued",
        of.live ? fmt::format("{}, {}", of.live->in_flight, of.live->queued) : "-");
    add("success", percent(success_of(of)));
    add("latency", success_of(of) ? fmt::format("{} ms", of.live->latency.count()) : "-");
    add("reports never tried", std::to_string(backlog.fresh));
    add("reports to be tried again", std::to_string(backlog.retries));
    add("dead reports, for replay", std::to_string(backlog.dead));
    add("concurrency", of.concurrency ? std::to_string(*of.concurrency) : "as all");
    add("rate", of.rate ? fmt::format("{:g}/s", *of.rate) : "unbounded");
    add("header", of.header.empty() ? "none" : of.header);
    return fmt::format("{}\n{}", words(of.name), rows.text());
}

void tell(
    const common_options& common, const postgres::endpoint_name& name, const std::string& what
) {
    if (!common.json) return print(fmt::format("{}: {}\n", words(name), what));
    ordered_json answer;
    answer["account"] = name.account.str();
    answer["origin"] = name.origin;
    answer["done"] = what;
    print_json(answer);
}

ordered_json number_or_null(const std::string& text, const char* option, double most) {
    if (text.empty()) return nullptr;
    double value = 0;
    const auto* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec != std::errc() || read.ptr != end || !(value > 0) || value > most)
        throw wrong(fmt::format("{}: a number above 0, at most {:g}", option, most));
    return value;
}

// What the request itself says, and what the signature is made of, is nobody else's to say.
bool is_ours(const std::string& header) {
    static constexpr std::array<std::string_view, 10> ours{
        "HOST",
        "CONTENT-LENGTH",
        "CONTENT-TYPE",
        "TRANSFER-ENCODING",
        "CONNECTION",
        "USER-AGENT",
        "EXPECT",
        "TE",
        "UPGRADE",
        "PROXY-AUTHORIZATION"};
    auto upper = header;
    upper_case(upper);
    return upper.starts_with("WEBHOOK-") || std::count(ours.begin(), ours.end(), upper) > 0;
}

secret read_value(const std::string& file, const char* option) {
    if (file.empty()) throw wrong(fmt::format("{} is missing", option));
    auto read = config::read_secret_file(file);
    if (const auto* fault = std::get_if<std::string>(&read)) throw wrong(*fault);
    auto value = std::get<secret>(std::move(read));
    const auto clear = value.reveal();
    const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (clear.empty() || clear.size() > value_max ||
        !std::all_of(clear.begin(), clear.end(), printable))
        throw wrong(fmt::format("{}: 1 to {} printable ASCII characters", option, value_max));
    return value;
}

// Header and value; none: nothing is said about them. An empty header: it has none any more.
std::optional<std::pair<std::string, secret>> header_of(const endpoint_options& options) {
    if (options.header && options.basic_user)
        throw wrong("either --header or --basic-user: an endpoint has one of them");
    if (options.header) {
        if (options.header->empty()) return std::pair(std::string(), secret());
        const auto fault = config::header_name_rule().check(*options.header);
        if (!fault.empty()) throw wrong(fmt::format("--header: \"{}\" {}", *options.header, fault));
        if (is_ours(*options.header))
            throw wrong(fmt::format("--header: {} is said by Pinwire itself", *options.header));
        return std::pair(*options.header, read_value(options.header_file, "--header-file"));
    }
    if (!options.basic_user) {
        if (!options.header_file.empty() || !options.basic_password_file.empty())
            throw wrong("a value without --header or --basic-user");
        return std::nullopt;
    }
    if (options.basic_user->empty()) return std::pair(std::string(), secret());
    if (options.basic_user->find(':') != std::string::npos)
        throw wrong("--basic-user: has a colon");
    const auto password = read_value(options.basic_password_file, "--basic-password-file");
    return std::pair(
        std::string("Authorization"), secret(basic_proof(*options.basic_user, password.reveal()))
    );
}

ordered_json columns_of(
    const common_options& common,
    const endpoint_options& options,
    const postgres::endpoint_name& name
) {
    auto made = ordered_json::object();
    if (options.concurrency) {
        made["concurrency"] =
            number_or_null(*options.concurrency, "--concurrency", concurrency_max);
        auto& value = made["concurrency"];
        if (!value.is_null() && std::floor(value.get<double>()) != value.get<double>())
            throw wrong("--concurrency: a whole number");
        if (!value.is_null()) value = static_cast<int>(value.get<double>());
    }
    if (options.rate) made["rate"] = number_or_null(*options.rate, "--rate", rate_max);
    if (const auto header = header_of(options)) {
        made["header"] = nullptr;
        made["value"] = nullptr;
        if (!header->first.empty()) {
            needed_secrets needed;
            needed.keys = true;
            const auto settings = load_settings(common, needed);
            const auto context = postgres::header_context(name);
            made["header"] = header->first;
            made["value"] = settings.keys.ring->seal(header->second, context, random_bytes<12>());
        }
    }
    if (made.empty())
        throw wrong("nothing to set: say --concurrency, --rate, --header or --basic-user");
    return made;
}

// A slip in the account's name would leave the endpoint that was meant as it is. One that the
// tables have to do with counts, too: its account may have left the file while its reports wait.
void expect_account(
    postgres::session& on, const postgres::endpoint_name& name, const config::settings* file
) {
    if (is_known_account(on, name.account, file)) return;
    const auto all = postgres::list_endpoints(on, name.account.str(), lately);
    const auto fits = [&name](const auto& one) { return one.name == name; };
    if (std::none_of(all.begin(), all.end(), fits))
        throw failure(exit_code::failed, fmt::format("no account {}", name.account.str()));
}

}  // namespace

exit_code list_endpoints(const common_options& common, const endpoint_options& options) {
    const auto all = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::list_endpoints(on, options.account, lately);
    });
    table rows(
        {"ACCOUNT", "ORIGIN", "STATE", "SINCE", "IN FLIGHT", "QUEUED", "SUCCESS", "LATENCY", "WHY"}
    );
    for (const auto& one : all) {
        if (common.json) print_json(json_of(one));
        rows.add(row_of(one));
    }
    if (!common.json) print(all.empty() ? "nothing is known of any endpoint\n" : rows.text());
    return exit_code::ok;
}

exit_code show_endpoint(const common_options& common, const endpoint_options& options) {
    const auto name = name_of(options);
    postgres::endpoint_backlog backlog;
    const auto all = with_database(common, options.database, [&](postgres::session& on) {
        backlog = postgres::backlog_of(on, name);
        return postgres::list_endpoints(on, name.account.str(), lately);
    });
    const auto found =
        std::find_if(all.begin(), all.end(), [&name](const auto& one) { return one.name == name; });
    const bool waits = backlog.fresh + backlog.retries + backlog.dead > 0;
    if (found == all.end() && !waits)
        throw failure(exit_code::failed, fmt::format("nothing is known of {}", words(name)));
    postgres::endpoint_story story;
    story.name = name;
    if (found != all.end()) story = *found;
    if (common.json) {
        auto made = json_of(story);
        made["never_tried"] = backlog.fresh;
        made["to_be_tried_again"] = backlog.retries;
        made["dead"] = backlog.dead;
        print_json(made);
    } else {
        print(text_of(story, backlog));
    }
    return exit_code::ok;
}

exit_code set_endpoint(const common_options& common, const endpoint_options& options) {
    const auto name = name_of(options);
    const auto columns = columns_of(common, options, name);
    const auto file = file_if_there(common);
    with_database(common, options.database, [&](postgres::session& on) {
        expect_account(on, name, file ? &*file : nullptr);
        postgres::save_endpoint_setting(on, operator_name(), name, columns.dump());
    });
    tell(common, name, "set");
    return exit_code::ok;
}

exit_code disable_endpoint(const common_options& common, const endpoint_options& options) {
    const auto name = name_of(options);
    if (!config::printable_rule(reason_max).check(options.reason).empty())
        throw wrong(fmt::format("--reason: 1 to {} bytes", reason_max));
    const auto file = file_if_there(common);
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        expect_account(on, name, file ? &*file : nullptr);
        return postgres::disable_endpoint(on, epoch_id(), name, options.reason, operator_name());
    });
    if (!done) throw failure(exit_code::failed, fmt::format("{} is disabled already", words(name)));
    tell(common, name, "disabled");
    return exit_code::ok;
}

exit_code enable_endpoint(const common_options& common, const endpoint_options& options) {
    const auto name = name_of(options);
    std::int64_t replayed = 0;
    postgres::endpoint_backlog backlog;
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        const auto at = postgres::enable_endpoint(on, name, operator_name());
        if (!at) return false;
        if (!options.leave_dead) replayed = replay_disabled(on, name, *at, options.rate_of_replay);
        backlog = postgres::backlog_of(on, name);
        return true;
    });
    if (!done) throw failure(exit_code::failed, fmt::format("{} isn't disabled", words(name)));
    constexpr auto text = "enabled; {} reports go out again, {} a second; {} dead ones stay";
    tell(common, name, fmt::format(text, replayed, options.rate_of_replay, backlog.dead));
    return exit_code::ok;
}

}  // namespace pinwire::cli
