#include "worker/guard.hpp"

#include <string>

#include "common/config/job_price.hpp"
#include "common/config/price.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {

guard_step::guard_step(
    const config::settings& settings,
    const upkeep::switch_board& switches,
    send_counter& counter,
    telemetry::metrics& to
)
    : settings_(settings),
      switches_(switches),
      counter_(counter),
      destinations_(settings.guard.destinations) {
    for (const auto& [name, own] : settings.guard.accounts)
        own_caps_.emplace(name, merged(settings.guard.caps, own));
    for (const auto one : all_refusals) {
        refused_.at(static_cast<std::size_t>(one)) = to.make_counter(
            "pinwire_refused_total",
            "Jobs that the guard let end unsent, by reason",
            {{"reason", std::string(to_string(one))}}
        );
    }
}

const cap_table& guard_step::caps_of(const account_name& account) const {
    const auto own = own_caps_.find(account);
    return own == own_caps_.end() ? settings_.guard.caps : own->second;
}

void guard_step::refuse(arrived& from, refusal why) const {
    from.refused = std::string(to_string(why));
    refused_.at(static_cast<std::size_t>(why)).add();
    telemetry::log_limited(
        telemetry::log_level::info,
        "refused " + from.refused,
        "refused",
        {{"reason", from.refused}, {"account", from.job.account}, {"to", from.job.to}}
    );
}

void guard_step::check(arrived& from) const {
    if (from.too_late) return;
    auto why = switches_.judge(from.job.account, from.job.to);
    if (!why) why = destinations_.judge(from.job.to);
    if (why) refuse(from, *why);
}

awaitable<void> guard_step::count(looked_up& looked) {
    auto& from = looked.from;
    const bool ends = from.too_late || !from.refused.empty();
    if (ends || looked.verdict.action != lookup_action::send) co_return;
    const auto& caps = caps_of(from.job.account);
    if (!any(caps)) co_return;
    cap_subject subject;
    subject.account = from.job.account;
    subject.to = from.job.to;
    subject.parts = config::parts_of(from.job);
    subject.money = config::price_of(settings_, from.job, looked.lookup.mccmnc);
    postgres::cap_request request;
    request.uses = uses_of(caps, subject);
    if (request.uses.empty()) co_return;
    const auto answer = co_await counter_.count(std::move(request));
    if (answer.full) refuse(from, refusal_of(*answer.full));
}

}  // namespace pinwire::worker
