#include "cli/parked.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_options.hpp"
#include "cli/database_command.hpp"
#include "cli/known_names.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "common/core/dlr.hpp"
#include "common/core/time_format.hpp"
#include "common/postgres/parked.hpp"

namespace pinwire::cli {
namespace {

// What the entry brings to be matched by.
struct clue {
    std::string id;
    std::string reference;
    std::string to;
    std::string status;
};

clue clue_of(const std::string& entry, bool unmask) {
    clue made;
    const auto read = decode_dlr(entry);
    if (!read) return made;
    made.id = read->carrier_message_id;
    if (read->reference) made.reference = read->reference->hex();
    if (!read->reference && read->token) made.reference = read->token->hex();
    if (read->to) made.to = unmask ? read->to->digits() : read->to->masked();
    made.status = read->status ? std::string(to_string(*read->status)) : read->raw_status;
    return made;
}

nlohmann::ordered_json json_of(const postgres::parked_story& one, const clue& brings) {
    nlohmann::ordered_json out;
    out["id"] = one.id;
    out["carrier"] = one.carrier.str();
    out["why"] = one.why;
    out["intake_at"] = format_rfc3339(one.intake_at);
    out["tries"] = one.tries;
    out["next_at"] = format_rfc3339(one.next_at);
    out["carrier_message_id"] = brings.id;
    out["reference"] = brings.reference;
    out["to"] = brings.to;
    out["dlr_status"] = brings.status;
    return out;
}

std::string or_dash(const std::string& text) {
    return text.empty() ? "-" : text;
}

}  // namespace

exit_code list_parked(const common_options& common, const parked_options& options) {
    const carrier_name carrier(options.carrier);
    std::vector<postgres::parked_story> found;
    std::vector<postgres::parked_count> counts;
    with_database(common, options.database, [&](postgres::session& on) {
        found = postgres::list_parked(on, carrier, options.limit);
        counts = postgres::count_parked(on, carrier);
    });
    if (!options.carrier.empty() && counts.empty()) {
        // "None is parked" of a slip would pass for good news.
        const auto file = file_if_there(common);
        if (file && !file->carriers.contains(carrier))
            throw failure(exit_code::failed, fmt::format("no carrier {}", carrier.str()));
    }
    table all({"CARRIER", "WHY", "COUNT", "OLDEST"});
    for (const auto& one : counts)
        all.add({one.carrier.str(), one.why, std::to_string(one.count), format_plain(one.oldest)});
    table rows({"TAKEN", "CARRIER", "WHY", "TRIES", "NEXT", "ITS ID", "OUR ID", "TO", "STATUS"});
    for (const auto& one : found) {
        const auto brings = clue_of(one.entry, options.unmask);
        if (common.json) {
            print_json(json_of(one, brings));
            continue;
        }
        rows.add(
            {format_plain(one.intake_at),
             one.carrier.str(),
             one.why,
             std::to_string(one.tries),
             format_plain(one.next_at),
             or_dash(brings.id),
             or_dash(brings.reference),
             or_dash(brings.to),
             or_dash(brings.status)}
        );
    }
    if (common.json) return exit_code::ok;
    print(rows.empty() ? "No delivery report is parked.\n" : all.text() + "\n" + rows.text());
    return exit_code::ok;
}

void add_parked_command(
    CLI::App& app, const common_options& common, std::function<exit_code()>& run
) {
    auto& command = *app.add_subcommand("parked", "Delivery reports that fit no attempt yet");
    auto options = options_for<parked_options>(command);
    command.add_option("--carrier", options->carrier, "Only of this one");
    command.add_option("--limit", options->limit, "How many, the oldest first")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    command.add_flag("--unmask", options->unmask, "Show numbers whole");
    command.callback([&common, &run, options] {
        run = [&common, options] { return list_parked(common, *options); };
    });
}

}  // namespace pinwire::cli
