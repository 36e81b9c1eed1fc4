#include "callback/callback.hpp"

#include <unistd.h>

#include <algorithm>

#include "callback/dispatcher.hpp"
#include "callback/figures.hpp"
#include "callback/listener.hpp"
#include "callback/settler.hpp"
#include "callback/sweep.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"
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

namespace pinwire::callback {
namespace {

using telemetry::log_error;
using telemetry::log_info;

kafka::producer_settings producer_settings_of(const config::settings& from) {
    kafka::producer_settings made;
    made.delivery_timeout = from.callback.produce_timeout;
    return made;
}

std::vector<std::string> topics_needed(const config::settings& from) {
    const auto& topics = from.kafka.topics;
    return {topics.dlrs, topics.dlrs_dead, topics.events};
}

}  // namespace

struct callback::parts {
    parts(boost::asio::io_context&, std::shared_ptr<const config::settings>, const run_options&);

    kafka::producer_callbacks producer_callbacks();
    settler::hooks settler_hooks();
    sweep::hooks sweep_hooks();
    upkeep::readiness::scopes scopes();
    task_group::error_handler on_error();
    void fatal(std::string_view what);

    void start_services();
    awaitable<void> look_after();
    awaitable<bool> drain();

    executor ex;
    std::shared_ptr<const config::settings> settings;
    const key_ring& keys;
    upkeep::instance_lock lock;
    epoch_id epoch = upkeep::new_epoch();
    telemetry::metrics metrics{"pinwire-callback"};
    telemetry::health health;
    figures counts{metrics};
    telemetry::health_server health_server;
    postgres::executor pulse;
    postgres::executor outbox;
    postgres::executor settles;
    postgres::executor reports;
    upkeep::heartbeat heartbeat;
    kafka::producer producer;
    upkeep::announcer announcer;
    upkeep::readiness readiness;
    task_group requests;  // report requests and what completes them
    task_group services;
    listener intake;
    deliver_step deliver;
    dispatcher out;
    settler settling;
    sweep sweeper;
    wakeup stopping;
    bool stop_wanted = false;
    bool died = false;
};

callback::parts::parts(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> from,
    const run_options& options
)
    : ex(io.get_executor()),
      settings(std::move(from)),
      keys(*settings->keys.ring),
      lock(settings->worker.state_dir, "callback-" + options.instance),
      health_server(
          io, upkeep::health_listen_of(settings->callback.metrics_listen), metrics, health
      ),
      pulse(upkeep::postgres_settings_of(*settings, "callback-pulse"), "pg-pulse"),
      outbox(upkeep::postgres_settings_of(*settings, "callback-outbox"), "pg-outbox"),
      settles(upkeep::postgres_settings_of(*settings, "callback-settles"), "pg-settles"),
      reports(upkeep::postgres_settings_of(*settings, "callback-reports"), "pg-reports"),
      heartbeat(
          pulse,
          upkeep::identity_of(*settings, "callback", epoch, lock.identity()),
          upkeep::heartbeat_settings_of(*settings)
      ),
      producer(
          ex,
          upkeep::kafka_settings_of(*settings),
          producer_settings_of(*settings),
          producer_callbacks()
      ),
      announcer(ex, outbox, producer, settings->kafka.topics.events, epoch, metrics),
      readiness(*settings, topics_needed(*settings), pulse, heartbeat, health, scopes()),
      requests(ex, on_error()),
      services(ex, on_error()),
      intake(io, *settings, keys, producer, counts),
      deliver(io, *settings, counts),
      out(ex, *settings, deliver, reports, epoch, counts, requests, services),
      settling(ex, *settings, keys, producer, settles, epoch, counts, settler_hooks()),
      sweeper(*settings, reports, heartbeat, epoch, counts, sweep_hooks()),
      stopping(ex) {}

// The listener is ready with Kafka alone; settler and dispatcher have a readiness of their own.
upkeep::readiness::scopes callback::parts::scopes() {
    upkeep::readiness::scopes made;
    made.topics = "";
    made.database = "settler";
    return made;
}

task_group::error_handler callback::parts::on_error() {
    return [this](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& what) {
            fatal(what.what());
        }
    };
}

kafka::producer_callbacks callback::parts::producer_callbacks() {
    kafka::producer_callbacks made;
    made.on_error = [](std::string_view code, std::string_view text) {
        telemetry::log_limited(
            telemetry::log_level::warn, "kafka", "kafka", {{"code", code}, {"text", text}}
        );
    };
    made.on_fatal = [this](std::string_view text) { fatal(text); };
    return made;
}

settler::hooks callback::parts::settler_hooks() {
    settler::hooks made;
    made.hand_over = [this](std::vector<postgres::report_row> rows) {
        out.hand_over(std::move(rows));
    };
    made.committed = [this] { announcer.notify(); };
    made.fatal = [this](std::string_view text) { fatal(text); };
    return made;
}

sweep::hooks callback::parts::sweep_hooks() {
    sweep::hooks made;
    made.hand_over = [this](std::vector<postgres::report_row> rows) {
        out.hand_over(std::move(rows));
    };
    made.committed = [this] { announcer.notify(); };
    return made;
}

void callback::parts::fatal(std::string_view what) {
    log_error("fatal", {{"what", what}});
    died = true;
    stop_wanted = true;
    stopping.notify();
}

void callback::parts::start_services() {
    services.spawn(heartbeat.run(), "heartbeat");
    services.spawn(announcer.run(services), "announcer");
    services.spawn(settling.run(), "settler");
    services.spawn(settling.mark(), "markers");
    services.spawn(settling.count_partitions(), "partitions");
    services.spawn(settling.settle_parked(), "parked");
    services.spawn(out.pump(), "dispatcher");
    services.spawn(out.poll(), "report poll");
    services.spawn(out.renew(), "leases");
    services.spawn(sweeper.close_overdue(), "sweep");
    services.spawn(sweeper.maintain(), "maintenance");
    services.spawn(sweeper.read_backlog(), "backlog");
    services.spawn(look_after(), "figures");
}

awaitable<void> callback::parts::look_after() {
    for (;;) {
        counts.lag.set(static_cast<double>(settling.lag()));
        co_await sleep_for(std::chrono::seconds(1));
    }
}

awaitable<bool> callback::parts::drain() {
    telemetry::notify_stopping();
    health.add("", "draining", "").fail("the callback is stopping");
    const auto by = deadline_in(settings->callback.drain);
    const auto soon = std::chrono::milliseconds(2000);
    log_info("draining", {{"reports_queued", out.queued()}});
    co_await intake.stop(soon);
    settling.stop();
    out.stop();
    auto give_back = out.give_back();
    bool clean = co_await with_deadline(std::move(give_back), by);
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        by - std::chrono::steady_clock::now()
    );
    clean = co_await requests.drain(std::max(left, std::chrono::milliseconds(100))) && clean;
    announcer.stop();
    auto last_words = announcer.finish(services);
    clean = co_await with_deadline(std::move(last_words), deadline_in(soon)) && clean;
    clean = co_await settling.close(soon) && clean;
    auto farewell = heartbeat.farewell();
    co_await with_deadline(std::move(farewell), deadline_in(soon));
    settles.stop();  // ends the wait for a database that is away
    services.cancel();
    co_await services.drain(std::chrono::milliseconds(0));
    readiness.stop();
    co_await health_server.stop(std::chrono::milliseconds(200));
    co_return clean;
}

callback::callback(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> settings,
    run_options options
)
    : parts_(std::make_unique<parts>(io, std::move(settings), options)) {}

callback::~callback() = default;

void callback::stop() {
    parts_->stop_wanted = true;
    parts_->stopping.notify();
}

awaitable<int> callback::run() {
    auto& p = *parts_;
    p.health_server.start();
    p.intake.start();
    log_info(
        "starting",
        {{"version", PINWIRE_VERSION},
         {"epoch", p.epoch},
         {"port", p.intake.local_endpoint().port},
         {"metrics", p.health_server.address()}}
    );
    p.services.spawn(p.readiness.run(), "readiness");
    p.services.spawn(telemetry::feed_watchdog(), "watchdog");
    telemetry::notify_ready("listening; waiting for the database");
    bool begun = false;
    auto first = upkeep::first_beat(p.heartbeat, begun, p.stopping);
    p.services.spawn(std::move(first), "first heartbeat");
    while (!begun && !p.stop_wanted)
        co_await p.stopping.wait();
    if (begun) {
        p.start_services();
        telemetry::notify_status("working");
        while (!p.stop_wanted)
            co_await p.stopping.wait();
    }
    const bool clean = co_await p.drain();
    log_info("stopped", {{"clean", clean}});
    co_return clean && !p.died ? 0 : 1;
}

}  // namespace pinwire::callback
