#include "worker/send.hpp"

#include "common/carriers/registry.hpp"
#include "common/core/call_words.hpp"
#include "common/core/deadlines.hpp"
#include "common/core/message_text.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/runtime/random.hpp"
#include "worker/sender_choice.hpp"

namespace pinwire::worker {
namespace {

using carriers::verdict;

outcome not_sent(verdict how, std::string error) {
    outcome made;
    made.verdict = how;
    made.error = std::move(error);
    return made;
}

// Requests that got no answer: how far they came decides.
outcome without_answer(const http::exchange& got) {
    outcome made;
    made.error = std::string(http::to_string(got.why));
    switch (got.how_far) {
        case http::progress::withheld:
            made.verdict = verdict::not_sent_later;
            return made;
        case http::progress::not_connected:
        case http::progress::refused_by_policy:
            made.verdict = got.why == http::failure::unsendable ? verdict::not_sent_final
                                                                : verdict::not_sent_later;
            made.carrier_trouble = true;
            return made;
        case http::progress::sent_no_answer:
        case http::progress::answered:
            break;
    }
    made.verdict = verdict::in_doubt;
    made.carrier_trouble = true;
    return made;
}

routes::health said_of_carrier(const outcome& result) {
    if (result.throttled) return routes::health::throttled;
    return result.carrier_trouble ? routes::health::bad : routes::health::good;
}

// The path of the base URL is the carrier's own: the translator's target already holds it.
std::optional<std::chrono::system_clock::time_point> expiry_of(const attempt_work& work) {
    if (work.pin_expires_at == wall_time::max()) return std::nullopt;
    return work.pin_expires_at;
}

}  // namespace

send_step::send_step(
    const config::settings& settings,
    const upkeep::account_book& accounts,
    const key_ring& keys,
    gateway& to,
    routes& ways,
    figures& counts,
    pulse of_ours
)
    : settings_(settings),
      accounts_(accounts),
      keys_(keys),
      gateway_(to),
      routes_(ways),
      figures_(counts),
      pulse_(std::move(of_ours)) {
    for (const auto& [name, carrier] : settings.carriers) {
        carriers_.emplace(name, carriers::make_carrier(carrier.translator));
    }
}

send_step::~send_step() = default;

const carriers::carrier* send_step::carrier_of(const carrier_name& name) const {
    const auto found = carriers_.find(name);
    return found == carriers_.end() ? nullptr : found->second.get();
}

std::optional<carriers::order> send_step::order_of(
    const attempt_work& work, outcome& why_not, std::optional<sender_name>& put_sender
) const {
    const auto now = database_clock::now();
    const auto* line = routes_.find(work.route);
    const auto route_validity = line != nullptr ? line->config().validity : one_hour;
    carriers::order made;
    made.validity = validity_left(now, expiry_of(work), route_validity);
    if (now >= work.last_moment() || made.validity.count() <= 0) {
        why_not = not_sent(verdict::not_sent_final, "expired");
        why_not.too_late = true;
        return std::nullopt;
    }
    const auto& job = work.job;
    const auto clear =
        keys_.unseal(work.sealed, key_ring::pin_context(job.account, work.pin, job.to));
    if (!clear) {
        // A key that isn't spread yet is our own trouble; anything else can't be cured by waiting.
        const bool wait = clear.error() == unseal_error::unknown_key;
        why_not = not_sent(
            wait ? verdict::not_sent_later : verdict::not_sent_final,
            wait ? "pin_key_unknown" : "pin_unreadable"
        );
        why_not.own_trouble = true;
        return std::nullopt;
    }
    made.attempt = work.id;
    made.channel = job.channel;
    made.to = job.to;
    const auto sender = choose_sender(
        job,
        accounts_.find(job.account).get(),
        line != nullptr ? &line->config() : nullptr,
        settings_.senders
    );
    made.from = sender.sender;
    if (sender.substituted) put_sender = sender.sender;
    made.text = job.channel == channel::sms ? render_sms(job, *clear) : spoken_text(job, *clear);
    made.voice = job.voice;
    if (job.channel == channel::sms) made.dlt = job.dlt;
    made.now = now;
    made.nonce = random_bytes<16>();
    made.dlr_url = settings_.callback.public_url + "/dlr/" + work.carrier.str() + "/" +
                   keys_.dlr_token(work.carrier, work.id);
    if (job.channel == channel::voice) made.dlr_url += "?channel=voice";
    return made;
}

// Good as long as the message itself, counted from now.
std::string send_step::words_url_of(
    const attempt_work& work, const carriers::order& order, secret words
) const {
    call_words sealed;
    sealed.text = std::move(words);
    sealed.until = order.now + order.validity;
    return words_url(
        settings_.callback.public_url, keys_, work.carrier, work.id, sealed, random_bytes<12>()
    );
}

outcome send_step::read(
    const carriers::carrier& carrier, const attempt_work& work, const http::exchange& got
) const {
    if (!got.answered()) return without_answer(got);
    auto whole = got.answer;
    const auto answer = carrier.read_answer(http::to_core(std::move(whole)), work.job.channel);
    outcome made;
    made.verdict = answer.verdict;
    made.carrier_message_id = answer.carrier_message_id;
    made.call = answer.call;
    made.error = answer.error;
    made.retry_after = answer.retry_after;
    made.carrier_trouble =
        answer.verdict == verdict::in_doubt || answer.verdict == verdict::not_sent_later;
    made.throttled = answer.verdict == verdict::not_sent_later;
    return made;
}

config::request_times send_step::times_of(const attempt_work& work) const {
    const auto* line = routes_.find(work.route);
    if (line != nullptr) return config::times_of(settings_, line->config());
    config::route_settings gone;  // a repeat for a route that is no more: the carrier's times
    gone.carrier = work.carrier;
    return config::times_of(settings_, gone);
}

awaitable<outcome> send_step::run(
    const attempt_work& work, std::function<void()> on_first_byte, wall_time not_after
) {
    const auto* carrier = carrier_of(work.carrier);
    if (carrier == nullptr || !carrier->can(work.job.channel)) {
        co_return not_sent(verdict::not_sent_next, "carrier_gone");
    }
    outcome why_not;
    std::optional<sender_name> put_sender;
    auto order = order_of(work, why_not, put_sender);
    if (!order) co_return why_not;
    if (auto words = carrier->words(*order); !words.empty())
        order->words_url = words_url_of(work, *order, std::move(words));
    if (const auto refusal = carrier->refuses(*order); !refusal.empty()) {
        co_return not_sent(verdict::not_sent_next, std::string(refusal));
    }
    auto request = carrier->to_request(*order);
    order.reset();
    const auto last_moment = work.last_moment();
    bool late = false;
    const int stretch = work.stretch;
    std::function<bool()> may_send = [this, last_moment, not_after, stretch, &late] {
        const auto now = database_clock::now();
        late = now >= last_moment;
        return !late && now < not_after && pulse_.alive() && pulse_.stretch() == stretch;
    };
    std::function<void()> begins = [hook = std::move(on_first_byte)] {
        kill_point("worker.first_byte");
        if (hook) hook();
    };
    const auto health = routes_.begin(work.route);
    const auto within = times_of(work);
    auto got = co_await gateway_.to_carrier(
        work.carrier, std::move(request), within, std::move(may_send), std::move(begins)
    );
    auto result = read(*carrier, work, got);
    result.put_sender = std::move(put_sender);
    if (got.how_far == http::progress::withheld) {
        result.too_late = late;
        result.own_trouble = true;
        result.error = late                                 ? "expired"
                       : database_clock::now() >= not_after ? "window_over"
                                                            : "no_heartbeat";
        routes_.end(work.route, health, routes::health::silent);
        co_return result;
    }
    routes_.end(work.route, health, said_of_carrier(result));
    if (result.throttled) routes_.throttled(work.route, result.retry_after);
    figures_.send_seconds.observe(std::chrono::duration<double>(got.elapsed).count());
    co_return result;
}

}  // namespace pinwire::worker
