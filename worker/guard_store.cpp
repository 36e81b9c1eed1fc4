#include "worker/guard_store.hpp"

#include <algorithm>

#include "common/postgres/batch.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using postgres::session;
using telemetry::log_level;

constexpr std::size_t batch_max = 256;
constexpr int rows_max = 2000;  // of one step
constexpr auto tidy_every = 60s;
constexpr auto who = "guard";  // in the audit

postgres::conversion_rules rules_of(const config::conversion_settings& from) {
    postgres::conversion_rules made;
    made.after = from.after;
    made.window = from.window;
    made.digits_dropped = from.digits_dropped;
    made.least = from.least;
    made.warn = from.warn_below;
    made.stop = from.stop_below;
    made.stop_for = from.stop_for;
    made.who = who;
    return made;
}

std::chrono::milliseconds pause_of(const config::guard_settings& from) {
    if (!from.conversion.on()) return tidy_every;
    return std::clamp<std::chrono::milliseconds>(from.conversion.window / 20, 200ms, 10s);
}

}  // namespace

guard_store::guard_store(
    executor ex,
    const config::settings& settings,
    postgres::executor& shared,
    telemetry::metrics& to
)
    : settings_(settings.guard),
      rules_(rules_of(settings_.conversion)),
      own_(),
      database_(
          settings_.counts() || settings_.conversion.on()
              ? own_.emplace(upkeep::postgres_settings_of(settings, "worker-guard"), "pg-guard")
              : shared
      ),
      counting_(
          ex, [this](auto& batch) { return count_batch(batch); }, database_.thread(), batch_max
      ),
      low_(to.make_gauge(
          "pinwire_guard_low_conversion", "Prefixes below [guard.conversion] warn_below"
      )),
      stopped_(
          to.make_counter("pinwire_guard_stopped_total", "Prefixes suspended for their conversion")
      ) {}

std::vector<postgres::cap_answer> guard_store::count_batch(std::vector<postgres::cap_request>& batch
) {
    std::vector<postgres::cap_answer> answers(batch.size());
    // a row that the database refuses is passed: the claim will say what is wrong with it
    postgres::run_batch(
        database_,
        std::span<const postgres::cap_request>(batch),
        [&](session& db, auto part) {
            const auto first = part.data() - batch.data();
            const auto got = postgres::count_guarded(db, part);
            std::copy(got.begin(), got.end(), answers.begin() + first);
        }
    );
    return answers;
}

awaitable<postgres::cap_answer> guard_store::count(postgres::cap_request request) {
    return counting_.submit(std::move(request));
}

awaitable<void> guard_store::run() {
    auto tidied = std::chrono::steady_clock::now();
    const auto pause = pause_of(settings_);
    for (;;) {
        co_await sleep_for(pause);
        try {
            if (settings_.conversion.on()) co_await watch_conversion();
            if (std::chrono::steady_clock::now() - tidied < tidy_every) continue;
            tidied = std::chrono::steady_clock::now();
            co_await tidy();
        } catch (const postgres::database_error& error) {
            telemetry::log_limited(
                log_level::warn, "guard", "database_away", {{"error", std::string(error.what())}}
            );
        }
    }
}

awaitable<void> guard_store::tidy() {
    int gone = rows_max;
    while (gone == rows_max) {
        auto work = [](session& db) { return postgres::tidy_guard(db, who, rows_max); };
        gone = co_await database_.run(std::move(work));
    }
}

awaitable<void> guard_store::watch_conversion() {
    int looked = rows_max;
    while (looked == rows_max) {
        auto work = [rules = rules_](session& db) {
            return postgres::count_conversion(db, rules, rows_max);
        };
        looked = co_await database_.run(std::move(work));
    }
    auto judging = [rules = rules_](session& db) { return postgres::judge_conversion(db, rules); };
    const auto low = co_await database_.run(std::move(judging));
    low_.set(static_cast<double>(low.size()));
    for (const auto& one : low)
        tell(one);
}

void guard_store::tell(const postgres::low_conversion& of) {
    if (of.stopped) stopped_.add();
    telemetry::log_limited(
        of.stopped ? log_level::error : log_level::warn,
        (of.stopped ? "stopped " : "low ") + of.prefix,
        of.stopped ? "prefix_stopped" : "conversion_low",
        {{"prefix", of.prefix}, {"sent", of.sent}, {"verified", of.verified}}
    );
}

}  // namespace pinwire::worker
