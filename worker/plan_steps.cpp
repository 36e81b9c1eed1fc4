#include "worker/plan_steps.hpp"

#include <map>

#include "common/config/price.hpp"
#include "common/core/job_codec.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/telemetry/log.hpp"
#include "worker/claim.hpp"

namespace pinwire::worker {
namespace {

using telemetry::log_info;
using telemetry::log_warn;

std::string_view word(plan_end why) {
    switch (why) {
        case plan_end::no_step:
            return "no_step";
        case plan_end::no_route:
            return "no_route";
        case plan_end::too_dear:
            return "cost";
        case plan_end::attempts:
            return "attempts";
        case plan_end::none:
            break;
    }
    return "none";
}

}  // namespace

plan_routes offers_of(routes& ways, const job& of, std::string_view network) {
    return [&ways, &of, network](channel wanted, const std::vector<route_name>& without) {
        std::optional<plan_offer> offer;
        auto as_sent = of;
        as_sent.channel = wanted;
        const auto* line = ways.choose(wish_of(as_sent, network), without);
        if (line == nullptr) return offer;
        offer.emplace();
        offer->route = line->config().name;
        offer->cost = config::cost_on(line->config(), as_sent);
        return offer;
    };
}

void add_plan(attempt_work& one, const postgres::plan_fact& known) {
    one.enter_step(known.step);
    one.parts = config::parts_of(one.job);
    one.cost = known.cost;
    one.tries = known.tries;
}

struct plan_steps::draft {
    postgres::step_request request;
    attempt_work work;  // if there is a next step
    route_line* line = nullptr;
};

// Which step, on which route; throws std::runtime_error for a spec of another version.
plan_steps::draft plan_steps::plan(const postgres::due_step& of) const {
    draft made;
    made.request.attempt = of.attempt;
    made.request.step_at = *of.step_at;
    auto& work = made.work;
    work.job = from_spec(of.spec);
    const auto next =
        next_in_plan(work.job, of.step, of.tries, offers_of(routes_, work.job, of.mccmnc));
    made.line = next.step == 0 ? nullptr : routes_.find(next.offer.route);
    if (made.line == nullptr) {
        log_info("plan_over", {{"job", of.job}, {"step", of.step}, {"why", word(next.why)}});
        return made;
    }
    const auto now = database_clock::now();
    work.id = new_attempt_id();
    work.message = of.job;
    work.route = made.line->config().name;
    work.carrier = made.line->config().carrier;
    work.pin = of.pin;
    work.pin_expires_at = of.pin_expires_at.value_or(wall_time::max());
    work.send_by = of.send_by;
    work.tries = of.tries;
    for (const auto& one : of.tries)
        if (one.refused) work.refused.push_back(one.route);
    work.enter_step(next.step);
    work.cost = next.offer.cost;
    postgres::begun_step begun;
    begun.step = next.step;
    begun.channel = work.job.channel;
    begun.after = length_of_step(work.job, next.step);
    begun.attempt.id = work.id;
    begun.attempt.route = work.route;
    begun.attempt.carrier = work.carrier;
    begun.attempt.keep = made.line->free_places() > 0;
    begun.attempt.next_at = begun.attempt.keep ? made.line->expected_at(now) : now;
    begun.attempt.deadline = work.last_moment();
    begun.attempt.parts = config::parts_of(work.job);
    begun.attempt.cost = work.cost;
    work.next_at = begun.attempt.next_at;
    work.not_before = now;
    work.parts = begun.attempt.parts;
    work.network = of.mccmnc;
    work.deadline = begun.attempt.deadline;
    made.request.next = std::move(begun);
    return made;
}

awaitable<void> plan_steps::begin(std::vector<postgres::due_step> due) {
    std::vector<postgres::step_request> requests;
    std::map<attempt_id, draft> drafts;  // by the attempt before
    for (const auto& one : due) {
        if (!one.step_at) {
            figures_.plans_stopped.add();
            continue;
        }
        try {
            auto made = plan(one);
            requests.push_back(made.request);
            drafts.emplace(one.attempt, std::move(made));
        } catch (const std::runtime_error& error) {
            // left alone: another version may read it, and its deadline closes it
            log_warn(
                "row_unreadable", {{"attempt", one.attempt}, {"error", std::string(error.what())}}
            );
        }
    }
    if (requests.empty()) co_return;
    const auto answers = co_await store_.begin_steps(std::move(requests));
    for (const auto& answer : answers) {
        const auto found = drafts.find(answer.attempt);
        if (found == drafts.end() || !answer.next_n) continue;
        auto& made = found->second;
        figures_.steps_begun.add();
        log_info(
            "step",
            {{"job", made.work.message}, {"step", made.work.step}, {"route", made.work.route}}
        );
        made.work.number = *answer.next_n;
        if (made.request.next->attempt.keep) made.line->hold(std::move(made.work));
    }
}

}  // namespace pinwire::worker
