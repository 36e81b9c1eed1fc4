#include "cli/audit.hpp"

#include <fmt/format.h>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::json;

json value_of(const postgres::row& from, int column) {
    return from.is_null(column) ? json() : json::parse(from.view(column));
}

// Only what differs: "strict: false -> true".
std::string changes(const json& before, const json& after) {
    std::string text;
    const auto add = [&text](const std::string& one) { text += (text.empty() ? "" : "; ") + one; };
    if (!after.is_object()) {
        if (before.is_object())
            for (const auto& [key, value] : before.items())
                add(fmt::format("{}: {}", key, value.dump()));
        return text;
    }
    for (const auto& [key, value] : after.items()) {
        const bool had = before.is_object() && before.contains(key);
        if (had && before.at(key) == value) continue;
        add(had ? fmt::format("{}: {} -> {}", key, before.at(key).dump(), value.dump())
                : fmt::format("{}: {}", key, value.dump()));
    }
    return text;
}

}  // namespace

exit_code audit(const common_options& common, const audit_options& options) {
    table rows({"AT", "WHO", "WHAT", "ACCOUNT", "CHANGE"});
    with_database(common, options.database, [&](postgres::session& on) {
        const auto found = on.query(
            "select at, who, what, account, before::text, after::text from audit"
            " where $1 = '' or account = $1 order by id desc limit $2::integer",
            {options.account, std::to_string(options.limit)}
        );
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto one = found[i];
            const auto before = value_of(one, 4);
            const auto after = value_of(one, 5);
            if (common.json) {
                nlohmann::ordered_json answer;
                answer["at"] = format_rfc3339(one.time(0));
                answer["who"] = one.text(1);
                answer["what"] = one.text(2);
                answer["account"] = one.text_or_empty(3);
                answer["before"] = before;
                answer["after"] = after;
                print_json(answer);
                continue;
            }
            const auto account = one.text_or_empty(3);
            rows.add(
                {time_text(one.time(0)),
                 one.text(1),
                 one.text(2),
                 account.empty() ? "-" : account,
                 changes(before, after)}
            );
        }
    });
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

}  // namespace pinwire::cli
