#include "callback/dispatcher.hpp"

#include <algorithm>
#include <utility>

#include "common/core/limits.hpp"
#include "common/core/url.hpp"
#include "common/postgres/batch.hpp"
#include "common/reports/dialect.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::callback {
namespace {

using postgres::session;
using std::chrono::steady_clock;

constexpr int vain_looks_max = 2;            // of one round that found nothing to take
constexpr std::size_t held_max = 20'000;     // reports in memory, over all endpoints
constexpr std::size_t share = 8;             // of the room that is left, what one endpoint may take
constexpr std::size_t kept_by_breaker = 16;  // parcels in memory for its probes
constexpr std::size_t full_max = 1000;       // endpoints passed over at one look
// Nobody waits for it, and a call of the database's for one row costs as much as for ten.
constexpr std::chrono::milliseconds completions_apart{10};
constexpr std::chrono::seconds secrets_again{5};  // a ring may be put right by a reload
constexpr std::chrono::minutes asked_max{5};      // that one's word holds all its reports back

drr_limits limits_of(const config::reports_settings& from) {
    drr_limits made;
    made.queued_max = static_cast<std::size_t>(from.queue_per_endpoint);
    made.in_flight_max = static_cast<std::size_t>(from.per_endpoint);
    return made;
}

// A fifth of the slots: the rest is always there for reports never tried.
std::size_t slots_for_retries(const config::reports_settings& from) {
    return static_cast<std::size_t>(std::max(1, from.slots / 5));
}

// It is asked for by everybody: found out soon, tried again soon.
breaker_settings proxy_health() {
    breaker_settings made;
    made.failures_in_row_max = 3;
    made.probe_first = std::chrono::seconds(1);
    made.probe_last = std::chrono::seconds(15);
    return made;
}

endpoint_key key_of(const postgres::report_row& row) {
    endpoint_key key;
    key.account = row.account;
    const auto parsed = url::parse(row.url);
    key.origin = parsed ? parsed->origin() : row.url;
    return key;
}

std::string host_of(const endpoint_key& key) {
    const auto scheme = key.origin.find("//");
    return scheme == std::string::npos ? key.origin : key.origin.substr(scheme + 2);
}

postgres::report_result result_of(const report_id& id, postgres::report_outcome outcome) {
    postgres::report_result one;
    one.id = id;
    one.outcome = outcome;
    return one;
}

std::vector<int> note_results(
    postgres::executor& database,
    const epoch_id& epoch,
    const std::vector<postgres::report_result>& batch
) {
    const auto note = [&epoch](session& db, auto part) {
        postgres::complete_reports(db, epoch, part);
    };
    const auto bad =
        postgres::run_batch(database, std::span<const postgres::report_result>(batch), note);
    std::vector<postgres::report_result> bare;
    for (const auto& row : bad) {
        telemetry::log_error(
            "report_result_refused", {{"report", batch[row.index].id}, {"sqlstate", row.sqlstate}}
        );
        // without the words: what became of it must be kept, or it is posted for ever
        bare.push_back(batch[row.index]);
        bare.back().answer.clear();
        bare.back().reason.clear();
    }
    const auto lost =
        postgres::run_batch(database, std::span<const postgres::report_result>(bare), note);
    for (const auto& row : lost)
        telemetry::log_error(
            "report_result_refused",
            {{"report", bare[row.index].id}, {"sqlstate", row.sqlstate}, {"bare", true}}
        );
    return std::vector<int>(batch.size());
}

}  // namespace

dispatcher::dispatcher(
    executor ex,
    const config::settings& settings,
    deliver_step& deliver,
    endpoint_board& board,
    postgres::executor& database,
    postgres::executor& looks,
    epoch_id epoch,
    figures& counts,
    task_group& requests
)
    : executor_(ex),
      settings_(settings),
      deliver_(deliver),
      board_(board),
      database_(database),
      epoch_(epoch),
      figures_(counts),
      tasks_(requests),
      queue_(
          limits_of(settings.callback.reports),
          [this](const endpoint_key& key) { return window_of(key); }
      ),
      proxy_(proxy_health()),
      fresh_walk_(looks, epoch, settings.callback.reports.lease),
      retry_walk_(looks, epoch, settings.callback.reports.lease),
      work_(ex),
      room_(ex),
      complete_(
          ex,
          // the database's thread may still be at it when we are gone
          [&database, epoch](std::vector<postgres::report_result>& batch) {
              return note_results(database, epoch, batch);
          },
          database_.thread(),
          limits::batch_rows_max,
          completions_apart
      ),
      // after the look whose answer is on its way here: a row that was taken anew and then freed
      // would be posted, and found free
      give_back_(
          ex,
          [&looks, epoch](std::vector<postgres::report_result>& batch) {
              return note_results(looks, epoch, batch);
          },
          looks.thread(),
          limits::batch_rows_max
      ) {}

void dispatcher::hand_over(std::vector<postgres::report_row> rows) {
    for (auto& row : rows) {
        parcel one;
        one.alone = row.lease_owner.value_or(epoch_) != epoch_ && row.lease_owner != epoch_id();
        one.reports.push_back(std::move(row));
        push(std::move(one));
    }
    if (!rows.empty()) work_.notify();
}

// An operator's word, else the setting.
std::size_t dispatcher::window_of(const endpoint_key& key) const {
    const auto terms = board_.terms_of(key);
    if (terms && terms->concurrency) return *terms->concurrency;
    return static_cast<std::size_t>(settings_.callback.reports.per_endpoint);
}

// Parcels that may still come. The fuller the memory, the less of what is left for one endpoint: so
// any number of busy ones leave room for the quiet ones.
std::size_t dispatcher::room_for(const endpoint_key& key) const {
    const auto left = held_max - std::min(held_max, held_.size());
    auto most = static_cast<std::size_t>(settings_.callback.reports.queue_per_endpoint);
    most = std::min(most, (left + share - 1) / share);
    const auto* known = board_.find(key);
    if (known && known->health.state() != breaker::phase::closed)
        most = std::min(most, kept_by_breaker);
    return most - std::min(most, queue_.queued(key));
}

// For what one look brings.
bool dispatcher::has_room(const endpoint_key& key) const {
    const auto most = static_cast<std::size_t>(settings_.callback.reports.queue_per_endpoint);
    const auto wanted = std::max<std::size_t>(1, most / 2);
    return room_for(key) >= std::min<std::size_t>(wanted, walk_rows_max);
}

bool dispatcher::push(parcel what) {
    drop_done(what);
    if (what.reports.empty()) return true;
    const bool again = held_.in_hand(what.reports.front().id);
    for (const auto& row : what.reports)
        if (!again || held_.in_hand(row.id)) held_.take(row);
    if (again) return true;  // taken once more, its lease having run out
    const auto key = key_of(what.reports.front());
    if (board_.is_disabled(key)) {
        bury(what);
        return true;
    }
    if (stopped_ || room_for(key) == 0) {
        is_full();  // says so
        give_back_all(key, what);
        return false;
    }
    queue_.push(key, std::move(what));
    return true;
}

// Of a look's answer: what was taken anew, its lease having run out, and completed before the
// answer was here. It was posted; where it is to be posted again, the table tells a later look.
void dispatcher::drop_done(parcel& what) {
    if (!done_meanwhile_ || done_meanwhile_->empty()) return;
    parcel done;
    done.due_at = what.due_at;
    done.tries = what.tries;
    std::erase_if(what.reports, [&](const postgres::report_row& row) {
        const bool is_done = done_meanwhile_->contains(row.id);
        if (is_done) done.reports.push_back(row);
        return is_done;
    });
    if (!done.reports.empty()) give_back_all(key_of(done.reports.front()), done);
}

// Then what is left in the table waits there.
bool dispatcher::is_full() const {
    if (held_.size() < held_max) return false;
    telemetry::log_limited(
        telemetry::log_level::warn, "reports_held", "report_memory_full", {{"held", held_.size()}}
    );
    return true;
}

// Kept for replay.
void dispatcher::bury(const parcel& what) {
    std::vector<postgres::report_result> dead;
    for (const auto& row : what.reports) {
        dead.push_back(result_of(row.id, postgres::report_outcome::disabled));
        dead.back().reason = "endpoint_disabled";
    }
    figures_.reports_dead.add(static_cast<double>(dead.size()));
    complete(std::move(dead));
}

void dispatcher::give_back_all(const endpoint_key& key, const parcel& what) {
    retry_table::place behind;
    behind.due_at = what.due_at - std::chrono::microseconds(1);
    for (const auto& row : what.reports) {
        auto result = result_of(row.id, postgres::report_outcome::given_back);
        auto task = give_back_one(key, std::move(result), behind, what.fresh(), row.seq - 1);
        tasks_.spawn(std::move(task), "give back");
    }
}

// Where to find it is noted once it is free.
awaitable<void> dispatcher::give_back_one(
    endpoint_key key,
    postgres::report_result result,
    retry_table::place due_behind,
    bool fresh,
    fresh_table::place behind
) {
    const auto id = result.id;
    co_await give_back_.submit(std::move(result));
    held_.let_go(id);
    fresh ? fresh_walk_.left(key, behind) : retry_walk_.left(key, due_behind);
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
    held_.let_go(id);
    if (done_meanwhile_) done_meanwhile_->insert(id);
}

awaitable<void> dispatcher::pump() {
    const auto slots = static_cast<std::size_t>(settings_.callback.reports.slots);
    while (!stopped_) {
        const auto now = steady::now();
        release_due(now);
        while (in_flight_ < slots && !stopped_ && proxy_.would_pass(now)) {
            auto next = next_parcel();
            if (!next) break;
            start(std::move(next->first), std::move(next->second), now);
        }
        show_figures();
        auto until = now + std::chrono::seconds(1);
        if (!wakes_.empty()) until = std::min(until, wakes_.begin()->first);
        co_await work_.wait_until(until);
    }
}

void dispatcher::show_figures() {
    figures_.reports_queued.set(static_cast<double>(queue_.size()));
    figures_.reports_held.set(static_cast<double>(held_.size()));
    figures_.reports_in_flight.set(static_cast<double>(in_flight_));
    figures_.retries_in_flight.set(static_cast<double>(retries_in_flight_));
}

std::optional<turns::next> dispatcher::next_parcel() {
    const bool retries_too = retries_in_flight_ < slots_for_retries(settings_.callback.reports);
    auto next = queue_.pop(retries_too);
    if (next && next->second.fresh()) take_along(next->first, next->second);
    return next;
}

void dispatcher::start(endpoint_key key, parcel what, steady::time_point now) {
    if (board_.is_disabled(key)) {
        bury(what);
        return queue_.done(key);
    }
    if (!held_.stand(what, database_clock::now())) {
        lost(key, std::move(what));
        return queue_.done(key);
    }
    auto& of = board_.of(key, now);
    if (!may_go(key, of, now)) return queue_.put_back(key, std::move(what));
    under_way one;
    one.key = key;
    one.fresh = what.fresh();
    one.pass = of.health.try_pass(now);
    one.proxy_pass = proxy_.try_pass(now);
    // until it is known how the probe went
    if (one.pass == breaker::pass::probe)
        hold(key, of, hold_reason::breaker, steady::time_point::max());
    if (of.pace) of.pace->try_take(now);
    ++in_flight_;
    if (!one.fresh) ++retries_in_flight_;
    ++hosts_[host_of(key)].in_flight;
    auto task = serve(std::move(one), std::move(what), board_.terms_of(key));
    tasks_.spawn(std::move(task), "report");
}

// Holds the endpoint when its turn came too early.
bool dispatcher::may_go(const endpoint_key& key, endpoint_standing& of, steady::time_point now) {
    if (!of.health.would_pass(now)) {
        hold(key, of, hold_reason::breaker, of.health.probe_at());
        return false;
    }
    const auto terms = board_.terms_of(key);
    if (terms && terms->unreadable) {
        hold(key, of, hold_reason::terms, steady::time_point::max());
        return false;
    }
    if (terms && terms->rate) {
        if (!of.pace) of.pace.emplace(*terms->rate, std::max(1.0, *terms->rate / 10), now);
        const auto at = of.pace->next_at(now);
        if (at > now) {
            hold(key, of, hold_reason::rate, at);
            return false;
        }
    }
    if (!has_slot(key, 0)) {
        crowded_.insert(key);
        hold(key, of, hold_reason::slots, steady::time_point::max());
        return false;
    }
    auto& where = hosts_[host_of(key)];
    if (where.in_flight < static_cast<std::size_t>(settings_.callback.reports.per_host))
        return true;
    where.waiting.insert(key);
    hold(key, of, hold_reason::host, steady::time_point::max());
    return false;
}

// Half of the slots that are free, and one in any case: however many endpoints hang, the next one
// finds some. `more`: requests that would come to those of its turn.
bool dispatcher::has_slot(const endpoint_key& key, std::size_t more) const {
    const auto slots = static_cast<std::size_t>(settings_.callback.reports.slots);
    const auto free = slots - std::min(slots, in_flight_);
    return queue_.in_flight(key) + more <= std::max<std::size_t>(1, free / 2);
}

void dispatcher::hold(
    const endpoint_key& key, endpoint_standing& of, hold_reason why, steady::time_point until
) {
    auto& held = of.held[static_cast<std::size_t>(why)];
    if (held == until) return;
    held = until;
    queue_.hold(key);
    if (until != steady::time_point::max()) wakes_.emplace(until, key);
}

void dispatcher::release(const endpoint_key& key, endpoint_standing& of, hold_reason why) {
    of.held[static_cast<std::size_t>(why)].reset();
    if (!of.is_held()) queue_.release(key);
}

void dispatcher::release_due(steady::time_point now) {
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        const auto key = wakes_.begin()->second;
        wakes_.erase(wakes_.begin());
        if (!board_.find(key)) continue;
        auto& of = board_.of(key, now);
        for (const auto why : {hold_reason::breaker, hold_reason::rate, hold_reason::asked})
            if (of.held[static_cast<std::size_t>(why)].value_or(steady::time_point::max()) <= now)
                release(key, of, why);
    }
}

void dispatcher::terms_changed() {
    queue_.ask_windows();
    board_.for_each([this](const endpoint_key& key, endpoint_standing& of) {
        for (const auto why : {hold_reason::rate, hold_reason::terms})
            if (of.held[static_cast<std::size_t>(why)]) release(key, of, why);
        if (!board_.is_disabled(key)) return;
        for (const auto& one : queue_.trim(key, 0))
            bury(one);
    });
    work_.notify();
}

void dispatcher::fill_in(postgres::endpoint_state& of) const {
    of.queued = static_cast<std::int64_t>(queue_.queued(of.name));
    of.in_flight = static_cast<std::int64_t>(queue_.in_flight(of.name));
}

bool dispatcher::has_to_do_with(const endpoint_key& key) const {
    return queue_.queued(key) > 0 || queue_.in_flight(key) > 0;
}

// What waits for the same URL in the same dialect, and was never tried, goes in one request.
void dispatcher::take_along(const endpoint_key& key, parcel& with) {
    const auto& first = with.reports.front();
    const auto most = reports::dialect_of(first.format).batch_max();
    if (with.alone || most <= with.reports.size()) return;
    // one that was grouped before (and put back by its breaker) stays as it is
    const std::function<bool(const parcel&)> goes_along = [&first](const parcel& other) {
        return other.fresh() && !other.alone && other.reports.size() == 1 &&
               other.reports.front().url == first.url &&
               other.reports.front().format == first.format;
    };
    auto more = queue_.take_more(key, most - with.reports.size(), goes_along);
    for (auto& other : more)
        with.reports.push_back(std::move(other.reports.front()));
}

awaitable<void> dispatcher::serve(
    under_way one, parcel what, std::shared_ptr<const endpoint_terms> terms
) {
    std::function<bool()> still_ours = [this, &what] {
        return held_.stand(what, database_clock::now());
    };
    auto got = co_await deliver_.run(what, std::move(terms), std::move(still_ours));
    learn(one, got);
    if (got.endpoint_gone) co_await disable(one.key);
    if (got.proxy_away) {
        queue_.put_back(one.key, std::move(what));
    } else if (got.unsignable) {
        const auto now = steady::now();
        hold(one.key, board_.of(one.key, now), hold_reason::asked, now + secrets_again);
        queue_.put_back(one.key, std::move(what));
    } else if (got.withheld) {
        lost(one.key, std::move(what));
        queue_.done(one.key);
    } else {
        count(got);
        complete(std::move(got.results));
        queue_.done(one.key);
    }
    free_slot(one);
    const auto most = static_cast<std::size_t>(settings_.callback.reports.queue_per_endpoint);
    const bool more = fresh_walk_.waits_for(one.key) || retry_walk_.waits_for(one.key);
    if (more && queue_.queued(one.key) <= most / 2 && has_room(one.key)) room_.notify();
    work_.notify();
}

// Another process may have them: it isn't posted. Where nobody has, the lease ends, and it is found
// in the table.
void dispatcher::lost(const endpoint_key& key, parcel&& what) {
    figures_.leases_lost.add(static_cast<double>(what.reports.size()));
    telemetry::log_limited(
        telemetry::log_level::warn,
        "lease",
        "report_lease_lost",
        {{"report", what.reports.front().id}}
    );
    give_back_all(key, what);
}

// Whoever waited for it, or for the host's, may go on.
void dispatcher::free_slot(const under_way& one) {
    --in_flight_;
    if (!one.fresh) --retries_in_flight_;
    const auto name = host_of(one.key);
    auto& where = hosts_[name];
    --where.in_flight;
    const auto now = steady::now();
    for (const auto& key : std::exchange(where.waiting, {}))
        release(key, board_.of(key, now), hold_reason::host);
    if (where.in_flight == 0) hosts_.erase(name);
    for (auto key = crowded_.begin(); key != crowded_.end();) {
        if (!has_slot(*key, 1)) {
            ++key;
            continue;
        }
        release(*key, board_.of(*key, now), hold_reason::slots);
        key = crowded_.erase(key);
    }
}

void dispatcher::learn(const under_way& one, const delivery& got) {
    const auto now = steady::now();
    auto& of = board_.of(one.key, now);
    if (got.proxy_away) {
        figures_.proxy_failures.add();
        telemetry::log_limited(
            telemetry::log_level::warn, "proxy", "proxy_away", {{"error", got.how.error}}
        );
        proxy_.failed(now, one.proxy_pass);
        of.health.abandoned(now, one.pass);
    } else if (!got.tried) {
        proxy_.abandoned(now, one.proxy_pass);
        of.health.abandoned(now, one.pass);
    } else {
        proxy_.succeeded(now, one.proxy_pass);
        got.endpoint_trouble ? of.health.failed(now, one.pass) : of.health.succeeded(now, one.pass);
        board_.tried(one.key, got.how, now, database_clock::now());
        if (got.asked_pause > std::chrono::seconds(0)) {
            const auto pause = std::min<std::chrono::seconds>(got.asked_pause, asked_max);
            hold(one.key, of, hold_reason::asked, now + pause);
        }
    }
    obey_breaker(one.key, of);
}

// What can't be tried for a while goes back to the table, but for what the probes need.
void dispatcher::obey_breaker(const endpoint_key& key, endpoint_standing& of) {
    if (of.health.state() == breaker::phase::closed) {
        if (of.held[static_cast<std::size_t>(hold_reason::breaker)])
            release(key, of, hold_reason::breaker);
        return;
    }
    if (of.health.state() != breaker::phase::open) return;
    hold(key, of, hold_reason::breaker, of.health.probe_at());
    for (const auto& one : queue_.trim(key, kept_by_breaker / 2))
        give_back_all(key, one);
}

void dispatcher::count(const delivery& got) {
    for (const auto& one : got.results) {
        using outcome = postgres::report_outcome;
        if (one.outcome == outcome::delivered) figures_.reports_delivered.add();
        if (one.outcome == outcome::retry) figures_.reports_retried.add();
        if (one.outcome == outcome::dead) figures_.reports_dead.add();
    }
}

awaitable<void> dispatcher::disable(endpoint_key key) {
    const bool was_off = board_.is_disabled(key);  // an operator may have been quicker
    board_.disable(key);
    auto note = [this, key](session& db) {
        return postgres::disable_endpoint(db, epoch_, key, "410");
    };
    try {
        if (co_await database_.run(std::move(note))) {
            figures_.endpoints_gone.add();
            telemetry::log_warn(
                "endpoint_disabled",
                {{"account", key.account}, {"origin", key.origin}, {"reason", "410"}}
            );
        }
    } catch (const postgres::database_error&) {
        if (!was_off) board_.enable(key);  // its next 410 says so again
        co_return;
    }
    for (const auto& one : queue_.trim(key, 0))
        bury(one);
}

// Rounds over both tables as long as they bring something; then a pause, ended by an endpoint that
// has room again.
awaitable<void> dispatcher::poll() {
    while (!stopped_) {
        try {
            int vain = 0;
            for (bool more = true; more && vain < vain_looks_max && !stopped_;) {
                rows_taken_ = 0;
                more = co_await take_fresh();
                const bool more_retries = co_await take_due_retries();
                more = more || more_retries;
                if (rows_taken_ == 0) ++vain;
            }
        } catch (const postgres::database_error&) {
            // the heartbeat says so
        }
        co_await room_.wait_for(settings_.callback.reports.poll);
    }
}

// But for those that can't take what one look brings.
postgres::endpoint_choice dispatcher::choice() const {
    postgres::endpoint_choice made;
    for (const auto& [key, waiting] : queue_.waiting()) {
        if (has_room(key)) continue;
        if (made.but_accounts.size() == full_max) break;
        made.but_accounts.push_back(key.account.str());
        made.but_origins.push_back(key.origin);
    }
    return made;
}

// True: there may be more at once.
awaitable<bool> dispatcher::take_fresh() {
    if (stopped_ || is_full()) co_return false;
    const table_walk<fresh_table>::has_room room = [this](const endpoint_key& key) {
        return has_room(key);
    };
    const look_under_way looking(*this);
    auto got = co_await fresh_walk_.look(choice(), room);
    rows_taken_ += got.rows.size();
    if (!got.rows.empty()) kill_point("callback.after_take");
    if (!got.rows.empty()) hand_over(std::move(got.rows));
    co_return got.more;
}

awaitable<bool> dispatcher::take_due_retries() {
    if (stopped_ || is_full()) co_return false;
    const table_walk<retry_table>::has_room room = [this](const endpoint_key& key) {
        return has_room(key);
    };
    const look_under_way looking(*this);
    auto got = co_await retry_walk_.look(choice(), room);
    rows_taken_ += got.rows.size();
    if (!got.rows.empty()) kill_point("callback.after_take_retries");
    for (auto& one : parcels_of(std::move(got.rows)))
        push(std::move(one));
    work_.notify();
    co_return got.more;
}

awaitable<void> dispatcher::renew() {
    const auto lease = settings_.callback.reports.lease;
    for (;;) {
        co_await sleep_for(lease / 4);
        const auto ids = held_.ids();
        if (ids.empty()) continue;
        const auto asked = database_clock::now();
        auto extend = [this, ids, lease](session& db) {
            postgres::renew_leases(db, epoch_, ids, lease);
        };
        try {
            co_await database_.run(std::move(extend));
            held_.renewed(ids, asked, database_clock::now(), lease);
        } catch (const postgres::database_error&) {
            // the next round, four before the lease is over
        }
    }
}

void dispatcher::stop() {
    stopped_ = true;
    work_.notify();
    room_.notify();
}

awaitable<void> dispatcher::give_back() {
    while (in_flight_ > 0 || done_meanwhile_)  // what a look brings is given back as well
        co_await work_.wait_for(std::chrono::milliseconds(50));
    for (const auto& [key, waiting] : queue_.waiting())
        for (const auto& one : queue_.trim(key, 0))
            give_back_all(key, one);
}

}  // namespace pinwire::callback
