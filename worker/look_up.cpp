#include "worker/look_up.hpp"

#include "common/lookup/registry.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/runtime/wakeup.hpp"

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
    return made;
}

}  // namespace

look_up_step::look_up_step(
    executor ex, const config::settings& settings, gateway& to, figures& counts
)
    : executor_(ex),
      deadline_(settings.lookup.deadline),
      cache_(settings.lookup.cache_entries, lifetimes_of(settings.lookup)),
      gateway_(to),
      figures_(counts) {
    rules_.absent_refuses = settings.lookup.absent_refuses;
    rules_.outage_sends = settings.lookup.outage_sends;
    for (const auto& [name, provider] : settings.providers) {
        source made;
        made.translator = lookup::make_provider(provider.translator);
        made.timeout = provider.timeout;
        made.in_flight =
            std::make_unique<semaphore>(ex, static_cast<std::size_t>(provider.max_in_flight));
        sources_.push_back(std::move(made));
    }
}

look_up_step::~look_up_step() = default;

awaitable<looked_up> look_up_step::run(arrived from) {
    looked_up made;
    made.from = std::move(from);
    const auto policy = made.from.job.lookup;
    if (policy != lookup_policy::skip && !made.from.too_late) {
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
        while (!other->result)
            co_await other->answered.wait();
        co_return *other->result;
    }
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
    co_return result;
}

awaitable<lookup_result> look_up_step::ask_all(msisdn number) {
    const auto by = std::chrono::steady_clock::now() + deadline_;
    lookup_result result;
    result.outcome = lookup_outcome::no_provider;
    for (auto& one : sources_) {
        if (!one.translator->covers(number)) continue;
        result = co_await ask(one, number, by);
        if (result.outcome != lookup_outcome::unknown) co_return result;
        if (std::chrono::steady_clock::now() >= by) co_return result;
    }
    co_return result;
}

awaitable<lookup_result> look_up_step::ask(
    source& from, msisdn number, std::chrono::steady_clock::time_point by
) {
    lookup_result result;
    result.provider = from.translator->config().name;
    auto permit = from.in_flight->try_acquire();
    if (!permit) permit = co_await with_deadline(from.in_flight->acquire(), by);
    if (!permit) {
        result.error = "busy";
        co_return result;
    }
    const auto own = std::chrono::steady_clock::now() + from.timeout;
    auto request = from.translator->to_request(number);
    const auto name = result.provider;
    const auto began = std::chrono::steady_clock::now();
    kill_point("worker.in_lookup");
    const auto got = co_await gateway_.to_provider(name, std::move(request), std::min(by, own));
    figures_.lookup_seconds.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count()
    );
    if (!got.answered()) {
        result.error = std::string(http::to_string(got.why));
        co_return result;
    }
    auto answer = got.answer;
    const auto core_answer = http::to_core(std::move(answer));
    result = from.translator->read_answer(core_answer, number);
    result.provider = name;
    co_return result;
}

}  // namespace pinwire::worker
