#include "worker/worker.hpp"

#include <algorithm>
#include <vector>

#include "common/core/ids.hpp"
#include "common/core/limits.hpp"
#include "common/kafka/consumer.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"
#include "common/upkeep/service.hpp"
#include "common/upkeep/switch_board.hpp"
#include "worker/balances.hpp"
#include "worker/guard.hpp"
#include "worker/guard_store.hpp"
#include "worker/http_gateway.hpp"
#include "worker/kafka_dead_letters.hpp"
#include "worker/life_of_a_job.hpp"
#include "worker/pull_desk.hpp"
#include "worker/route_watch.hpp"
#include "worker/store.hpp"
#include "worker/sweep.hpp"

namespace pinwire::worker {
namespace {

using telemetry::log_info;

upkeep::service_profile profile_of(const config::settings& from) {
    const auto& topics = from.kafka.topics;
    upkeep::service_profile made;
    made.name = "worker";
    made.metrics_listen = from.worker.metrics_listen;
    made.topics = {topics.jobs, topics.jobs_dead, topics.events, topics.dlrs};
    made.produce_timeout = from.kafka.produce_timeout;
    made.drain = from.worker.drain;
    return made;
}

dead_letter_topics topics_of(const config::settings& from) {
    dead_letter_topics made;
    made.dead = from.kafka.topics.jobs_dead;
    made.events = from.kafka.topics.events;
    return made;
}

}  // namespace

struct worker::parts final : upkeep::service_steps {
    parts(
        boost::asio::io_context& io,
        std::shared_ptr<const config::settings> from,
        const upkeep::run_options& options
    );

    void start() override;
    awaitable<bool> drain(deadline by) override;
    awaitable<bool> leave(std::chrono::milliseconds limit) override {
        return consumer.close(limit);
    }
    void abandon() override {
        store->abandon();
        counted.abandon();
    }

    kafka::consumer_callbacks on_kafka();
    life_of_a_job::steps steps();
    awaitable<void> begin();
    awaitable<void> consume();
    awaitable<void> look_after();
    awaitable<bool> balance_turn();
    std::vector<attempt_id> stop_lines();

    upkeep::service base;
    const config::settings& settings;
    figures counts;
    upkeep::account_book accounts;
    upkeep::switch_board switches;
    std::unique_ptr<job_store> store;
    guard_store counted;
    std::unique_ptr<gateway> to_carriers;
    std::unique_ptr<dead_letter_box> dead_letters;
    routes ways;
    route_watch watch;
    guard_step guard;
    look_up_step look_up;
    telemetry::health::check lookup_check;
    claim_step claim;
    send_step send;
    attempts sending;
    kafka::consumer consumer;
    life_of_a_job life;
    task_group jobs;  // a task a job or attempt
    sweep sweeper;
    semaphore in_flight;
    balances credit;
    std::unique_ptr<pull_desk> desk;
    std::vector<std::unique_ptr<pull_step>> pulls;  // one for each carrier that can be asked
};

worker::parts::parts(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> from,
    const upkeep::run_options& options
)
    : base(io, from, profile_of(*from), options),
      settings(*base.settings),
      counts(base.metrics),
      accounts(settings, base.outbox, upkeep::account_book::reads::settings),
      switches(base.outbox),
      store(make_store(base.ex, settings, base.epoch, [this] { base.announcer.notify(); })),
      counted(base.ex, settings, base.outbox, base.metrics),
      to_carriers(make_http_gateway(io, settings)),
      dead_letters(make_dead_letter_box(base.producer, topics_of(settings))),
      ways(base.ex, settings),
      watch(settings, *store, ways, base.metrics),
      guard(settings, switches, counted, base.metrics),
      look_up(base.ex, settings, *to_carriers, counts),
      lookup_check(base.health.add("", "lookup", "not looked at yet")),
      claim(settings, accounts, base.keys, *store, ways, counts, base.epoch),
      send(
          settings,
          accounts,
          base.keys,
          *to_carriers,
          ways,
          counts,
          {[this] { return base.heartbeat.alive(); }, [this] { return base.heartbeat.stretch(); }}
      ),
      sending(settings, *store, ways, send, counts),
      consumer(
          base.ex,
          upkeep::kafka_settings_of(settings),
          upkeep::consumer_settings_of(
              settings, settings.kafka.worker_group, settings.kafka.topics.jobs
          ),
          on_kafka()
      ),
      life(
          base.ex,
          settings,
          accounts,
          base.keys,
          steps(),
          [this](const kafka::position& at) {
              kill_point("worker.before_offset");
              consumer.done(at);
          }
      ),
      jobs(base.ex, base.on_error()),
      sweeper(base.ex, settings, *store, ways, sending, send, base.heartbeat, counts, jobs),
      in_flight(base.ex, static_cast<std::size_t>(settings.worker.in_flight_max)),
      credit(settings, *to_carriers, base.metrics, [this] { return balance_turn(); }),
      desk(make_pull_desk(settings, base.outbox, base.producer)) {
    for (const auto& [name, carrier] : settings.carriers) {
        if (!pull_step::wanted(settings, name)) continue;
        pulls.push_back(
            std::make_unique<pull_step>(settings, name, *to_carriers, *desk, base.metrics)
        );
    }
    ways.ask_paused([this](const route_name& name) { return switches.paused(name); });
    switches.on_change([this] { watch.look(); });
    look_up.pause_by([this](const provider_name& name) { return switches.paused(name); });
}

life_of_a_job::steps worker::parts::steps() {
    return {guard, look_up, claim, sending, *store, *dead_letters, ways, counts};
}

kafka::consumer_callbacks worker::parts::on_kafka() {
    auto made = base.consumer_callbacks(counts.gaps);
    made.on_assigned = [also = std::move(made.on_assigned)](const auto& which) {
        log_info("assigned", {{"partitions", which.size()}});
        also(which);
    };
    made.on_revoked = [](const auto& which, bool lost) {
        log_info("revoked", {{"partitions", which.size()}, {"lost", lost}});
    };
    return made;
}

void worker::parts::start() {
    base.services.spawn(accounts.run(), "accounts");
    base.services.spawn(counted.run(), "guard");
    base.services.spawn(look_after(), "figures");
    base.services.spawn(credit.run(), "balances");
    for (auto& one : pulls)
        base.services.spawn(one->run(), "pulls");
    base.services.spawn(begin(), "begin");
}

// Nothing is taken or sent before it is known what an operator has suspended or paused; then at
// once.
awaitable<void> worker::parts::begin() {
    // an account that the file allows may be suspended in the tables
    while (!accounts.looked())
        co_await accounts.refresh_now();
    co_await switches.first_look();
    base.services.spawn(switches.run(), "suspensions");
    base.services.spawn(sweeper.run(), "sweep");
    base.services.spawn(watch.follow(), "routes");
    base.services.spawn(watch.delivery(), "deliveries");
    ways.for_each([this](route_line& line) {
        base.services.spawn(sending.serve(line, jobs), "route " + line.config().name.str());
    });
    base.services.spawn(consume(), "consume");
}

// Polls only as much as may be in flight: over the bound the worker waits, and Kafka keeps.
awaitable<void> worker::parts::consume() {
    for (;;) {
        std::vector<semaphore::permit> places;
        auto first = co_await in_flight.acquire();
        places.push_back(std::move(first));
        while (places.size() < limits::batch_rows_max) {
            auto more = in_flight.try_acquire();
            if (!more) break;
            places.push_back(std::move(*more));
        }
        auto batch = co_await consumer.next(places.size());
        if (batch.empty()) co_return;
        kill_point("worker.after_poll");
        places.resize(batch.size());
        life.begin(std::move(batch), std::move(places), jobs);
    }
}

// Figures and shares that follow who is alive.
awaitable<void> worker::parts::look_after() {
    for (;;) {
        ways.set_share(1.0 / std::max(1, base.heartbeat.peers()));
        std::int64_t lag = 0;
        for (const auto& one : consumer.lag())
            lag += one.lag;
        counts.lag.set(static_cast<double>(lag));
        counts.prefetched.set(static_cast<double>(consumer.prefetched()));
        counts.in_flight.set(static_cast<double>(jobs.size()));
        auto doubts = look_up.doubts();
        if (doubts.empty())
            lookup_check.pass();
        else
            lookup_check.warn(std::move(doubts));
        co_await sleep_for(std::chrono::seconds(1));
    }
}

// One worker asks the carriers, whichever has it: two at once would be no harm.
awaitable<bool> worker::parts::balance_turn() {
    auto ask = [](postgres::session& db) { return postgres::take_turn(db, "balances"); };
    return base.outbox.run(std::move(ask));
}

std::vector<attempt_id> worker::parts::stop_lines() {
    std::vector<attempt_id> waiting;
    ways.for_each([&waiting](route_line& line) {
        for (const auto& work : line.stop())
            waiting.push_back(work.id);
    });
    return waiting;
}

// What waits is given up first, so that others take it at once.
awaitable<bool> worker::parts::drain(deadline by) {
    consumer.stop();
    sweeper.stop();
    auto waiting = stop_lines();
    log_info("draining", {{"in_flight", jobs.size()}, {"waiting", waiting.size()}});
    kill_point("worker.in_shutdown");
    auto give_up = store->give_up(std::move(waiting));
    const bool given_up = co_await with_deadline(std::move(give_up), by);
    const bool finished = co_await jobs.drain(upkeep::grace_until(by));
    const bool clean = given_up && finished;
    co_return clean;
}

worker::worker(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> settings,
    upkeep::run_options options
)
    : parts_(std::make_unique<parts>(io, std::move(settings), options)) {}

worker::~worker() = default;

void worker::stop() {
    parts_->base.stop();
}

awaitable<int> worker::run() {
    return parts_->base.run(*parts_);
}

}  // namespace pinwire::worker
