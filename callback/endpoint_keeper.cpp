#include "callback/endpoint_keeper.hpp"

#include "common/core/time_format.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::callback {
namespace {

using postgres::session;

constexpr std::size_t shown_max = 200;  // endpoints that one callback says how they stand
constexpr int show_every = 3;           // rounds, of a second each
constexpr int forget_every = 3600;

}  // namespace

endpoint_keeper::endpoint_keeper(
    const config::settings& settings,
    endpoint_board& board,
    dispatcher& out,
    postgres::executor& database,
    epoch_id epoch,
    figures& counts,
    std::function<void()> committed
)
    : settings_(settings),
      board_(board),
      dispatcher_(out),
      database_(database),
      epoch_(epoch),
      figures_(counts),
      committed_(std::move(committed)) {}

awaitable<void> endpoint_keeper::run() {
    for (int round = 0;; ++round) {
        try {
            co_await look();
            co_await note();
            if (round % show_every == 0) co_await show();
            if (round % forget_every == 0) {
                auto forget = [keep = settings_.postgres.keep_jobs](session& db) {
                    postgres::forget_endpoints(db, keep);
                };
                co_await database_.run(std::move(forget));
            }
        } catch (const postgres::database_error&) {
            // the heartbeat says so
        }
        co_await sleep_for(std::chrono::seconds(1));
    }
}

awaitable<void> endpoint_keeper::look() {
    auto read = [known = version_](session& db) { return postgres::read_endpoints(db, known); };
    const auto tables = co_await database_.run(std::move(read));
    if (!tables) co_return;
    version_ = tables->version;
    board_.take(*tables, settings_.keys.ring);
    dispatcher_.terms_changed();
}

awaitable<void> endpoint_keeper::note() {
    const auto notes = board_.notes();
    if (notes.empty()) co_return;
    auto write = [this, notes](session& db) {
        const auto off_after = settings_.callback.reports.disable_after;
        return postgres::note_endpoints(db, epoch_, off_after, notes);
    };
    std::vector<postgres::endpoint_turn> turns;
    kill_point("callback.before_note");
    try {
        turns = co_await database_.run(std::move(write));
    } catch (const postgres::database_error&) {
        board_.untold(notes);
        throw;
    }
    kill_point("callback.after_note");
    tell(turns);
    if (!turns.empty()) committed_();
}

void endpoint_keeper::tell(const std::vector<postgres::endpoint_turn>& turns) {
    bool off = false;
    for (const auto& one : turns) {
        const bool disabled = one.stage == postgres::stage_disabled;
        const auto since = format_rfc3339(one.since);
        telemetry::log_warn(
            disabled ? "endpoint_disabled" : "endpoint_failing",
            {{"account", one.name.account},
             {"origin", one.name.origin},
             {"reason", disabled ? "failing" : ""},
             {"since", since}}
        );
        if (disabled) {
            figures_.endpoints_given_up.add();
            board_.disable(one.name);
            off = true;
        } else {
            figures_.endpoint_warnings[static_cast<std::size_t>(one.stage - 1)].add();
        }
    }
    if (off) dispatcher_.terms_changed();
}

awaitable<void> endpoint_keeper::show() {
    auto read = [](session& db) { return postgres::failing_endpoints(db); };
    const auto failing = co_await database_.run(std::move(read));
    board_.take_failing(failing);
    const auto now = std::chrono::steady_clock::now();
    board_.sweep(now, [this](const endpoint_key& key) { return dispatcher_.has_to_do_with(key); });
    figures_.endpoints_open.set(static_cast<double>(board_.open()));
    figures_.endpoints_known.set(static_cast<double>(board_.size()));
    figures_.endpoints_failing.set(static_cast<double>(board_.failing()));
    figures_.endpoints_disabled.set(static_cast<double>(board_.disabled()));
    auto states = board_.states(shown_max, now, [this](postgres::endpoint_state& of) {
        dispatcher_.fill_in(of);
    });
    auto write = [this, states = std::move(states)](session& db) {
        postgres::note_endpoint_states(db, epoch_, states);
    };
    co_await database_.run(std::move(write));
}

}  // namespace pinwire::callback
