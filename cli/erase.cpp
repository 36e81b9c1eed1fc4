#include "cli/erase.hpp"

#include <fmt/format.h>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/who.hpp"
#include "common/core/msisdn.hpp"

namespace pinwire::cli {
namespace {

std::string in_words(const nlohmann::json& done) {
    std::string text = fmt::format(
        "erased: {} jobs, {} PINs, {} orders, {} reports, {} delivery reports\n",
        done.at("jobs").dump(),
        done.at("pins").dump(),
        done.at("orders").dump(),
        done.at("reports").dump(),
        done.at("delivery_reports").dump()
    );
    text +=
        "kept: counts for invoices, and ids that only the customer can read\n"
        "out of reach: Kafka's topics until their retention is over, backups, the customer's "
        "and the carriers' own records\n";
    return text;
}

}  // namespace

exit_code erase(const common_options& common, const erase_options& options) {
    const auto number = msisdn::parse(options.number);
    if (!number) {
        throw failure(exit_code::wrong, fmt::format("\"{}\" is no E.164 number", options.number));
    }
    const auto text = with_database(common, options.database, [&](postgres::session& on) {
        const auto answer = on.query(
            "with e as materialized (select erase_number($1, $2, $3::boolean) as v)"
            " select (case when (e.v ->> 'done')::boolean then e.v || erase_guard($2) else e.v"
            " end)::text from e",
            {operator_name(), number->digits(), options.force ? "true" : "false"}
        );
        return answer.one().text(0);
    });
    const auto done = nlohmann::json::parse(text);
    const auto open = done.at("jobs_under_way").get<int>() + done.at("orders_under_way").get<int>();
    if (common.json) print_json(nlohmann::ordered_json(done));
    if (!done.at("done").get<bool>()) {
        throw failure(
            exit_code::failed,
            fmt::format(
                "{}: {} messages are under way and {} reports wait to be delivered; nothing was "
                "erased. Try again when they have ended, or erase the rest with --force",
                number->masked(),
                open,
                done.at("reports_waiting").get<int>()
            )
        );
    }
    if (!common.json) print(in_words(done));
    if (open == 0) return exit_code::ok;
    throw failure(
        exit_code::failed,
        fmt::format("{} messages are still under way and were left: run it again", open)
    );
}

}  // namespace pinwire::cli
