#include "cli/search.hpp"

#include <fmt/format.h>

#include <vector>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/story_json.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "cli/why.hpp"
#include "common/core/msisdn.hpp"

namespace pinwire::cli {
namespace {

struct found {
    postgres::story story;
    std::string why;
};

struct unclaimed {
    std::string account;
    std::optional<postgres::time_point> at;
};

std::optional<pin_state> pin_of(postgres::session& on, const postgres::job_story& job) {
    if (job.pin.empty()) return std::nullopt;
    const auto rows = on.query(
        "select p.expires_at, p.verified_at, p.cancelled_at, p.max_tries, p.tries_left,"
        " p.by_number and exists (select 1 from pin q where q.by_number"
        " and q.account = p.account and q.msisdn = p.msisdn"
        " and (q.requested_at, q.minted_at) > (p.requested_at, p.minted_at))"
        " from pin p where p.account = $1 and p.pin_id = $2",
        {job.account.str(), job.pin.str()}
    );
    if (rows.empty()) return std::nullopt;
    const auto from = rows[0];
    pin_state made;
    made.expires_at = from.maybe_time(0);
    made.verified_at = from.maybe_time(1);
    made.cancelled_at = from.maybe_time(2);
    if (from.int32(3) > 0) made.tries_left = from.int32(4);
    made.newer = from.boolean(5);
    return made;
}

std::vector<found> stories_of(
    postgres::session& on, const msisdn& number, const search_options& options
) {
    const auto ids = on.query(
        "select id from job where msisdn = $1 and ($2 = '' or account = $2)"
        " order by accepted_at desc limit $3::integer",
        {number.digits(), options.account, std::to_string(options.limit)}
    );
    std::vector<found> made;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto story = postgres::tell_story(on, ids[i].id<message_id>(0));
        if (!story) continue;
        const auto pin = pin_of(on, story->job);
        auto why = why_no_code(*story, pin, std::chrono::system_clock::now());
        made.push_back({std::move(*story), std::move(why)});
    }
    return made;
}

// Orders that no worker has claimed: in Kafka, or lost before it.
std::vector<unclaimed> unclaimed_orders(
    postgres::session& on, const msisdn& number, const search_options& options
) {
    const auto rows = on.query(
        "select o.account, o.created_at from api_order o where o.msisdn = $1"
        " and ($2 = '' or o.account = $2) and not exists (select 1 from job j"
        " where j.account = o.account and j.job_id = o.job_id)"
        " order by o.created_at desc limit $3::integer",
        {number.digits(), options.account, std::to_string(options.limit)}
    );
    std::vector<unclaimed> made;
    for (std::size_t i = 0; i < rows.size(); ++i)
        made.push_back({rows[i].text(0), rows[i].time(1)});
    return made;
}

void tell(const common_options& common, const std::vector<found>& all) {
    for (const auto& one : all) {
        if (common.json) {
            auto answer = story_json(one.story, false);
            answer["why"] = one.why;
            print_json(answer);
            continue;
        }
        const auto& job = one.story.job;
        print(fmt::format(
            "{}  {} of {}, {}\n    {}\n",
            time_text(job.accepted_at),
            printable(job.job.str()),
            printable(job.account.str()),
            to_string(job.channel),
            printable(one.why)
        ));
    }
}

void tell(const common_options& common, const std::vector<unclaimed>& all) {
    constexpr auto why = "It was ordered through the API, and no worker has taken it from Kafka.";
    for (const auto& one : all) {
        if (common.json) {
            nlohmann::ordered_json answer;
            answer["account"] = one.account;
            answer["ordered_at"] = time_text(one.at);
            answer["why"] = why;
            print_json(answer);
            continue;
        }
        print(fmt::format("{}  an order of {}\n    {}\n", time_text(one.at), one.account, why));
    }
}

}  // namespace

exit_code search(const common_options& common, const search_options& options) {
    const auto number = msisdn::parse(options.number);
    if (!number) {
        throw failure(exit_code::wrong, fmt::format("\"{}\" is no E.164 number", options.number));
    }
    std::vector<unclaimed> orders;
    const auto jobs = with_database(common, options.database, [&](postgres::session& on) {
        orders = unclaimed_orders(on, *number, options);
        return stories_of(on, *number, options);
    });
    if (jobs.empty() && orders.empty()) {
        throw failure(
            exit_code::failed,
            fmt::format(
                "nothing is known of {}: it was never asked for, was refused by the API (a limit, "
                "the credit, a blocked prefix: its access log says which), is a dead letter "
                "(`pinwire dead-letters list`), or was pruned or erased since",
                number->masked()
            )
        );
    }
    tell(common, orders);
    tell(common, jobs);
    return exit_code::ok;
}

}  // namespace pinwire::cli
