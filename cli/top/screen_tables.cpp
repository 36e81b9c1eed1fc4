#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/top/page.hpp"
#include "cli/top/words.hpp"

namespace pinwire::cli {
namespace {

struct route_line {
    bool well = true;
    std::int64_t waiting = 0;
    cells shown;
};

std::string number(double of) {
    return of < 99.95 ? fmt::format("{:.3g}", of) : amount(static_cast<std::int64_t>(of + 0.5));
}

std::optional<double> find(const std::map<route_name, double>& in, const route_name& name) {
    const auto found = in.find(name);
    if (found == in.end()) return std::nullopt;
    return found->second;
}

cells route_cells(
    const route_name& name,
    int columns,
    const route_summary& its,
    const postgres::bounded_count& waiting,
    std::optional<double> used,
    std::optional<double> tps
) {
    return {
        cut(ascii(name.view()), std::max(20, columns / 8)),
        its.state,
        its.reason.empty() ? "-" : ascii(its.reason),
        fmt::format(
            "{} of {}{}",
            used ? number(*used) : "-",
            number(its.rate),
            tps ? "/" + number(*tps) : ""
        ),
        amount(waiting),
        amount(its.under_way),
        share(its.errors),
        its.confirmed ? share(*its.confirmed) : "-",
        its.late ? span(static_cast<double>(its.late->count()) / 1000) : "-"};
}

// In trouble first, then by what waits.
std::vector<cells> route_rows(
    const database_look& of,
    int columns,
    const std::map<route_name, double>& used,
    const installation& known
) {
    std::map<route_name, postgres::bounded_count> waiting;
    for (const auto& one : of.view.due)
        if (one.what == postgres::due_for::send) waiting[route_name(one.route)] = one.count;
    auto all = of.routes;
    for (const auto& [name, tps] : known.tps)
        all.try_emplace(name);
    for (const auto& [name, count] : waiting)
        all.try_emplace(name);
    std::vector<route_line> lines;
    for (const auto& [name, its] : all) {
        route_line one;
        one.well = its.state == "ready" || its.state == "retired" || its.state == "-";
        one.waiting = waiting[name].number;
        one.shown =
            route_cells(name, columns, its, waiting[name], find(used, name), find(known.tps, name));
        lines.push_back(std::move(one));
    }
    std::stable_sort(lines.begin(), lines.end(), [](const route_line& a, const route_line& b) {
        return a.well != b.well ? !a.well : a.waiting > b.waiting;
    });
    std::vector<cells> rows;
    for (auto& one : lines)
        rows.push_back(std::move(one.shown));
    return rows;
}

std::vector<cells> endpoint_rows(const database_look& of, int columns) {
    std::vector<cells> rows;
    for (const auto& one : of.endpoints) {
        if (!one.live) continue;
        const auto& live = *one.live;
        const bool fails = one.failing_since || live.breaker != "closed";
        const bool tried = live.tries >= 0.5;  // what faded away says nothing
        auto why = one.last_error.empty() ? "-" : ascii(one.last_error);
        if (one.failing_since) why += " for " + span(age(*one.failing_since, of.view.now));
        rows.push_back(
            {cut(ascii(one.name.origin), std::max(20, columns * 2 / 5)),
             cut(ascii(one.name.account.view()), std::max(16, columns / 10)),
             fails ? "failing" : "active",
             amount(live.queued),
             amount(live.in_flight),
             tried ? share(live.succeeded / live.tries) : "-",
             tried ? span(static_cast<double>(live.latency.count()) / 1000) : "-",
             fails ? std::move(why) : "-"}
        );
    }
    return rows;
}

std::string headed(const char* what, std::size_t shown, std::size_t all) {
    return shown < all ? fmt::format("{} ({} of {})", what, shown, all) : what;
}

}  // namespace

void add_tables(const picture& all, const installation& known, page& to) {
    if (!all.now.database.what) return;
    const auto& of = *all.now.database.what;
    const auto routes = route_rows(of, to.columns(), all.rates.route_parts, known);
    const auto endpoints = endpoint_rows(of, to.columns());
    const auto size = [](const auto& rows) { return static_cast<int>(rows.size()); };
    const int room = std::max(0, to.rows_left() - (endpoints.empty() ? 1 : 2));
    // Half for each; what the one doesn't need is the other's.
    const int for_routes = std::min(size(routes), std::max((room + 1) / 2, room - size(endpoints)));
    const int for_endpoints = std::min(size(endpoints), room - for_routes);
    const auto shown = [](int number) { return static_cast<std::size_t>(std::max(0, number)); };
    to.add_table(
        {headed("ROUTE", shown(for_routes), routes.size()),
         "STATE",
         "WHY",
         "TPS",
         "WAIT",
         "BUSY",
         "ERRORS",
         "CONFIRMED",
         "LATE"},
        routes,
        for_routes
    );
    if (endpoints.empty()) return;
    to.add_table(
        {headed("ENDPOINT", shown(for_endpoints), endpoints.size()),
         "ACCOUNT",
         "STATE",
         "QUEUED",
         "BUSY",
         "OK",
         "TIME",
         "WHY"},
        endpoints,
        for_endpoints
    );
}

}  // namespace pinwire::cli
