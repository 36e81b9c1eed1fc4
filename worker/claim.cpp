#include "worker/claim.hpp"

#include <algorithm>
#include <cctype>

#include "common/config/price.hpp"
#include "common/config/route_times.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/pin.hpp"
#include "common/runtime/database_clock.hpp"
#include "worker/plan_steps.hpp"
#include "worker/sender_choice.hpp"

namespace pinwire::worker {
namespace {

int parts_on(channel way, job of) {
    of.channel = way;
    return config::parts_of(of);
}

template <class Id>
Id new_id() {
    const auto random = random_bytes<10>();
    return Id::time_ordered(database_clock::now(), random);
}

}  // namespace

message_id new_message_id() {
    return new_id<message_id>();
}
attempt_id new_attempt_id() {
    return new_id<attempt_id>();
}
pin_id new_pin_id() {
    const auto bytes = random_bytes<16>();
    auto text = to_hex(bytes);
    for (auto& c : text)
        c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return pin_id(std::move(text));
}

// What this claim is going to ask for, and the permit that it holds meanwhile.
struct claim_step::draft {
    message_id message = new_message_id();
    claim_id claim = new_id<claim_id>();
    std::string reason;  // final at once; empty: to be sent
    std::optional<postgres::pin_request> pin;
    std::optional<postgres::attempt_request> attempt;
    std::optional<postgres::plan_request> plan;
    route_line* line = nullptr;
    std::optional<route_permit> permit;
    wall_time send_by;
};

claim_step::claim_step(
    const config::settings& settings,
    const upkeep::account_book& accounts,
    const key_ring& keys,
    job_store& store,
    routes& ways,
    figures& counts,
    epoch_id epoch
)
    : settings_(settings),
      accounts_(accounts),
      keys_(keys),
      store_(store),
      routes_(ways),
      figures_(counts),
      epoch_(epoch) {}

void claim_step::mint(const job& of, draft& made) {
    postgres::pin_request pin;
    pin.id = *of.pin;
    pin.parameters = of.pin_or_default();
    pin.strict = of.pin_given.has_value();
    pin.by_number = of.dialect == dialect::nrs360;
    const auto context = key_ring::pin_context(of.account, *of.pin, of.to);
    const auto keep = [&](const secret& clear) {
        pin.sealed = keys_.seal(clear, context, random_bytes<12>());
        pin.guess_key = keys_.active();
        const auto guessed_as = key_ring::guess_context(of.account, *of.pin);
        pin.guess_mac = keys_.mac_of_guess(pin.guess_key, clear, guessed_as);
    };
    if (of.pin_sealed.empty()) {
        keep(mint_pin(pin.parameters, [this] { return random_.next(); }));
    } else if (const auto own = keys_.unseal(of.pin_sealed, context)) {
        keep(*own);  // sealed again, under the key that is active now
    } else {
        pin.sealed = of.pin_sealed;  // decode has opened it before: the ring has lost a key since
    }
    made.pin = std::move(pin);
}

// Of a plan the first step that has a route.
void claim_step::choose_route(const job& of, std::string_view network, draft& made) {
    if (of.steps.empty()) {
        made.line = routes_.choose(wish_of(of, network), {});
        return;
    }
    const auto next = next_in_plan(of, 0, {}, offers_of(routes_, of, network));
    if (next.step == 0) return;
    made.line = routes_.find(next.offer.route);
    made.plan.emplace();
    made.plan->step = next.step;
    made.plan->channel = channel_of_step(of, next.step);
    made.plan->after = length_of_step(of, next.step);
}

// Route, permit, and how the first attempt is born.
void claim_step::choose_way(const job& of, std::string_view network, draft& made) {
    choose_route(of, network, made);
    if (made.line == nullptr) {
        made.reason = "no_route";
        return;
    }
    const auto& route = made.line->config();
    const auto& timing = settings_.worker.timing;
    const auto now = database_clock::now();
    postgres::attempt_request attempt;
    attempt.id = new_attempt_id();
    attempt.route = route.name;
    attempt.carrier = route.carrier;
    attempt.parts = made.plan ? parts_on(made.plan->channel, of) : config::parts_of(of);
    attempt.cost = config::price_on(route, of.to) * attempt.parts;
    made.permit = made.line->try_permit(attempt.parts);
    attempt.start = made.permit.has_value();
    attempt.keep = !attempt.start && made.line->free_places() > 0;
    if (attempt.start) {
        const auto patience = config::times_of(settings_, route).answer;
        attempt.next_at = now + patience + timing.hold_grace;
        attempt.deadline = now + route.validity + timing.no_news_after;
    } else {
        attempt.next_at = attempt.keep ? made.line->expected_at(now) : now;
        attempt.deadline = made.send_by;
    }
    made.attempt = std::move(attempt);
}

postgres::claim_request claim_step::request_of(const looked_up& from, const draft& made) const {
    const auto& job = from.from.job;
    postgres::claim_request request;
    request.id = made.message;
    request.account = job.account;
    request.job = job.id;
    request.claim = made.claim;
    request.content_hash = from.from.content_hash;
    request.channel = job.channel;
    request.to = job.to;
    request.spec = to_spec(job);
    request.report_url = job.report_url;
    request.report_format = job.report_format;
    request.report_refusal = job.report_refusal;
    request.reference = job.reference;
    request.waiter = from.from.waiter;
    const auto* route = made.line != nullptr ? &made.line->config() : nullptr;
    request.sender = asked_sender(job, accounts_.find(job.account).get(), route);
    request.requested_at = job.requested_at;
    request.send_by = made.send_by;
    request.nc = from.verdict.nc;
    request.mccmnc = from.lookup.mccmnc;
    request.reason = made.reason;
    request.pin = made.pin;
    request.attempt = made.attempt;
    request.plan = made.plan;
    return request;
}

claimed claim_step::judge(const postgres::claim_answer& answer, looked_up& from, draft& made)
    const {
    claimed result;
    if (!answer.ours()) {
        const bool same = answer.content_hash == from.from.content_hash;
        result.what = same ? claimed::kind::repeat : claimed::kind::reused;
        return result;
    }
    const bool in_hand = !answer.final && made.attempt && answer.owner == epoch_;
    if (!in_hand) return result;
    auto& work = result.work;
    work.id = made.attempt->id;
    work.message = answer.id;
    work.route = made.attempt->route;
    work.carrier = made.attempt->carrier;
    work.job = std::move(from.from.job);
    work.pin = *work.job.pin;
    work.sealed = answer.sealed;
    work.pin_expires_at = answer.pin_expires_at.value_or(wall_time::max());
    work.send_by = made.send_by;
    work.next_at = made.attempt->next_at;
    work.not_before = database_clock::now();
    work.parts = made.attempt->parts;
    work.network = from.lookup.mccmnc;
    work.deadline = made.attempt->deadline;
    work.started_at = database_clock::now();
    work.cost = made.attempt->cost;
    if (made.plan) work.enter_step(made.plan->step);
    if (answer.state == attempt_state::sending && made.permit) {
        result.what = claimed::kind::to_send;
        result.permit = std::move(*made.permit);
    } else if (answer.state == attempt_state::waiting) {
        result.what = claimed::kind::to_wait;
    }
    return result;
}

awaitable<claimed> claim_step::run(looked_up& from) {
    auto& job = from.from.job;
    draft made;
    made.send_by = job.send_by();
    const bool resend = job.pin.has_value();
    if (!resend) job.pin = new_pin_id();
    if (from.from.too_late) {
        made.reason = from.from.late_reason;
    } else if (!from.from.refused.empty()) {
        made.reason = from.from.refused;
    } else if (from.verdict.action == lookup_action::refuse) {
        made.reason = consequence_of(from.verdict.action).reason;
    } else if (from.verdict.action == lookup_action::withhold) {
        made.reason = consequence_of(from.verdict.action).reason;
        mint(job, made);  // the PIN exists, so that it can be sent again, by voice too
    } else {
        choose_way(job, from.lookup.mccmnc, made);
        // Infobip's caller holds its id: without a route, too, it can be sent again
        if (made.line != nullptr || job.dialect == dialect::infobip) mint(job, made);
    }
    auto request = request_of(from, made);
    const auto began = std::chrono::steady_clock::now();
    const auto outcome = co_await store_.claim(std::move(request));
    figures_.claim_seconds.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()
    );
    claimed result;
    if (!outcome.answer) {
        result.what = claimed::kind::bad_row;
        result.sqlstate = outcome.refused.sqlstate;
        co_return result;
    }
    result = judge(*outcome.answer, from, made);
    // one that was known already sends nothing
    if (made.permit) made.permit->give_back_unused();
    if (!made.reason.empty() && outcome.answer->ours()) figures_.jobs("final_at_once").add();
    co_return result;
}

}  // namespace pinwire::worker
