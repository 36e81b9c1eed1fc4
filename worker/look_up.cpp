#include "worker/look_up.hpp"

#include <algorithm>

#include "common/runtime/wakeup.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {

// One request in flight per number: the others wait for its answer.
struct look_up_step::twin {
    explicit twin(executor ex) : answered(std::move(ex)) {}
    wakeup answered;
    std::optional<lookup_result> result;
};

namespace {

lookup::cache_lifetimes lifetimes_of(const config::lookup_settings& from) {
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    lookup::cache_lifetimes made;
    made.reachable = duration_cast<seconds>(from.reachable_for);
    made.invalid = duration_cast<seconds>(from.invalid_for);
    made.absent = duration_cast<seconds>(from.absent_for);
    made.landline = duration_cast<seconds>(from.landline_for);
    made.valid_only = duration_cast<seconds>(from.valid_only_for);
    return made;
}

lookup_rules rules_of(const config::lookup_settings& from) {
    lookup_rules made;
    made.absent_refuses = from.absent_refuses;
    made.outage_sends = from.outage_sends;
    made.landline_sends = from.landline_sends;
    return made;
}

// By `order`; equal ones keep the map's, which is by name.
std::vector<const config::provider_settings*> chain_of(const config::settings& settings) {
    std::vector<const config::provider_settings*> made;
    for (const auto& [name, provider] : settings.providers)
        made.push_back(&provider);
    std::stable_sort(made.begin(), made.end(), [](const auto* left, const auto* right) {
        return left->order < right->order;
    });
    return made;
}

}  // namespace

look_up_step::look_up_step(
    executor ex, const config::settings& settings, gateway& to, figures& counts
)
    : executor_(ex),
      rules_(rules_of(settings.lookup)),
      deadline_(settings.lookup.deadline),
      cache_(settings.lookup.cache_entries, lifetimes_of(settings.lookup)),
      figures_(counts) {
    const auto health = breaker_of(settings.lookup);
    for (const auto* provider : chain_of(settings))
        chain_.push_back(std::make_unique<provider_line>(ex, *provider, health, to, counts));
}

look_up_step::~look_up_step() = default;

awaitable<looked_up> look_up_step::run(arrived from) {
    looked_up made;
    made.from = std::move(from);
    const auto policy = made.from.job.lookup;
    const bool ended = made.from.too_late || !made.from.refused.empty();
    if (policy != lookup_policy::skip && !ended) {
        made.lookup = co_await find(made.from.job.to);
        made.verdict = judge(policy, made.lookup.outcome, rules_);
        figures_.lookup(made.lookup.outcome);
    }
    co_return made;
}

awaitable<lookup_result> look_up_step::find(msisdn number) {
    if (auto cached = cache_.find(number, std::chrono::steady_clock::now())) {
        figures_.lookup_cache_hits.add();
        co_return *cached;
    }
    if (const auto found = asking_.find(number); found != asking_.end()) {
        const auto other = found->second;
        figures_.lookup_twins.add();
        while (!other->result)
            co_await other->answered.wait();
        co_return *other->result;
    }
    figures_.lookup_cache_misses.add();
    auto mine = std::make_shared<twin>(executor_);
    asking_.emplace(number, mine);
    lookup_result result;
    std::exception_ptr error;
    try {
        result = co_await ask_all(number);
    } catch (...) {
        error = std::current_exception();
    }
    asking_.erase(number);
    mine->result = result;  // of a cancelled one: unknown, so that nobody waits for ever
    mine->answered.notify();
    if (error) std::rethrow_exception(error);
    cache_.store(number, result, std::chrono::steady_clock::now());
    figures_.lookup_cache_entries.set(static_cast<double>(cache_.size()));
    if (result.outcome == lookup_outcome::no_provider)
        telemetry::log_limited(
            telemetry::log_level::warn,
            "lookup_no_provider",
            "lookup_no_provider",
            {{"to", number}, {"hint", "no [providers.NAME] covers this number"}}
        );
    co_return result;
}

// The first that knows something ends the chain; one that failed, was passed over or can't tell is
// followed by the next.
awaitable<lookup_result> look_up_step::ask_all(msisdn number) {
    const auto by = std::chrono::steady_clock::now() + deadline_;
    lookup_result result;
    result.outcome = lookup_outcome::no_provider;
    for (std::size_t i = 0; i < chain_.size(); ++i) {
        auto* line = chain_[i].get();
        if (!line->covers(number)) continue;
        const bool late = std::chrono::steady_clock::now() >= by;
        if (late && result.outcome == lookup_outcome::unknown) co_return result;
        if (is_paused(*line)) {
            result.outcome = lookup_outcome::unknown;  // there is one, and it isn't asked
            result.error = "paused";
            continue;
        }
        const bool last = !another_after(i, number);
        result = co_await line->ask(number, by, last);
        if (result.outcome != lookup_outcome::unknown) co_return result;
    }
    co_return result;
}

bool look_up_step::is_paused(const provider_line& line) const {
    return paused_ && paused_(line.name());
}

// Whether there is one behind the i-th that could be asked.
bool look_up_step::another_after(std::size_t i, const msisdn& number) const {
    return std::any_of(
        chain_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
        chain_.end(),
        [&](auto& one) { return one->covers(number) && !one->open() && !is_paused(*one); }
    );
}

std::string look_up_step::doubts() const {
    if (chain_.empty()) return "no [providers.NAME]: every lookup ends as NC_NOT_CONFIGURED";
    std::string open;
    for (const auto& line : chain_)
        if (line->open()) open += (open.empty() ? "" : ", ") + line->name().str();
    return open.empty() ? open : "passed over, because they failed too often: " + open;
}

}  // namespace pinwire::worker
