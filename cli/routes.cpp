#include "cli/routes.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "cli/output.hpp"
#include "cli/route_states.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "common/config/route_terms.hpp"
#include "common/core/calling_code.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

std::string percent(double share) {
    return fmt::format("{:.3g} %", share * 100);
}

std::string seconds(std::chrono::milliseconds span) {
    return fmt::format("{:.3g} s", static_cast<double>(span.count()) / 1000);
}

std::string text_or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

std::string kind_of(const config::route_settings& route) {
    return fmt::format("{} {}", route.carrier.str(), to_string(route.channel));
}

ordered_json worker_json(const postgres::noted_route_state& from) {
    ordered_json out;
    out["epoch"] = from.epoch.hex();
    out["host"] = from.host;
    out["state"] = from.what.state;
    out["reason"] = from.what.reason;
    out["rate"] = from.what.rate;
    out["errors"] = from.what.errors;
    out["waiting"] = from.what.waiting;
    out["under_way"] = from.what.under_way;
    out["since"] = format_rfc3339(from.since);
    out["noted_at"] = format_rfc3339(from.noted_at);
    return out;
}

ordered_json route_json(const config::route_settings& route, const route_summary& its) {
    ordered_json out;
    out["route"] = route.name.str();
    out["carrier"] = route.carrier.str();
    out["channel"] = to_string(route.channel);
    out["priority"] = route.priority;
    out["weight"] = route.weight;
    out["tps"] = route.tps;
    out["state"] = its.state;
    out["reason"] = its.reason;
    out["rate"] = its.rate;
    out["errors"] = its.errors;
    out["waiting"] = its.waiting;
    out["under_way"] = its.under_way;
    out["confirmed"] = nullptr;
    if (its.confirmed) out["confirmed"] = *its.confirmed;
    out["late_ms"] = nullptr;
    if (its.late) out["late_ms"] = its.late->count();
    out["workers"] = ordered_json::array();
    for (const auto& one : its.workers)
        out["workers"].push_back(worker_json(one));
    return out;
}

std::vector<std::string> route_row(const config::route_settings& route, const route_summary& its) {
    return {
        route.name.str(),
        kind_of(route),
        its.state,
        text_or_dash(its.reason),
        std::to_string(its.workers.size()),
        fmt::format("{:.4g} of {:g}", its.rate, route.tps),
        percent(its.errors),
        std::to_string(its.waiting),
        its.confirmed ? percent(*its.confirmed) : "-",
        its.late ? seconds(*its.late) : "-"};
}

const char* words(route_standing standing) {
    switch (standing) {
        case route_standing::other_channel:
            return "does another channel";
        case route_standing::retired:
            return "its carrier is retired";
        case route_standing::other_account:
            return "serves other accounts";
        case route_standing::other_network:
            return "the number is on none of its networks";
        case route_standing::other_place:
            return "has neither country nor prefix of the number";
        case route_standing::refused:
            return "refused it before";
        case route_standing::paused:
            return "is paused";
        case route_standing::unhealthy:
            return "is in trouble";
        case route_standing::less_account:
            return "another route names the account";
        case route_standing::less_network:
            return "another route names the network more exactly";
        case route_standing::less_place:
            return "another route names more digits of the number";
        case route_standing::priority:
            return "another route has a lower priority number";
        case route_standing::price:
            return "another route is cheaper";
        case route_standing::no_weight:
            return "has no weight";
        case route_standing::taken:
            return "takes it";
    }
    return "?";
}

// How the routes stand; nothing where nobody can be asked.
std::optional<route_summaries> summaries_for(
    const common_options& common, const route_explain_options& options
) {
    if (options.all_well) return std::nullopt;
    try {
        return read_summaries(common, options.database);
    } catch (const failure& error) {
        if (error.code() != exit_code::unreachable) throw;
        std::fprintf(
            stderr, "pinwire: %s\npinwire: taken as if every route were well\n", error.what()
        );
        return std::nullopt;
    }
}

// The routes of the configuration as they stand.
struct field {
    field(const config::settings& settings, const std::optional<route_summaries>& states) {
        terms.reserve(settings.routes.size());
        for (const auto& [name, route] : settings.routes) {
            terms.push_back(config::terms_of(settings, route));
            route_candidate one;
            one.terms = &terms.back();
            one.paused = route.paused;
            if (states && states->contains(name)) {
                const auto& its = states->at(name);
                one.healthy = its.healthy();
                one.paused = one.paused || its.paused;
            }
            candidates.push_back(one);
        }
    }
    std::vector<route_terms> terms;
    std::vector<route_candidate> candidates;
};

ordered_json explanation_json(const route_explanation& one, const config::settings& settings) {
    const auto& name = one.route->terms->name;
    ordered_json out;
    out["route"] = name.str();
    out["carrier"] = settings.routes.at(name).carrier.str();
    out["share"] = one.share;
    out["standing"] = to_string(one.route->standing);
    out["why"] = words(one.route->standing);
    out["healthy"] = one.route->healthy;
    out["paused"] = one.route->paused;
    out["price"] = one.price;
    return out;
}

void tell_as_text(
    const std::vector<route_explanation>& told,
    const config::settings& settings,
    const std::string& heading
) {
    table rows({"ROUTE", "BY", "SHARE", "PRICE", "WHY"});
    bool waits = false;
    for (const auto& one : told) {
        const auto& name = one.route->terms->name;
        waits = waits || (one.share > 0 && one.route->paused);
        rows.add(
            {name.str(),
             kind_of(settings.routes.at(name)),
             one.share > 0 ? percent(one.share) : "-",
             std::to_string(one.price),
             words(one.route->standing)}
        );
    }
    print(heading + "\n" + rows.text());
    if (waits) print("It waits until the pause ends, as long as it may be sent.\n");
}

}  // namespace

exit_code list_routes(const common_options& common, const route_list_options& options) {
    const auto settings = load_settings(common, {});
    auto states = read_summaries(common, options.database);
    table rows(
        {"ROUTE",
         "BY",
         "STATE",
         "REASON",
         "WORKERS",
         "RATE",
         "ERRORS",
         "WAITING",
         "CONFIRMED",
         "LATE"}
    );
    auto all = ordered_json::array();
    for (const auto& [name, route] : settings.routes) {
        const auto& its = states[name];
        all.push_back(route_json(route, its));
        rows.add(route_row(route, its));
    }
    if (common.json) {
        print_json(all);
    } else {
        print(rows.text());
    }
    return exit_code::ok;
}

exit_code explain_route(const common_options& common, const route_explain_options& options) {
    const auto number = msisdn::parse(options.number);
    if (!number)
        throw failure(exit_code::wrong, fmt::format("\"{}\" is no E.164 number", options.number));
    const auto channel = parse_channel(options.channel);
    if (!channel)
        throw failure(
            exit_code::wrong, fmt::format("\"{}\" is neither sms nor voice", options.channel)
        );
    const auto settings = load_settings(common, {});
    const auto states = summaries_for(common, options);
    field all(settings, states);
    route_wish wish;
    wish.channel = *channel;
    wish.account = options.account;
    wish.digits = number->digits();
    wish.network = options.network;
    const auto told = explain_routes(all.candidates, wish, settings.worker.among_equals);
    const bool any = !told.empty() && told.front().share > 0;
    const auto country = country_of(number->digits());
    if (common.json) {
        ordered_json out;
        out["number"] = number->masked();
        out["country"] = country.name;
        out["channel"] = options.channel;
        out["account"] = options.account;
        out["network"] = options.network;
        out["states_known"] = states.has_value();
        out["routes"] = ordered_json::array();
        for (const auto& one : told)
            out["routes"].push_back(explanation_json(one, settings));
        print_json(out);
    } else {
        const auto heading = fmt::format(
            "{} ({}) by {}{}{}:",
            number->masked(),
            country.name.empty() ? "no country's code" : country.name,
            options.channel,
            options.account.empty() ? "" : ", of " + options.account,
            options.network.empty() ? "" : ", on network " + options.network
        );
        tell_as_text(told, settings, heading);
        if (!any) print("No route takes it.\n");
    }
    return any ? exit_code::ok : exit_code::failed;
}

}  // namespace pinwire::cli
