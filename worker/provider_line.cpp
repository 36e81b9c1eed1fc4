#include "worker/provider_line.hpp"

#include <algorithm>
#include <utility>

#include "common/core/retry_schedule.hpp"
#include "common/lookup/registry.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {
namespace {

using std::chrono::steady_clock;

constexpr double micros_in_one = 1e6;

lookup_result nothing_from(const provider_name& who, std::string why) {
    lookup_result made;
    made.provider = who;
    made.error = std::move(why);
    made.trouble = true;
    return made;
}

}  // namespace

breaker_settings breaker_of(const config::lookup_settings& from) {
    breaker_settings made;
    made.probe_last = from.probe_last;
    return made;
}

// One pass of the breaker: given back whatever happens, also when the caller is cancelled.
class provider_line::trial {
public:
    explicit trial(provider_line& of) : line_(of), how_(of.breaker_.try_pass(steady_clock::now())) {
        line_.show();
    }
    trial(const trial&) = delete;
    trial& operator=(const trial&) = delete;
    ~trial() {
        if (how_ == breaker::pass::refused) return;
        line_.breaker_.abandoned(steady_clock::now(), how_);
        line_.show();
    }

    bool refused() const { return how_ == breaker::pass::refused; }
    void ended(bool well) {
        const auto now = steady_clock::now();
        const auto how = std::exchange(how_, breaker::pass::refused);
        if (well)
            line_.breaker_.succeeded(now, how);
        else
            line_.breaker_.failed(now, how);
        line_.show();
    }

private:
    provider_line& line_;
    breaker::pass how_;
};

provider_line::provider_line(
    executor ex,
    const config::provider_settings& from,
    const breaker_settings& health,
    gateway& to,
    const figures& counts
)
    : translator_(lookup::make_provider(from.translator)),
      timeout_(from.timeout),
      places_(ex, static_cast<std::size_t>(from.max_in_flight)),
      patience_max_(health.probe_last),
      breaker_(health),
      gateway_(to),
      figures_(counts),
      counts_(counts.provider(from.translator.name)) {}

awaitable<lookup_result> provider_line::ask(msisdn number, time_point by, bool last) {
    const auto began = steady_clock::now();
    const auto until = std::min(by, began + timeout_);
    const auto latest = until - timeout_ / 4;  // an answer takes its time, too
    for (;;) {
        if (quiet_until_ > steady_clock::now()) {
            if (!last || quiet_until_ > latest) {
                counts_.skipped_throttled.add();
                co_return nothing_from(name(), "throttled");
            }
            co_await sleep_until(quiet_until_);
        }
        auto result = co_await turn(number, steady_clock::now(), until);
        const bool again = last && result.trouble && quiet_until_ > steady_clock::now();
        if (!again || quiet_until_ > latest) co_return result;
    }
}

awaitable<lookup_result> provider_line::turn(msisdn number, time_point began, time_point until) {
    if (!breaker_.would_pass(began)) {
        counts_.skipped_open.add();
        co_return nothing_from(name(), "breaker_open");
    }
    auto place = places_.try_acquire();
    const auto patience = std::min(until, began + timeout_ / 2);
    if (!place) place = co_await with_deadline(places_.acquire(), patience);
    if (!place) {
        counts_.skipped_busy.add();
        co_return nothing_from(name(), "busy");
    }
    trial mine(*this);
    if (mine.refused()) {
        counts_.skipped_open.add();
        co_return nothing_from(name(), "breaker_open");
    }
    auto result = co_await request(number, until, mine);
    co_return result;
}

awaitable<lookup_result> provider_line::request(msisdn number, time_point until, trial& mine) {
    auto what = translator_->to_request(number, database_clock::now());
    const auto began = steady_clock::now();
    kill_point("worker.in_lookup");
    auto got = co_await gateway_.to_provider(name(), std::move(what), until);
    figures_.lookup_seconds.observe(
        std::chrono::duration<double>(steady_clock::now() - began).count()
    );
    if (!got.answered()) {
        auto failed = nothing_from(name(), std::string(http::to_string(got.why)));
        counts_.failed.add();
        // silence within a fraction of its time says nothing about it, nor does our own end
        const bool fair = until - began >= timeout_ / 3;
        const bool silent =
            got.why == http::failure::answer_timeout || got.why == http::failure::connect_timeout;
        if (got.why != http::failure::cancelled && (fair || !silent)) mine.ended(false);
        co_return failed;
    }
    const auto answer = http::to_core(std::move(got.answer));
    auto result = translator_->read_answer(answer, number);
    // who says how long to wait is alive
    if (!throttled(answer)) mine.ended(!result.trouble);
    note(result);
    co_return result;
}

// It was asked too fast, or can't just now, and says until when.
bool provider_line::throttled(const http_response& answer) {
    if (answer.status != 429 && answer.status != 503) return false;
    const auto wait =
        parse_retry_after(find_header(answer.headers, "Retry-After"), database_clock::now());
    if (!wait || wait->count() <= 0) return false;
    const auto until = steady_clock::now() + std::min(*wait, patience_max_);
    quiet_until_ = std::max(quiet_until_, until);
    return true;
}

void provider_line::note(const lookup_result& result) const {
    if (result.trouble)
        counts_.failed.add();
    else if (const auto at = static_cast<std::size_t>(result.outcome); at < counts_.answers.size())
        counts_.answers[at].add();
    if (result.cost_micros)
        counts_.cost.add(static_cast<double>(*result.cost_micros) / micros_in_one);
}

void provider_line::show() {
    const auto now = breaker_.state();
    if (now == shown_) return;
    if (now == breaker::phase::open && shown_ == breaker::phase::closed)
        telemetry::log_warn("lookup_provider_open", {{"provider", name()}});
    if (now == breaker::phase::closed)
        telemetry::log_info("lookup_provider_closed", {{"provider", name()}});
    shown_ = now;
    const bool open = now == breaker::phase::open;
    counts_.breaker.set(open ? 2 : (now == breaker::phase::half_open ? 1 : 0));
}

}  // namespace pinwire::worker
