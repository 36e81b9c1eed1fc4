#include "callback/dispatcher.hpp"

#include <algorithm>

#include "common/core/limits.hpp"
#include "common/core/url.hpp"
#include "common/postgres/batch.hpp"
#include "common/reports/dialect.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::callback {
namespace {

using postgres::session;
using std::chrono::steady_clock;

constexpr int rows_max = 200;             // of one look into the table
constexpr std::size_t held_max = 20'000;  // reports in memory, over all endpoints

drr_limits limits_of(const config::reports_settings& from) {
    drr_limits made;
    made.queued_max = static_cast<std::size_t>(from.queue_per_endpoint);
    made.in_flight_max = static_cast<std::size_t>(from.per_endpoint);
    return made;
}

endpoint_key key_of(const postgres::report_row& row) {
    endpoint_key key;
    key.account = row.account;
    const auto parsed = url::parse(row.url);
    key.origin = parsed ? parsed->origin() : row.url;
    return key;
}

}  // namespace

dispatcher::dispatcher(
    executor ex,
    const config::settings& settings,
    deliver_step& deliver,
    postgres::executor& database,
    epoch_id epoch,
    figures& counts,
    task_group& requests,
    task_group& timers
)
    : executor_(ex),
      settings_(settings),
      deliver_(deliver),
      database_(database),
      epoch_(epoch),
      figures_(counts),
      tasks_(requests),
      timers_(timers),
      queue_(limits_of(settings.callback.reports)),
      work_(ex),
      complete_(
          ex,
          [this](std::vector<postgres::report_result>& batch) {
              const auto bad = postgres::run_batch(
                  database_,
                  std::span<const postgres::report_result>(batch),
                  [this](session& db, auto part) { postgres::complete_reports(db, epoch_, part); }
              );
              for (const auto& row : bad) {
                  telemetry::log_error(
                      "report_result_refused",
                      {{"report", batch[row.index].id}, {"sqlstate", row.sqlstate}}
                  );
              }
              return std::vector<int>(batch.size());
          },
          database_.thread(),
          limits::batch_rows_max
      ) {}

void dispatcher::hand_over(std::vector<postgres::report_row> rows) {
    for (auto& row : rows) {
        parcel one;
        one.reports.push_back(std::move(row));
        push(std::move(one));
    }
    if (!rows.empty()) work_.notify();
}

bool dispatcher::push(parcel what) {
    std::vector<report_id> ids;
    for (const auto& row : what.reports)
        ids.push_back(row.id);
    std::vector<postgres::report_result> back;
    for (const auto& id : ids) {
        postgres::report_result one;
        one.id = id;
        one.outcome = postgres::report_outcome::given_back;
        back.push_back(std::move(one));
    }
    if (held_.contains(ids.front())) return true;  // a repeat of what is under way
    const auto key = key_of(what.reports.front());
    const bool fits = !stopped_ && held_.size() < held_max;
    if (!fits || !queue_.push(key, std::move(what))) {
        complete(std::move(back));
        return false;
    }
    held_.insert(ids.begin(), ids.end());
    return true;
}

void dispatcher::complete(std::vector<postgres::report_result> results) {
    for (auto& one : results) {
        auto task = complete_one(std::move(one));
        tasks_.spawn(std::move(task), "complete");
    }
}

awaitable<void> dispatcher::complete_one(postgres::report_result result) {
    const auto id = result.id;
    kill_point("callback.before_report_done");
    co_await complete_.submit(std::move(result));
    kill_point("callback.after_report_done");
    held_.erase(id);
}

awaitable<void> dispatcher::pump() {
    const auto slots = static_cast<std::size_t>(settings_.callback.reports.slots);
    while (!stopped_) {
        while (in_flight_ < slots && !stopped_) {
            auto next = next_parcel();
            if (!next) break;
            auto& [key, what] = *next;
            const auto now = steady_clock::now();
            auto& health = breakers_[key];
            const auto pass = health.try_pass(now);
            if (pass == breaker::pass::refused) {
                queue_.hold(key);
                auto later = release_later(key, health.probe_at());
                queue_.done(key);
                held_.erase(what.reports.front().id);
                push(std::move(what));
                timers_.spawn(std::move(later), "breaker");
                continue;
            }
            ++in_flight_;
            auto task = serve(key, std::move(what), pass);
            tasks_.spawn(std::move(task), "report");
        }
        figures_.reports_queued.set(static_cast<double>(queue_.size()));
        figures_.reports_in_flight.set(static_cast<double>(in_flight_));
        const auto open = std::count_if(breakers_.begin(), breakers_.end(), [](const auto& one) {
            return one.second.state() != breaker::phase::closed;
        });
        figures_.endpoints_open.set(static_cast<double>(open));
        co_await work_.wait_for(std::chrono::seconds(1));
    }
}

std::optional<std::pair<endpoint_key, parcel>> dispatcher::next_parcel() {
    auto next = queue_.pop();
    if (next && next->second.fresh()) take_along(next->first, next->second);
    return next;
}

// What waits for the same URL in the same dialect, and was never tried, goes in one request.
void dispatcher::take_along(const endpoint_key& key, parcel& with) {
    const auto& first = with.reports.front();
    const auto most = reports::dialect_of(first.format).batch_max();
    if (most <= with.reports.size()) return;
    // one that was grouped before (and put back by its breaker) stays as it is
    const std::function<bool(const parcel&)> goes_along = [&first](const parcel& other) {
        return other.fresh() && other.reports.size() == 1 &&
               other.reports.front().url == first.url &&
               other.reports.front().format == first.format;
    };
    auto more = queue_.take_more(key, most - with.reports.size(), goes_along);
    for (auto& other : more)
        with.reports.push_back(std::move(other.reports.front()));
}

awaitable<void> dispatcher::serve(endpoint_key key, parcel what, breaker::pass pass) {
    if (is_disabled(key)) {
        for (const auto& row : what.reports) {
            postgres::report_result one;
            one.id = row.id;
            one.outcome = postgres::report_outcome::dead;
            one.reason = "endpoint_disabled";
            auto task = complete_one(std::move(one));
            tasks_.spawn(std::move(task), "complete");
        }
        breakers_[key].abandoned(steady_clock::now(), pass);
    } else {
        auto got = co_await deliver_.run(std::move(what));
        const auto now = steady_clock::now();
        auto& health = breakers_[key];
        got.endpoint_trouble ? health.failed(now, pass) : health.succeeded(now, pass);
        if (got.endpoint_gone) {
            disabled_.insert(key);
            auto note = [key](session& db) {
                postgres::disable_endpoint(db, key.account, key.origin, "410");
            };
            telemetry::log_warn(
                "endpoint_disabled", {{"account", key.account}, {"origin", key.origin}}
            );
            try {
                co_await database_.run(std::move(note));
            } catch (const postgres::database_error&) {
                // its next 410 says so again
            }
        }
        for (const auto& one : got.results) {
            using outcome = postgres::report_outcome;
            if (one.outcome == outcome::delivered) figures_.reports_delivered.add();
            if (one.outcome == outcome::retry) figures_.reports_retried.add();
            if (one.outcome == outcome::dead) figures_.reports_dead.add();
        }
        complete(std::move(got.results));
    }
    --in_flight_;
    queue_.done(key);
    work_.notify();
}

awaitable<void> dispatcher::release_later(endpoint_key key, steady_clock::time_point at) {
    co_await sleep_until(at);
    queue_.release(key);
    work_.notify();
}

bool dispatcher::is_disabled(const endpoint_key& key) const {
    return disabled_.contains(key);
}

awaitable<void> dispatcher::poll() {
    auto disabled_read = steady_clock::time_point::min();
    while (!stopped_) {
        try {
            if (steady_clock::now() - std::chrono::seconds(10) > disabled_read) {
                co_await read_disabled();
                disabled_read = steady_clock::now();
            }
            if (held_.size() < held_max) {
                co_await take_fresh();
                co_await take_due_retries();
            }
        } catch (const postgres::database_error&) {
            // the heartbeat says so
        }
        co_await sleep_for(settings_.callback.reports.poll);
    }
}

// A cursor goes round over the table, so that rows of an endpoint whose queue is full don't hide
// the others.
awaitable<void> dispatcher::take_fresh() {
    const auto lease = settings_.callback.reports.lease;
    auto take = [this, above = above_, lease](session& db) {
        return postgres::take_reports(db, epoch_, above, rows_max, lease);
    };
    auto rows = co_await database_.run(std::move(take));
    if (rows.size() < static_cast<std::size_t>(rows_max)) {
        auto low = [](session& db) { return postgres::report_low_water(db); };
        above_ = co_await database_.run(std::move(low));
    } else {
        above_ = rows.back().seq;
    }
    if (!rows.empty()) hand_over(std::move(rows));
    work_.notify();
}

awaitable<void> dispatcher::take_due_retries() {
    const auto lease = settings_.callback.reports.lease;
    auto take = [this, lease](session& db) {
        return postgres::take_retries(db, epoch_, rows_max, lease);
    };
    auto rows = co_await database_.run(std::move(take));
    if (rows.empty()) co_return;
    for (auto& one : parcels_of(std::move(rows)))
        push(std::move(one));
    work_.notify();
}

awaitable<void> dispatcher::read_disabled() {
    auto read = [](session& db) { return postgres::disabled_endpoints(db); };
    const auto rows = co_await database_.run(std::move(read));
    disabled_.clear();
    for (const auto& row : rows) {
        endpoint_key key;
        key.account = row.account;
        key.origin = row.origin;
        disabled_.insert(std::move(key));
    }
}

awaitable<void> dispatcher::renew() {
    const auto lease = settings_.callback.reports.lease;
    for (;;) {
        co_await sleep_for(lease / 4);
        std::vector<report_id> ids(held_.begin(), held_.end());
        if (ids.empty()) continue;
        auto extend = [this, ids = std::move(ids), lease](session& db) {
            postgres::renew_leases(db, epoch_, ids, lease);
        };
        try {
            co_await database_.run(std::move(extend));
        } catch (const postgres::database_error&) {
            // the next round, four before the lease is over
        }
    }
}

void dispatcher::stop() {
    stopped_ = true;
    work_.notify();
}

awaitable<void> dispatcher::give_back() {
    while (in_flight_ > 0)
        co_await work_.wait_for(std::chrono::milliseconds(50));
    std::vector<postgres::report_result> back;
    while (auto next = queue_.pop()) {
        for (const auto& row : next->second.reports) {
            postgres::report_result one;
            one.id = row.id;
            one.outcome = postgres::report_outcome::given_back;
            back.push_back(std::move(one));
        }
        queue_.done(next->first);
    }
    complete(std::move(back));
}

}  // namespace pinwire::callback
