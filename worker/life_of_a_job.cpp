#include "worker/life_of_a_job.hpp"

#include "common/runtime/database_clock.hpp"
#include "common/telemetry/log.hpp"
#include "worker/decode.hpp"

namespace pinwire::worker {
namespace {

using telemetry::log_warn;

// A number's jobs go one after the other. So many of them hold a place each while they wait, and
// what comes behind them sits in a waiting room as long as there is room: a flood on one number
// would have all places, and every other number would wait for it. A place given up is never asked
// for again: who is first in a line must not wait for those behind it.
constexpr std::size_t places_of_a_number = 8;
constexpr std::size_t seats_for_each_place = 16;

dead_letter letter_of(std::string reason, const job& about) {
    dead_letter made;
    made.reason = std::move(reason);
    made.account = about.account.str();
    made.job_id = about.id.str();
    return made;
}

}  // namespace

life_of_a_job::life_of_a_job(
    executor ex,
    const config::settings& settings,
    upkeep::account_book& accounts,
    const key_ring& keys,
    steps all,
    std::function<void(const kafka::position&)> done
)
    : numbers_(ex),
      waiting_room_(
          ex, static_cast<std::size_t>(settings.worker.in_flight_max) * seats_for_each_place
      ),
      settings_(settings),
      accounts_(accounts),
      keys_(keys),
      steps_(all),
      done_(std::move(done)) {}

void life_of_a_job::begin(
    std::vector<kafka::record> batch, std::vector<semaphore::permit> places, task_group& tasks
) {
    const auto now = database_clock::now();
    for (std::size_t i = 0; i < batch.size(); ++i) {
        auto decoded = decode(batch[i], settings_, accounts_, keys_, now);
        if (auto* bad = std::get_if<dead_letter>(&decoded)) {
            if (bad->reason == unknown_account) {
                auto task = look_again(std::move(batch[i]), std::move(places[i]));
                tasks.spawn(std::move(task), "unknown account");
                continue;
            }
            auto task = bury(std::move(batch[i]), std::move(*bad), std::move(places[i]));
            tasks.spawn(std::move(task), "dead letter");
            continue;
        }
        auto& good = std::get<arrived>(decoded);
        auto turn = line_up(good.job.to, places[i]);
        auto task = live(std::move(good), std::move(turn), std::move(places[i]));
        tasks.spawn(std::move(task), "job");
    }
}

keyed_lock::ticket life_of_a_job::line_up(const msisdn& number, semaphore::permit& place) {
    auto turn = numbers_.enqueue(number.digits());
    if (turn.line() <= places_of_a_number) return turn;
    if (auto seat = waiting_room_.try_acquire()) place = std::move(*seat);
    return turn;
}

// An account may be as young as its first job: no dead letter before the tables were read again.
awaitable<void> life_of_a_job::look_again(kafka::record record, semaphore::permit place) {
    bool answered = false;
    while (!answered)
        answered = co_await accounts_.refresh_now();
    const auto now = database_clock::now();
    auto decoded = decode(record, settings_, accounts_, keys_, now);
    if (auto* bad = std::get_if<dead_letter>(&decoded)) {
        co_await bury(std::move(record), std::move(*bad), std::move(place));
        co_return;
    }
    auto& good = std::get<arrived>(decoded);
    auto turn = line_up(good.job.to, place);
    co_await live(std::move(good), std::move(turn), std::move(place));
}

awaitable<void> life_of_a_job::bury(
    kafka::record record, dead_letter why, semaphore::permit place
) {
    steps_.counts.jobs("dead_letter").add();
    log_warn(
        "dead_letter",
        {{"reason", why.reason},
         {"field", why.field},
         {"topic", record.topic},
         {"partition", record.partition},
         {"offset", record.offset}}
    );
    co_await steps_.dead_letters.put(record, std::move(why));
    done_(record.position());
    place.release();
}

// Known ids are dropped before the paid lookup; the claim stays the judge.
awaitable<bool> life_of_a_job::is_known(arrived& from) {
    const auto known = co_await steps_.store.known(from.job.account, from.job.id);
    if (!known) co_return false;
    if (known->content_hash == from.content_hash) {
        steps_.counts.jobs("repeat").add();
        co_await steps_.store.announce_again(known->id, from.waiter);
    } else {
        steps_.counts.jobs("job_id_reused").add();
        auto letter = letter_of("job_id_reused", from.job);
        co_await steps_.dead_letters.put(from.record, std::move(letter));
    }
    co_return true;
}

awaitable<void> life_of_a_job::live(
    arrived from, keyed_lock::ticket turn, semaphore::permit place
) {
    auto guard = co_await turn.wait();
    const auto at = from.record.position();
    const bool known = co_await is_known(from);
    if (known) {
        done_(at);
        co_return;
    }
    steps_.guard.check(from);
    auto looked = co_await steps_.look_up.run(std::move(from));
    co_await steps_.guard.count(looked);
    const int stretch = steps_.send_and_record.stretch();
    auto result = co_await steps_.claim.run(looked);
    result.work.stretch = stretch;
    if (result.what == claimed::kind::reused || result.what == claimed::kind::bad_row) {
        const bool reused = result.what == claimed::kind::reused;
        steps_.counts.jobs(reused ? "job_id_reused" : "bad_row").add();
        auto letter = letter_of(reused ? "job_id_reused" : "refused_by_database", looked.from.job);
        letter.rule = result.sqlstate;
        co_await steps_.dead_letters.put(looked.from.record, std::move(letter));
    }
    const auto recorded_at = looked.from.record.timestamp;
    looked = {};  // nothing of it is held while a carrier takes its time
    // From the claim's commit on the job lives in Postgres: a slow carrier never holds a partition
    // back.
    done_(at);
    place.release();
    co_await go_on(std::move(result), recorded_at, guard);
}

awaitable<void> life_of_a_job::go_on(
    claimed result, wall_time recorded_at, keyed_lock::guard& guard
) {
    switch (result.what) {
        case claimed::kind::to_send: {
            steps_.counts.jobs("claimed").add();
            std::function<void()> on_first_byte = [this, &guard, recorded_at] {
                const auto waited = database_clock::now() - recorded_at;
                steps_.counts.job_to_carrier_seconds.observe(
                    std::chrono::duration<double>(waited).count()
                );
                guard.release();
            };
            auto sending = steps_.send_and_record.run(
                std::move(result.work), std::move(result.permit), std::move(on_first_byte)
            );
            co_await std::move(sending);
            break;
        }
        case claimed::kind::to_wait:
            steps_.counts.jobs("claimed").add();
            guard.release();
            if (auto* line = steps_.ways.find(result.work.route))
                line->hold(std::move(result.work));
            break;
        case claimed::kind::repeat:
            steps_.counts.jobs("repeat").add();
            break;
        case claimed::kind::left:
            steps_.counts.jobs("claimed").add();
            break;
        case claimed::kind::reused:
        case claimed::kind::bad_row:
            break;
    }
}

}  // namespace pinwire::worker
