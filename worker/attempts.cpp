#include "worker/attempts.hpp"

#include <set>

#include "common/config/price.hpp"
#include "common/config/route_times.hpp"
#include "common/core/limits.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/telemetry/log.hpp"
#include "worker/claim.hpp"
#include "worker/ladder.hpp"
#include "worker/plan_steps.hpp"

namespace pinwire::worker {
namespace {

using carriers::verdict;
using telemetry::log_info;

// Why an attempt ends that its route was never asked for; sql/030_passed_by.sql knows these words.
constexpr auto route_paused = "route_paused";
constexpr auto route_unhealthy = "route_unhealthy";
constexpr auto route_gone = "route_gone";

bool says_passed_by(const std::string& error) {
    return error == route_paused || error == route_unhealthy || error == route_gone;
}

progress progress_of(const attempt_work& work) {
    progress made;
    made.route = work.route;
    made.attempt_number = work.number;
    made.refused = work.refused;
    made.send_by = work.last_moment();
    return made;
}

plan_try try_of(const attempt_work& work, bool refused) {
    plan_try made;
    made.step = work.step;
    made.route = work.route;
    made.refused = refused;
    made.cost = refused ? 0 : work.cost;
    return made;
}

double seconds_since(std::chrono::steady_clock::time_point began) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

// A list's word that means nothing to us is no news of the delivery.
std::optional<postgres::found_delivery> found_of(const std::optional<dlr>& report) {
    if (!report || !report->status) return std::nullopt;
    postgres::found_delivery found;
    found.status = *report->status;
    found.raw_status = report->raw_status;
    found.error_code = report->error_code;
    return found;
}

}  // namespace

attempts::attempts(
    const config::settings& settings,
    job_store& store,
    routes& ways,
    send_step& send,
    figures& counts
)
    : settings_(settings), store_(store), routes_(ways), send_(send), figures_(counts) {}

awaitable<void> attempts::run(
    attempt_work work, route_permit permit, std::function<void()> on_first_byte
) {
    bool more = true;
    while (more) {
        const auto result = co_await send_.run(work, on_first_byte);
        on_first_byte = {};
        more = co_await record(work, result, permit);
    }
}

next_step attempts::step_after(const attempt_work& work, const outcome& result, bool waived) {
    if (work.planned()) return step_in_plan(work, result, waived);
    const auto job = progress_of(work);
    auto tried = work.refused;
    tried.push_back(work.route);
    // our own trouble says nothing about the route: it may have the job again
    std::optional<route_name> other;
    if (result.surely_not_sent() && !result.own_trouble) {
        const auto* line = routes_.choose(wish_of(work), tried);
        // its own route may be sooner back than one that an operator paused
        const bool sooner = result.verdict == verdict::not_sent_later;
        if (line != nullptr && !(sooner && line->paused())) other = line->config().name;
    }
    return after(result, job, other, settings_.worker.timing, database_clock::now());
}

next_step attempts::step_in_plan(const attempt_work& work, const outcome& result, bool waived) {
    plan_progress plan{work.job, work.step, work.tries, waived};
    plan.tried.push_back(try_of(work, !waived));
    plan.tried.back().passed_by = result.passed_by;
    const auto offers = offers_of(routes_, work.job, work.network);
    const auto& timing = settings_.worker.timing;
    return after_in_plan(
        result, progress_of(work), std::move(plan), offers, timing, database_clock::now()
    );
}

// When its report is overdue and is fetched; past every deadline where it can't be.
std::chrono::milliseconds attempts::pull_after(const attempt_work& work) const {
    const auto carrier = settings_.carriers.find(work.carrier);
    const bool pulled =
        carrier != settings_.carriers.end() && carrier->second.pull_after.count() > 0;
    return pulled ? carrier->second.pull_after : std::chrono::hours(24 * 365);
}

postgres::record_request attempts::request_of(const attempt_work& work, const outcome& result)
    const {
    const auto now = database_clock::now();
    const auto* line = routes_.find(work.route);
    const auto validity = line != nullptr ? line->config().validity : std::chrono::seconds(3600);
    const auto valid_until = std::min(now + validity, std::max(work.pin_expires_at, now));
    const auto deadline = valid_until + settings_.worker.timing.no_news_after;
    postgres::record_request request;
    request.attempt = work.id;
    request.carrier_message_id = result.carrier_message_id;
    request.error = result.error;
    request.call = result.call;
    request.put_sender = result.put_sender;
    request.doubt_end = result.doubt_end;
    switch (result.verdict) {
        case verdict::sent:
            request.result = postgres::record_result::sent;
            request.next_at = std::min(deadline, now + pull_after(work));
            request.deadline = deadline;
            break;
        case verdict::in_doubt:
            request.result = postgres::record_result::in_doubt;
            request.next_at = now;
            request.deadline = deadline;
            break;
        case verdict::not_sent_next:
        case verdict::not_sent_later:
        case verdict::not_sent_final:
            request.result = postgres::record_result::not_sent;
            break;
    }
    return request;
}

// Writes the next attempt into the request; takes its permit if there is one at once.
void attempts::plan_next(
    const attempt_work& work,
    const next_step& step,
    postgres::record_request& request,
    route_permit& permit
) {
    permit = route_permit();
    if (step.what == next_step::kind::none) return;
    auto* line = routes_.find(step.route);
    if (line == nullptr) return;
    const auto now = database_clock::now();
    const auto& timing = settings_.worker.timing;
    postgres::next_attempt next;
    next.id = new_attempt_id();
    next.route = step.route;
    next.carrier = line->config().carrier;
    next.parts = config::parts_of(work.job);
    next.cost = config::price_on(line->config(), work.job.to) * next.parts;
    if (step.what == next_step::kind::now) {
        if (auto got = line->try_permit(next.parts)) permit = std::move(*got);
    }
    next.start = permit.held();
    next.keep = !next.start && line->free_places() > 0;
    if (next.start) {
        const auto patience = config::times_of(settings_, line->config()).answer;
        next.next_at = now + patience + timing.hold_grace;
        next.deadline = now + line->config().validity + timing.no_news_after;
    } else {
        const auto turn = next.keep ? line->expected_at(now) : now;
        next.next_at = std::max(step.at, turn);
        next.deadline = work.last_moment();
    }
    request.next = std::move(next);
}

// Makes `work` the next attempt. True: it is to be sent now.
bool attempts::follow(
    attempt_work& work,
    const next_step& step,
    const postgres::record_request& request,
    const postgres::record_answer& answer
) {
    if (!request.next || !answer.next_n) return false;
    if (work.planned() && !says_passed_by(request.error))  // as sql/041_fair_lines.sql has it
        work.tries.push_back(try_of(work, request.result == postgres::record_result::not_sent));
    // one that was only passed by may have it again (sql/017_routes.sql says the same)
    if (request.error != route_paused && request.error != route_unhealthy)
        work.refused.push_back(work.route);
    work.cost = request.next->cost;
    work.id = request.next->id;
    work.number = *answer.next_n;
    work.route = request.next->route;
    work.carrier = request.next->carrier;
    work.next_at = request.next->next_at;
    work.not_before = step.at;
    work.deadline = request.next->deadline;
    work.started_at = database_clock::now();
    work.repeats = 0;
    if (request.next->start) return true;
    if (request.next->keep) {
        if (auto* line = routes_.find(work.route)) line->hold(std::move(work));
    }
    return false;
}

awaitable<bool> attempts::record(attempt_work& work, const outcome& result, route_permit& permit) {
    auto request = request_of(work, result);
    const auto step = step_after(work, result);
    plan_next(work, step, request, permit);
    const auto word = result.verdict == verdict::sent       ? "sent"
                      : result.verdict == verdict::in_doubt ? "in_doubt"
                                                            : "not_sent";
    figures_.sends(word).add();
    if (result.verdict != verdict::sent) {
        log_info(
            "attempt",
            {{"attempt", work.id},
             {"route", work.route},
             {"result", word},
             {"error", result.error},
             {"to", work.job.to}}
        );
    }
    work.stretch = stretch();  // the next attempt's; this one has been sent or not
    const auto began = std::chrono::steady_clock::now();
    const auto answer = co_await store_.record(request);
    figures_.record_seconds.observe(seconds_since(began));
    if (!answer.applied) figures_.record_moved_on.add();
    const bool more = follow(work, step, request, answer);
    if (!more) permit.give_back_unused();  // the next one's, which somebody else decided
    co_return more;
}

awaitable<void> attempts::serve(route_line& line, task_group& tasks) {
    for (;;) {
        auto turn = co_await line.next();
        if (!turn) co_return;
        auto task = start_or_leave(std::move(turn->work), std::move(turn->permit));
        tasks.spawn(std::move(task), "attempt");
    }
}

// Another way for what waits on a route that is paused or in trouble; null: it stays.
route_line* attempts::way_round(const attempt_work& work) {
    // ways round are attempts too: they must not use up what the job has of them
    if (work.number > limits::attempts_per_job_max / 2) return nullptr;
    auto* other = routes_.better_than(work.route, wish_of(work), work.refused);
    return other != nullptr && work.planned() ? way_in_plan(work, *other) : other;
}

// What the plan's limits leave of it: passed by without another way, the job would end unsent.
route_line* attempts::way_in_plan(const attempt_work& work, route_line& best) {
    // asked before: to be chosen is a sick route's promise, for a moment
    std::set<route_name> well;
    for (const auto& name : routes_.names())
        if (routes_.well(name)) well.insert(name);
    auto tried = work.tries;
    tried.push_back(try_of(work, true));
    tried.back().passed_by = true;
    const auto next =
        again_in_step(work.job, work.step, tried, offers_of(routes_, work.job, work.network));
    if (next.step == 0) return nullptr;
    auto* other = routes_.find(next.offer.route);
    return other == &best || well.contains(next.offer.route) ? other : nullptr;
}

awaitable<void> attempts::start_or_leave(attempt_work work, route_permit permit) {
    if (way_round(work) != nullptr) {
        permit.give_back_unused();
        co_await move_on(std::move(work), route_unhealthy);
        co_return;
    }
    co_await start(std::move(work), std::move(permit));
}

void attempts::leave(route_line& line, task_group& tasks) {
    constexpr std::size_t moved_max = 64;
    const auto now = database_clock::now();
    const auto goes = [this, now](const attempt_work& work) {
        return now >= work.last_moment() || way_round(work) != nullptr;
    };
    for (auto& work : line.take_out(goes, moved_max)) {
        if (now >= work.last_moment()) {  // its deadline closes it
            line.let_go(work.id);
            continue;
        }
        auto task = move_on(std::move(work), line.paused() ? route_paused : route_unhealthy);
        tasks.spawn(std::move(task), "way round");
    }
}

// waiting -> sending is committed first, guarded by state and owner; the PIN comes back with it.
awaitable<void> attempts::start(attempt_work work, route_permit permit) {
    const auto now = database_clock::now();
    const auto& timing = settings_.worker.timing;
    const auto* line = routes_.find(work.route);
    postgres::start_request request;
    request.attempt = work.id;
    const auto patience = line != nullptr ? config::times_of(settings_, line->config()).answer
                                          : config::request_times().answer;
    const auto validity = line != nullptr ? line->config().validity : std::chrono::seconds(3600);
    request.next_at = now + patience + timing.hold_grace;
    request.deadline = now + validity + timing.no_news_after;
    work.stretch = stretch();
    const auto answer = co_await store_.start(request);
    if (auto* held = routes_.find(work.route)) held->let_go(work.id);
    if (!answer.started()) {
        permit.give_back_unused();
        if (answer.why == "superseded") figures_.superseded.add();
        co_return;
    }
    work.sealed = answer.sealed;
    work.pin_expires_at = answer.pin_expires_at.value_or(wall_time::max());
    work.started_at = now;
    co_await run(std::move(work), std::move(permit));
}

awaitable<void> attempts::rehome(attempt_work work) {
    co_await move_on(std::move(work), route_gone);
}

awaitable<void> attempts::move_on(attempt_work work, std::string why) {
    const auto before = work.route;
    const auto id = work.id;
    outcome gone;
    gone.verdict = verdict::not_sent_next;
    gone.error = std::move(why);
    gone.passed_by = true;
    route_permit permit;
    const bool at_once = co_await record(work, gone, permit);
    // not earlier: a refill would bring the row back, and it would be sent as well
    if (auto* line = routes_.find(before)) line->let_go(id);
    if (at_once) co_await run(std::move(work), std::move(permit));
}

awaitable<void> attempts::repeat(attempt_work work) {
    // The carrier forgets the reference then; connecting may take long.
    const auto* carrier = send_.carrier_of(work.carrier);
    auto not_after = work.started_at;
    if (carrier != nullptr) not_after += carrier->config().idempotency_window;
    auto sending = send_.run(work, nullptr, not_after);
    const auto result = co_await std::move(sending);
    outcome certain = result;
    // A refusal of the repeat says nothing about the first request: only acceptance is certain.
    if (certain.verdict != verdict::sent) certain.verdict = verdict::in_doubt;
    auto request = request_of(work, certain);
    request.repeated = !result.own_trouble && !result.too_late;  // else nothing left
    if (certain.verdict != verdict::sent) {
        request.next_at = after_repeat(work.repeats, database_clock::now());
        request.deadline = work.deadline;
    }
    if (certain.verdict == verdict::sent) request.doubt_end = "repeated";
    figures_.sends(certain.verdict == verdict::sent ? "sent" : "in_doubt").add();
    if (certain.verdict == verdict::sent) figures_.doubts("repeated").add();
    log_info(
        "repeated",
        {{"attempt", work.id},
         {"route", work.route},
         {"certain", certain.verdict == verdict::sent},
         {"error", result.error}}
    );
    co_await store_.record(request);
}

// Two jobs of one number may look alike in a carrier's list: of two messages of which one arrived,
// it shows one, and that is the other's.
awaitable<void> attempts::drop_what_is_anothers(
    const attempt_work& work, carriers::inquiry_answer& said
) {
    if (said.what != carriers::inquiry_answer::kind::found) co_return;
    if (said.carrier_message_id.empty()) co_return;
    auto asking = store_.is_of_another(work.carrier, said.carrier_message_id, work.id);
    const bool anothers = co_await std::move(asking);
    if (!anothers) co_return;
    said = {};
    said.word = "of_another";
}

// Found: evidence like any other. Surely not taken: as if it had been refused, so what follows a
// refusal follows. Anything else: asked again, as often as the ladder allows.
awaitable<void> attempts::ask(attempt_work work) {
    using kind = carriers::inquiry_answer::kind;
    auto said = co_await send_.ask(work);
    auto dropping = drop_what_is_anothers(work, said);
    co_await std::move(dropping);
    const auto word = said.what == kind::found    ? "found"
                      : said.what == kind::absent ? "absent"
                                                  : "unknown";
    log_info(
        "asked", {{"attempt", work.id}, {"route", work.route}, {"said", word}, {"why", said.word}}
    );
    outcome result;
    result.carrier_message_id = said.carrier_message_id;
    if (said.report) result.call = said.report->call;
    if (said.what == kind::absent) {
        result.verdict = verdict::not_sent_later;
        result.error = "asked_absent";
        result.doubt_end = result.error;
        figures_.doubts("asked_absent").add();
        route_permit permit;
        const bool at_once = co_await record(work, result, permit);
        if (at_once) co_await run(std::move(work), std::move(permit));
        co_return;
    }
    const bool found = said.what == kind::found;
    result.verdict = found ? verdict::sent : verdict::in_doubt;
    if (!found) result.error = "asked_unknown(" + said.word + ")";
    figures_.doubts(found ? "asked_found" : "asked_unknown").add();
    auto request = request_of(work, result);
    request.repeated = true;
    if (found) {
        request.doubt_end = "asked_found";
        request.found = found_of(said.report);
    } else {
        request.next_at = after_ask(settings_.worker.timing, database_clock::now());
        request.deadline = work.deadline;
    }
    co_await store_.record(request);
}

awaitable<void> attempts::resend(attempt_work work) {
    postgres::record_request request;
    request.attempt = work.id;
    request.result = postgres::record_result::resent;
    request.error = "in_doubt_resent";
    outcome waived;
    waived.verdict = verdict::not_sent_later;
    waived.error = request.error;
    auto step = step_after(work, waived, true);
    if (step.what == next_step::kind::later) {
        step.what = next_step::kind::now;
        step.at = database_clock::now();
    }
    if (step.what == next_step::kind::none) {
        co_await store_.postpone(work.id, work.deadline);
        co_return;
    }
    figures_.resent_in_doubt.add();
    figures_.doubts("resent").add();
    route_permit permit;
    plan_next(work, step, request, permit);
    work.stretch = stretch();
    const auto answer = co_await store_.record(request);
    if (!follow(work, step, request, answer)) {
        permit.give_back_unused();
        co_return;
    }
    co_await run(std::move(work), std::move(permit));
}

}  // namespace pinwire::worker
