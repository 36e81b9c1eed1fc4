#include "tests/component/worker/world.hpp"

#include <gtest/gtest.h>

#include "common/runtime/deadline.hpp"
#include "worker/sweep.hpp"

namespace pinwire::worker::test {
namespace {

using namespace std::chrono_literals;

epoch_id new_epoch() {
    const auto random = random_bytes<10>();
    return epoch_id::time_ordered(std::chrono::system_clock::now(), random);
}

task_group::error_handler noting(std::vector<std::string>& errors) {
    return [&errors](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& what) {
            errors.emplace_back(what.what());
        }
    };
}

}  // namespace

awaitable<void> until(std::function<bool()> predicate) {
    const auto limit = std::chrono::steady_clock::now() + 5s;
    while (!predicate()) {
        if (std::chrono::steady_clock::now() > limit) {
            ADD_FAILURE() << "it never came about";
            co_return;
        }
        co_await sleep_for(1ms);
    }
}

world::world(
    config::settings with,
    std::shared_ptr<tables> database,
    upkeep::account_book::source accounts_of
)
    : settings_(std::move(with)),
      accounts(settings_, std::move(accounts_of)),
      db(std::move(database)),
      epoch(new_epoch()),
      store(calls, db, epoch),
      carriers(calls, db, epoch),
      dead_letters(calls),
      counted(calls),
      metrics("worker"),
      counts(metrics),
      switches([this](std::int64_t) -> awaitable<std::optional<postgres::suspension_table>> {
          co_return suspended_;
      }),
      ways(loop.ex(), settings_),
      guard(settings_, switches, counted, metrics),
      look_up(loop.ex(), settings_, carriers, counts),
      claim(settings_, accounts, *settings_.keys.ring, store, ways, counts, epoch),
      send(
          settings_,
          accounts,
          *settings_.keys.ring,
          carriers,
          ways,
          counts,
          {[this] { return alive; }, [this] { return stretch; }}
      ),
      sending(settings_, store, ways, send, counts),
      places(loop.ex(), 10'000),
      life(
          loop.ex(),
          settings_,
          accounts,
          *settings_.keys.ring,
          {guard, look_up, claim, sending, store, dead_letters, ways, counts},
          [this](const kafka::position& at) {
              calls.diary.push_back("done " + std::to_string(at.offset));
          }
      ),
      jobs(loop.ex(), noting(errors)),
      lines(loop.ex(), noting(errors)) {
    ways.ask_paused([this](const route_name& name) { return switches.paused(name); });
    look_up.pause_by([this](const provider_name& name) { return switches.paused(name); });
    loop.run(switches.first_look());
}

void world::suspend(std::vector<suspension> all) {
    suspended_.all = std::move(all);
    ++suspended_.version;
}

awaitable<void> world::look() {
    task_group once(loop.ex(), noting(errors));
    once.spawn(switches.run(), "suspensions");
    co_await pinwire::test::yield(10);
    co_await once.drain(0ms);
    ways.look_again();
}

void world::begin(std::vector<std::string> payloads) {
    std::vector<kafka::record> batch;
    const auto now = std::chrono::system_clock::now();
    for (const auto& one : payloads)
        batch.push_back(record_of(one, now, next_offset_++));
    kafka::header waiting;
    waiting.name = "pinwire-waiter";
    waiting.value = waiter;
    for (auto& one : batch)
        if (!waiter.empty()) one.headers.push_back(waiting);
    std::vector<semaphore::permit> taken;
    for (std::size_t i = 0; i < batch.size(); ++i)
        taken.push_back(places.try_acquire().value());
    life.begin(std::move(batch), std::move(taken), jobs);
}

void world::live(std::vector<std::string> payloads) {
    run([this, payloads = std::move(payloads)]() -> awaitable<void> {
        begin(payloads);
        co_return;
    });
}

void world::run(std::function<awaitable<void>()> body) {
    loop.run(session(std::move(body)));
    for (const auto& one : carriers.sent)
        EXPECT_TRUE(one.lawful) << "a request without a committed attempt (P3)";
}

awaitable<void> world::session(std::function<awaitable<void>()> body) {
    ways.for_each([this](route_line& line) { lines.spawn(sending.serve(line, jobs), "line"); });
    co_await body();
    co_await quiet();
    stop_lines();
    co_await jobs.drain(5s);
    co_await lines.drain(1s);
}

bool world::idle() {
    bool nothing = jobs.size() == 0;
    if (!errors.empty()) return nothing;
    ways.for_each([&nothing](route_line& line) { nothing = nothing && line.held_ids().empty(); });
    return nothing;
}

awaitable<void> world::quiet() {
    std::function<bool()> done = [this] { return idle(); };
    co_await until(std::move(done));
}

void world::stop_lines() {
    ways.for_each([](route_line& line) { line.stop(); });
}

std::vector<std::int64_t> world::offsets_done() const {
    std::vector<std::int64_t> made;
    for (const auto& line : calls.diary) {
        if (line.starts_with("done ")) made.push_back(std::stoll(line.substr(5)));
    }
    return made;
}

attempt_work world::work_of_only_attempt() {
    db->only_attempt();
    return work_of(db->item(db->attempts.begin()->first));
}

}  // namespace pinwire::worker::test
