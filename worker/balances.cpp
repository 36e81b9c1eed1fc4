#include "worker/balances.hpp"

#include <utility>

#include "common/carriers/registry.hpp"
#include "common/postgres/errors.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {
namespace {

// A question whose URL shows the password, as Jasmin's, is for those who want to be warned.
bool may_ask(const http_request& question, const config::carrier_settings& from) {
    return from.balance_warn > 0 || question.target.find('?') == std::string::npos;
}

}  // namespace

balances::balances(
    const config::settings& settings,
    gateway& to,
    telemetry::metrics& figures,
    std::function<awaitable<bool>()> turn,
    std::chrono::milliseconds every
)
    : gateway_(to), metrics_(figures), turn_(std::move(turn)), every_(every) {
    for (const auto& [name, carrier] : settings.carriers) {
        auto translator = carriers::make_carrier(carrier.translator);
        if (carrier.retired || !translator) continue;
        const auto question = translator->to_balance_request();
        if (!question || !may_ask(*question, carrier)) continue;
        asked made;
        made.translator = std::move(translator);
        made.warn_below = carrier.balance_warn;
        made.failures = figures.make_counter(
            "pinwire_carrier_balance_failures_total",
            "Carriers that were asked for the balance and gave none",
            {{"carrier", name.str()}}
        );
        asked_.emplace(name, std::move(made));
    }
}

awaitable<void> balances::run() {
    while (!asked_.empty()) {
        bool ours = false;
        try {
            auto asking = turn_();
            ours = co_await std::move(asking);
        } catch (const postgres::database_error&) {
            // the heartbeat says so already
        }
        if (ours) {
            for (auto& one : asked_) {
                auto asking = ask(one.first, one.second);
                co_await std::move(asking);
            }
        }
        co_await sleep_for(every_);
    }
}

awaitable<void> balances::ask(const carrier_name& name, asked& one) {
    auto request = one.translator->to_balance_request();
    auto got = co_await gateway_.ask_balance(name, std::move(*request));
    const auto why = got.answered() ? std::string() : std::string(http::to_string(got.why));
    const auto status = got.answer.status;
    std::optional<carriers::balance> left;
    if (got.answered()) left = one.translator->read_balance(http::to_core(std::move(got.answer)));
    if (left) {
        one.unknown = false;
        note(name, one, *left);
        co_return;
    }
    one.failures.add();
    if (std::exchange(one.unknown, true)) co_return;
    telemetry::log_warn("balance_unknown", {{"carrier", name}, {"status", status}, {"error", why}});
}

// Said once when it falls below, and once when it is above again.
void balances::note(const carrier_name& name, asked& one, const carriers::balance& left) {
    metrics_
        .make_gauge(
            "pinwire_carrier_balance",
            "What is left with the carrier, in its account's currency",
            {{"carrier", name.str()}, {"currency", left.currency}}
        )
        .set(left.amount);
    const bool low = one.warn_below > 0 && left.amount < one.warn_below;
    if (low == one.low) return;
    one.low = low;
    telemetry::log(
        low ? telemetry::log_level::warn : telemetry::log_level::info,
        low ? "balance_low" : "balance_restored",
        {{"carrier", name},
         {"balance", left.amount},
         {"currency", left.currency},
         {"warn_below", one.warn_below}}
    );
}

}  // namespace pinwire::worker
