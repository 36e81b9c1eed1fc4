#include "worker/worker.hpp"

#include <algorithm>

#include "common/core/ids.hpp"
#include "common/core/limits.hpp"
#include "common/kafka/consumer.hpp"
#include "common/kafka/producer.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/runtime/wakeup.hpp"
#include "common/telemetry/health_server.hpp"
#include "common/telemetry/log.hpp"
#include "common/telemetry/systemd.hpp"
#include "common/upkeep/announcer.hpp"
#include "common/upkeep/connections.hpp"
#include "common/upkeep/heartbeat.hpp"
#include "common/upkeep/identity.hpp"
#include "common/upkeep/instance.hpp"
#include "common/upkeep/readiness.hpp"
#include "worker/http_gateway.hpp"
#include "worker/kafka_dead_letters.hpp"
#include "worker/life_of_a_job.hpp"
#include "worker/store.hpp"
#include "worker/sweep.hpp"

namespace pinwire::worker {
namespace {

using telemetry::log_error;
using telemetry::log_info;
using telemetry::log_warn;

kafka::consumer_settings consumer_settings_of(const config::settings& from) {
    kafka::consumer_settings made;
    made.group = from.kafka.worker_group;
    made.topics = {from.kafka.topics.jobs};
    made.prefetch_messages = from.kafka.prefetch_messages;
    made.session_timeout = from.kafka.session_timeout;
    return made;
}

kafka::producer_settings producer_settings_of(const config::settings& from) {
    kafka::producer_settings made;
    made.delivery_timeout = from.kafka.produce_timeout;
    return made;
}

dead_letter_topics topics_of(const config::settings& from) {
    dead_letter_topics made;
    made.dead = from.kafka.topics.jobs_dead;
    made.events = from.kafka.topics.events;
    return made;
}

std::vector<std::string> topics_needed(const config::settings& from) {
    const auto& topics = from.kafka.topics;
    return {topics.jobs, topics.jobs_dead, topics.events, topics.dlrs};
}

}  // namespace

struct worker::parts {
    parts(boost::asio::io_context&, std::shared_ptr<const config::settings>, const run_options&);

    kafka::consumer_callbacks consumer_callbacks();
    kafka::producer_callbacks producer_callbacks();
    life_of_a_job::steps steps();
    void fatal(std::string_view what);

    awaitable<void> consume();
    awaitable<void> look_after();
    awaitable<bool> drain();

    boost::asio::io_context& context;
    executor ex;
    std::shared_ptr<const config::settings> settings;
    const key_ring& keys;
    upkeep::instance_lock lock;
    epoch_id epoch = upkeep::new_epoch();
    telemetry::metrics metrics{"pinwire-worker"};
    telemetry::health health;
    figures counts{metrics};
    telemetry::health_server health_server;
    postgres::executor pulse;  // heartbeats and outbox: nothing slow stands before them
    postgres::executor outbox;
    upkeep::heartbeat heartbeat;
    kafka::producer producer;
    upkeep::announcer announcer;
    std::unique_ptr<job_store> store;
    std::unique_ptr<gateway> to_carriers;
    std::unique_ptr<dead_letter_box> dead_letters;
    routes ways;
    look_up_step look_up;
    claim_step claim;
    send_step send;
    attempts sending;
    kafka::consumer consumer;
    life_of_a_job life;
    upkeep::readiness readiness;
    task_group jobs;      // a task a job or attempt
    task_group services;  // what runs as long as the process does
    sweep sweeper;
    semaphore in_flight;
    wakeup stopping;
    bool stop_wanted = false;
    bool died = false;
};

worker::parts::parts(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> from,
    const run_options& options
)
    : context(io),
      ex(io.get_executor()),
      settings(std::move(from)),
      keys(*settings->keys.ring),
      lock(settings->worker.state_dir, "worker-" + options.instance),
      health_server(io, upkeep::health_listen_of(settings->worker.metrics_listen), metrics, health),
      pulse(upkeep::postgres_settings_of(*settings, "worker-pulse"), "pg-pulse"),
      outbox(upkeep::postgres_settings_of(*settings, "worker-outbox"), "pg-outbox"),
      heartbeat(
          pulse,
          upkeep::identity_of(*settings, "worker", epoch, lock.identity()),
          upkeep::heartbeat_settings_of(*settings)
      ),
      producer(
          ex,
          upkeep::kafka_settings_of(*settings),
          producer_settings_of(*settings),
          producer_callbacks()
      ),
      announcer(ex, outbox, producer, settings->kafka.topics.events, epoch, metrics),
      store(make_store(ex, *settings, epoch, [this] { announcer.notify(); })),
      to_carriers(make_http_gateway(io, *settings)),
      dead_letters(make_dead_letter_box(producer, topics_of(*settings))),
      ways(ex, *settings),
      look_up(ex, *settings, *to_carriers, counts),
      claim(*settings, keys, *store, ways, counts, epoch),
      send(*settings, keys, *to_carriers, ways, counts, [this] { return heartbeat.alive(); }),
      sending(*settings, *store, ways, send, counts),
      consumer(
          ex,
          upkeep::kafka_settings_of(*settings),
          consumer_settings_of(*settings),
          consumer_callbacks()
      ),
      life(
          ex,
          *settings,
          keys,
          steps(),
          [this](const kafka::position& at) {
              kill_point("worker.before_offset");
              consumer.done(at);
          }
      ),
      readiness(*settings, topics_needed(*settings), pulse, heartbeat, health, {}),
      jobs(
          ex,
          [this](std::exception_ptr error) {
              try {
                  std::rethrow_exception(error);
              } catch (const std::exception& what) {
                  // its row stays; it is taken up again from the table, or read again from Kafka
                  fatal(what.what());
              }
          }
      ),
      services(
          ex,
          [this](std::exception_ptr error) {
              try {
                  std::rethrow_exception(error);
              } catch (const std::exception& what) {
                  fatal(what.what());
              }
          }
      ),
      sweeper(ex, *settings, *store, ways, sending, send, heartbeat, counts, jobs),
      in_flight(ex, static_cast<std::size_t>(settings->worker.in_flight_max)),
      stopping(ex) {}

life_of_a_job::steps worker::parts::steps() {
    return {look_up, claim, sending, *store, *dead_letters, ways, counts};
}

void worker::parts::fatal(std::string_view what) {
    log_error("fatal", {{"what", what}});
    died = true;
    stop_wanted = true;
    stopping.notify();
}

kafka::consumer_callbacks worker::parts::consumer_callbacks() {
    kafka::consumer_callbacks made;
    made.on_assigned = [](const auto& which) {
        log_info("assigned", {{"partitions", which.size()}});
    };
    made.on_revoked = [](const auto& which, bool lost) {
        log_info("revoked", {{"partitions", which.size()}, {"lost", lost}});
    };
    made.on_gap = [this](const kafka::topic_partition& at, std::int64_t missing) {
        counts.gaps.add(static_cast<double>(missing));
        log_error(
            "records_lost", {{"topic", at.topic}, {"partition", at.partition}, {"missing", missing}}
        );
    };
    made.on_error = [](std::string_view code, std::string_view text) {
        telemetry::log_limited(
            telemetry::log_level::warn, "kafka", "kafka", {{"code", code}, {"text", text}}
        );
    };
    made.on_fatal = [this](std::string_view text) { fatal(text); };
    return made;
}

kafka::producer_callbacks worker::parts::producer_callbacks() {
    kafka::producer_callbacks made;
    made.on_error = [](std::string_view code, std::string_view text) {
        telemetry::log_limited(
            telemetry::log_level::warn, "kafka", "kafka", {{"code", code}, {"text", text}}
        );
    };
    made.on_fatal = [this](std::string_view text) { fatal(text); };
    return made;
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
        counts.in_flight.set(static_cast<double>(in_flight.in_use()));
        life.begin(std::move(batch), std::move(places), jobs);
    }
}

// Figures and shares that follow who is alive.
awaitable<void> worker::parts::look_after() {
    for (;;) {
        ways.set_share(1.0 / std::max(1, heartbeat.peers()));
        std::int64_t lag = 0;
        for (const auto& one : consumer.lag())
            lag += one.lag;
        counts.lag.set(static_cast<double>(lag));
        counts.in_flight.set(static_cast<double>(jobs.size()));
        co_await sleep_for(std::chrono::seconds(1));
    }
}

awaitable<bool> worker::parts::drain() {
    telemetry::notify_stopping();
    health.add("", "draining", "").fail("the worker is stopping");
    const auto grace = settings->worker.drain;
    const auto by = deadline_in(grace);
    consumer.stop();
    sweeper.stop();
    std::vector<attempt_id> waiting;
    ways.for_each([&waiting](route_line& line) {
        for (const auto& work : line.stop())
            waiting.push_back(work.id);
    });
    log_info("draining", {{"in_flight", jobs.size()}, {"waiting", waiting.size()}});
    kill_point("worker.in_shutdown");
    auto give_up = store->give_up(std::move(waiting));
    bool clean = co_await with_deadline(std::move(give_up), by);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        by - std::chrono::steady_clock::now()
    );
    clean = co_await jobs.drain(std::max(left, std::chrono::milliseconds(100))) && clean;
    announcer.stop();
    auto last_words = announcer.finish(services);
    const auto soon = std::chrono::milliseconds(2000);
    clean = co_await with_deadline(std::move(last_words), deadline_in(soon)) && clean;
    clean = co_await consumer.close(soon) && clean;
    auto farewell = heartbeat.farewell();
    co_await with_deadline(std::move(farewell), deadline_in(soon));
    services.cancel();
    co_await services.drain(std::chrono::milliseconds(0));
    readiness.stop();
    co_await health_server.stop(std::chrono::milliseconds(200));
    co_return clean;
}

worker::worker(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> settings,
    run_options options
)
    : parts_(std::make_unique<parts>(io, std::move(settings), options)) {}

worker::~worker() = default;

void worker::stop() {
    parts_->stop_wanted = true;
    parts_->stopping.notify();
}

awaitable<int> worker::run() {
    auto& p = *parts_;
    p.health_server.start();
    log_info(
        "starting",
        {{"version", PINWIRE_VERSION}, {"epoch", p.epoch}, {"metrics", p.health_server.address()}}
    );
    p.services.spawn(p.readiness.run(), "readiness");
    p.services.spawn(telemetry::feed_watchdog(), "watchdog");
    bool begun = false;
    auto first = upkeep::first_beat(p.heartbeat, begun, p.stopping);
    p.services.spawn(std::move(first), "first heartbeat");
    telemetry::notify_ready("waiting for the database");
    while (!begun && !p.stop_wanted)
        co_await p.stopping.wait();
    if (begun) {
        p.services.spawn(p.heartbeat.run(), "heartbeat");
        p.services.spawn(p.announcer.run(p.services), "announcer");
        p.services.spawn(p.look_after(), "figures");
        p.services.spawn(p.sweeper.run(), "sweep");
        p.ways.for_each([&p](route_line& line) {
            p.services.spawn(p.sending.serve(line, p.jobs), "route " + line.config().name.str());
        });
        p.services.spawn(p.consume(), "consume");
        telemetry::notify_status("working");
        while (!p.stop_wanted)
            co_await p.stopping.wait();
    }
    const bool clean = co_await p.drain();
    log_info("stopped", {{"clean", clean}});
    co_return clean && !p.died ? 0 : 1;
}

}  // namespace pinwire::worker
