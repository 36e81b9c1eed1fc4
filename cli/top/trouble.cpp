#include "cli/top/trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "cli/top/words.hpp"

namespace pinwire::cli {
namespace {

constexpr double silent_after = 5;     // seconds; a process beats each second
constexpr double waits_too_long = 60;  // seconds
constexpr double in_doubt_share_max = 0.05;
constexpr std::int64_t outbox_many = 300;
constexpr std::int64_t lag_many = 1000;
constexpr double lag_seconds = 10;  // of reading

class list {
public:
    void grave(std::string text) { all_.push_back({true, std::move(text)}); }
    void light(std::string text) { all_.push_back({false, std::move(text)}); }
    std::vector<trouble> take() {
        std::stable_partition(all_.begin(), all_.end(), [](const trouble& one) {
            return one.grave;
        });
        return std::move(all_);
    }

private:
    std::vector<trouble> all_;
};

std::string counted(std::size_t number, const std::string& one, const std::string& many) {
    return number == 1 ? "1 " + one : fmt::format("{} {}", number, many);
}

void find_away(const look& now, list& to) {
    if (!now.database.what) to.grave("PostgreSQL can't be asked: " + ascii(now.database.error));
    if (!now.kafka.what) {
        to.grave("Kafka can't be asked: " + ascii(now.kafka.error));
    } else {
        for (const auto* one : {&now.kafka.what->jobs, &now.kafka.what->dlrs})
            if (!one->group)
                to.grave(fmt::format("no topic {}: pinwire topics create", ascii(one->topic)));
    }
    for (const auto& one : now.services)
        if (!one.error.empty())
            to.light(fmt::format("no metrics of {}: {}", ascii(one.address), ascii(one.error)));
}

void find_silent(const postgres::live_view& view, list& to) {
    std::map<std::string, std::size_t> alive{{"worker", 0}, {"callback", 0}};
    std::vector<std::string> silent;
    for (const auto& one : view.processes) {
        const auto silence = age(one.beat_at, view.now);
        if (silence <= silent_after) {
            ++alive[one.program];
        } else {
            silent.push_back(fmt::format(
                "a {} on {} said nothing for {}", ascii(one.program), ascii(one.host), span(silence)
            ));
        }
    }
    for (const auto* program : {"worker", "callback"})
        if (alive[program] == 0) to.grave(fmt::format("no {} is alive", program));
    for (auto& text : silent)
        to.light(std::move(text));
}

void find_lost(const flow& rates, list& to) {
    constexpr auto words = "{} were deleted before they were read ({}): retention is too short";
    if (rates.jobs_lost.value_or(0) > 0)
        to.grave(fmt::format(words, "jobs", per_second(rates.jobs_lost)));
    if (rates.dlrs_lost.value_or(0) > 0)
        to.grave(fmt::format(words, "delivery reports", per_second(rates.dlrs_lost)));
    if (rates.dead_letters.value_or(0) > 0)
        to.light(fmt::format(
            "dead letters, {}: pinwire dead-letters list", per_second(rates.dead_letters)
        ));
}

// Offsets are committed twice a second: what is read within some seconds is no lag.
void find_lag(const topic_look& topic, const rate& read, const rate& growth, list& to) {
    if (!topic.group || !read || !growth || topic.group->lag < lag_many) return;
    const auto waiting =
        fmt::format("{} records of {} wait", amount(topic.group->lag), ascii(topic.topic));
    if (*read == 0) {
        to.grave(waiting + ", and nobody reads");
    } else if (*growth > 0 && static_cast<double>(topic.group->lag) > *read * lag_seconds) {
        to.grave(fmt::format("{}, {} more", waiting, per_second(growth)));
    }
}

void find_overdue(const postgres::live_view& view, list& to) {
    std::optional<postgres::time_point> first;
    for (const auto& one : view.due)
        if (one.what == postgres::due_for::send && one.first)
            first = std::min(first.value_or(*one.first), *one.first);
    if (first && age(*first, view.now) > waits_too_long)
        to.grave(fmt::format("a job should have been sent {} ago", span(age(*first, view.now))));
    if (view.unclosed.number > 0)
        to.grave(fmt::format("{} jobs are past their end and not closed", amount(view.unclosed)));
    if (view.oldest_report && age(*view.oldest_report, view.now) > waits_too_long)
        to.grave(fmt::format(
            "a report waits for its first try for {}", span(age(*view.oldest_report, view.now))
        ));
    if (view.next_retry && age(*view.next_retry, view.now) > waits_too_long)
        to.light(fmt::format(
            "a report should have been tried again {} ago", span(age(*view.next_retry, view.now))
        ));
    if (view.outbox.number >= outbox_many && view.oldest_outbox)
        to.grave(fmt::format(
            "{} commits' events wait for Kafka, the first for {}",
            amount(view.outbox),
            span(age(*view.oldest_outbox, view.now))
        ));
}

void find_routes(const database_look& of, list& to) {
    for (const auto& [name, its] : of.routes) {
        if (its.state == "ready" || its.state == "retired" || its.state == "-") continue;
        auto since = postgres::never;
        for (const auto& one : its.workers)
            if (one.what.state == its.state) since = std::min(since, one.since);
        const auto text = fmt::format(
            "route {} is {}{} for {}",
            ascii(name.view()),
            its.state,
            its.reason.empty() ? "" : " (" + its.reason + ")",
            since == postgres::never ? "a while" : span(age(since, of.view.now))
        );
        its.state == "unhealthy" ? to.grave(text) : to.light(text);
    }
}

void find_in_doubt(const flow& rates, list& to) {
    const auto all =
        rates.sent.value_or(0) + rates.not_sent.value_or(0) + rates.in_doubt.value_or(0);
    if (rates.in_doubt.value_or(0) > all * in_doubt_share_max)
        to.light(
            fmt::format("{} of the carriers' answers leave in doubt", share(*rates.in_doubt / all))
        );
}

void find_aside(const look& now, list& to) {
    double aside = 0;  // alike in every callback
    for (const auto& one : now.services)
        aside = std::max(aside, value_of(one.said, "pinwire_attempts_set_aside").value_or(0));
    if (aside > 0)
        to.grave(fmt::format(
            "{} set aside: their workers died three times",
            counted(static_cast<std::size_t>(aside), "attempt", "attempts")
        ));
}

void find_endpoints(const postgres::live_view& view, list& to) {
    if (view.endpoints_failing.number == 0) return;
    to.light(fmt::format(
        "{} {}: pinwire endpoints list",
        amount(view.endpoints_failing),
        view.endpoints_failing.number == 1 ? "endpoint fails" : "endpoints fail"
    ));
}

}  // namespace

std::vector<trouble> troubles_of(const look& now, const flow& rates) {
    list found;
    find_away(now, found);
    find_lost(rates, found);
    if (now.database.what) find_silent(now.database.what->view, found);
    if (now.kafka.what) {
        find_lag(now.kafka.what->jobs, rates.jobs_read, rates.jobs_lag_growth(), found);
        find_lag(now.kafka.what->dlrs, rates.dlr_records_read, rates.dlrs_lag_growth, found);
    }
    if (now.database.what) {
        find_routes(*now.database.what, found);  // a cause before what comes of it
        find_overdue(now.database.what->view, found);
    }
    find_aside(now, found);
    find_in_doubt(rates, found);
    if (now.database.what) find_endpoints(now.database.what->view, found);
    return found.take();
}

}  // namespace pinwire::cli
