#include "cli/usage.hpp"

#include <fmt/format.h>

#include "cli/database_command.hpp"
#include "cli/money.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "common/core/job.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::cli {
namespace {

struct line {
    std::string day;
    std::string account;
    std::string route;
    std::string channel;
    std::int64_t messages = 0;
    std::int64_t parts = 0;
    std::int64_t cost = 0;
};

std::string day_of(const std::string& text, const char* flag) {
    if (text.size() == 10 && parse_rfc3339(text + "T00:00:00Z")) return text;
    throw failure(exit_code::wrong, fmt::format("{}: a day, as 2026-11-01", flag));
}

std::vector<line> lines_of(
    postgres::session& on,
    const std::string& from,
    const std::string& to,
    const std::string& account
) {
    const auto rows = on.query(
        "select day::text, account, route, channel, messages, parts, cost"
        " from usage($1::date, $2::date) where $3 = '' or account = $3",
        {from, to, account}
    );
    std::vector<line> made;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto row = rows[i];
        line one;
        one.day = row.text(0);
        one.account = row.text(1);
        one.route = row.text(2);
        one.channel = std::string(to_string(static_cast<channel>(row.int16(3))));
        one.messages = row.int64(4);
        one.parts = row.int64(5);
        one.cost = row.int64(6);
        made.push_back(std::move(one));
    }
    return made;
}

void tell_json(const std::vector<line>& all) {
    for (const auto& one : all) {
        nlohmann::ordered_json answer;
        answer["day"] = one.day;
        answer["account"] = one.account;
        answer["route"] = one.route;
        answer["channel"] = one.channel;
        answer["messages"] = one.messages;
        answer["parts"] = one.parts;
        answer["cost_micros"] = one.cost;
        print_json(answer);
    }
}

// Names are letters, digits, - and _: nothing to quote.
void tell_csv(const std::vector<line>& all) {
    std::string text = "day,account,route,channel,messages,parts,cost\n";
    for (const auto& one : all) {
        text += fmt::format(
            "{},{},{},{},{},{},{}\n",
            one.day,
            one.account,
            one.route,
            one.channel,
            one.messages,
            one.parts,
            micros_text(one.cost)
        );
    }
    print(text);
}

void tell_table(const std::vector<line>& all) {
    table rows({"DAY", "ACCOUNT", "ROUTE", "CHANNEL", "MESSAGES", "PARTS", "COST"});
    line sum;
    for (const auto& one : all) {
        rows.add(
            {one.day,
             one.account,
             one.route,
             one.channel,
             std::to_string(one.messages),
             std::to_string(one.parts),
             micros_text(one.cost)}
        );
        sum.messages += one.messages;
        sum.parts += one.parts;
        sum.cost += one.cost;
    }
    rows.add(
        {"all",
         "",
         "",
         "",
         std::to_string(sum.messages),
         std::to_string(sum.parts),
         micros_text(sum.cost)}
    );
    print(rows.text());
}

}  // namespace

exit_code usage(const common_options& common, const usage_options& options) {
    if (common.json && options.csv) throw failure(exit_code::wrong, "--json or --csv, not both");
    const auto from = day_of(options.from, "--from");
    const auto to = day_of(options.to, "--to");
    // as text: years have four digits
    if (from >= to)
        throw failure(
            exit_code::wrong, "--to is the first day that no longer counts: after --from"
        );
    const auto all = with_database(common, options.database, [&](postgres::session& on) {
        return lines_of(on, from, to, options.account);
    });
    if (common.json) {
        tell_json(all);
    } else if (options.csv) {
        tell_csv(all);
    } else {
        tell_table(all);
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
