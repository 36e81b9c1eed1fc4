#include "common/upkeep/service.hpp"

#include <algorithm>

#include "common/telemetry/log.hpp"
#include "common/telemetry/systemd.hpp"
#include "common/upkeep/connections.hpp"
#include "common/upkeep/identity.hpp"

namespace pinwire::upkeep {

using telemetry::log_error;
using telemetry::log_info;

namespace {

constexpr auto soon = std::chrono::milliseconds(2000);  // for each thing said at the end
constexpr auto rest_of_an_end = 4 * soon;               // its last words, its group, the loops
constexpr auto operator_grace = std::chrono::milliseconds(200);
constexpr auto grace_min = std::chrono::milliseconds(100);
constexpr auto reopen_within = std::chrono::seconds(5);
constexpr auto settle_within = std::chrono::seconds(20);
constexpr auto look_again = std::chrono::milliseconds(10);

kafka::producer_settings producer_settings_of(const service_profile& from) {
    kafka::producer_settings made;
    made.delivery_timeout = from.produce_timeout;
    made.gathered = from.gathered;
    return made;
}

std::shared_ptr<lasting> across_of(const run_options& options) {
    return options.across ? options.across : std::make_shared<lasting>();
}

void log_kafka_error(std::string_view code, std::string_view text) {
    telemetry::log_limited(
        telemetry::log_level::warn, "kafka", "kafka", {{"code", code}, {"text", text}}
    );
}

}  // namespace

service::service(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> from,
    service_profile profile,
    const run_options& options
)
    : context(io),
      ex(io.get_executor()),
      settings(std::move(from)),
      keys(*settings->keys.ring),
      across(across_of(options)),
      lock(across->hold(settings->worker.state_dir, profile.name + "-" + options.instance)),
      epoch(new_epoch()),
      metrics("pinwire-" + profile.name),
      pulse(postgres_settings_of(*settings, profile.name + "-pulse"), "pg-pulse"),
      outbox(postgres_settings_of(*settings, profile.name + "-outbox"), "pg-outbox"),
      heartbeat(
          pulse,
          identity_of(*settings, profile.name, epoch, lock.identity()),
          heartbeat_settings_of(*settings)
      ),
      producer(
          ex, kafka_settings_of(*settings), producer_settings_of(profile), producer_callbacks()
      ),
      announcer(ex, outbox, producer, settings->kafka.topics.events, epoch, metrics),
      services(ex, on_error()),
      profile_(std::move(profile)),
      health_server_(context, health_listen_of(profile_.metrics_listen), metrics, health),
      readiness_(*settings, profile_.topics, pulse, heartbeat, health, profile_.scopes),
      stopping_(ex),
      let_go_moved_(ex),
      last_resort_(ex, on_error()) {
    across->begin_life(options.fingerprint, metrics);
}

void service::stop() {
    stop_wanted_ = true;
    stopping_.notify();
}

void service::fatal(std::string_view what) {
    log_error("fatal", {{"what", what}});
    died_ = true;
    across->close_doors();  // a reload ends here, too
    stop();
}

task_group::error_handler service::on_error() {
    return [this](std::exception_ptr error) {
        try {
            std::rethrow_exception(error);
        } catch (const postgres::database_error& what) {
            if (!let_go_) fatal(what.what());
        } catch (const std::exception& what) {
            fatal(what.what());
        }
    };
}

kafka::producer_callbacks service::producer_callbacks() {
    kafka::producer_callbacks made;
    made.on_error = log_kafka_error;
    const auto queue_full = metrics.make_counter(
        "pinwire_producer_queue_full_total", "Records that found the queue to Kafka full"
    );
    made.on_queue_full = [queue_full] { queue_full.add(); };
    made.on_fatal = [this](std::string_view text) { fatal(text); };
    return made;
}

kafka::consumer_callbacks service::consumer_callbacks(telemetry::counter gaps) {
    kafka::consumer_callbacks made;
    made.on_gap = [gaps](const kafka::topic_partition& at, std::int64_t missing) {
        gaps.add(static_cast<double>(missing));
        log_error(
            "records_lost", {{"topic", at.topic}, {"partition", at.partition}, {"missing", missing}}
        );
    };
    const auto held_back = metrics.make_counter(
        "pinwire_consumer_held_back_total", "Times that too many records were not finished"
    );
    made.on_held_back = [held_back](std::size_t unfinished, std::size_t span) {
        held_back.add();
        telemetry::log_limited(
            telemetry::log_level::warn,
            "consumer",
            "consumer_held_back",
            {{"unfinished", unfinished}, {"span", span}}
        );
    };
    made.on_error = log_kafka_error;
    made.on_fatal = [this](std::string_view text) { fatal(text); };
    has_consumer_ = true;
    made.on_assigned = [this](const auto&) {
        joined_ = true;
        stopping_.notify();
    };
    return made;
}

awaitable<int> service::run(service_steps& steps) {
    health_server_.start(door(profile_.name + ".metrics_listen", profile_.metrics_listen));
    if (across->later()) {
        services.spawn(reopen(steps), "reopen");
    } else {
        log_starting(steps.open());
        open_ = true;
    }
    services.spawn(readiness_.run(), "readiness");
    services.spawn(telemetry::feed_watchdog(), "watchdog");
    services.spawn(first_beat(), "first heartbeat");
    telemetry::notify_ready(profile_.ready_text);
    while (!begun_ && !stop_wanted_)
        co_await stopping_.wait();
    if (begun_) {
        services.spawn(heartbeat.run(), "heartbeat");
        services.spawn(announcer.run(services), "announcer");
        steps.start();
        started_ = true;
        note_progress();
        telemetry::notify_status("working");
        while (!stop_wanted_)
            co_await stopping_.wait();
    }
    co_await settle();
    const bool clean = co_await end(steps);
    log_info("stopped", {{"clean", clean}});
    co_return clean && !died_ ? 0 : 1;
}

const http::listening_socket& service::door(
    const std::string& key, const config::listen_address& where
) {
    return across->door(key, where);
}

// A caller that comes too early would be told an error; waiting in the queue costs him a moment.
awaitable<void> service::reopen(service_steps& steps) {
    const auto by = deadline_in(reopen_within);
    while (!steps.can_serve() && std::chrono::steady_clock::now() < by)
        co_await sleep_for(look_again);
    if (stop_wanted_) co_return;
    log_starting(steps.open());
    open_ = true;
    note_progress();
}

// librdkafka before 2.3 aborts when a cooperative member goes that never had an assignment (its
// #4381). So a reload that comes that early waits for it, while everything goes on.
awaitable<void> service::settle() {
    const auto by = deadline_in(settle_within);
    while (across->reloading() && has_consumer_ && !joined_) {
        const bool told = co_await stopping_.wait_until(by);
        if (!told) break;
    }
    across->begin_pause();
}

void service::note_progress() {
    if (open_ && started_) across->works();
}

void service::log_starting(std::uint16_t port) const {
    const telemetry::field version("version", PINWIRE_VERSION);
    const telemetry::field life("epoch", epoch);
    const auto address = health_server_.address();
    const telemetry::field for_operator("metrics", address);
    const telemetry::field key("seals_with", keys.active());
    if (port == 0) {
        log_info("starting", {version, life, for_operator, key});
    } else {
        log_info("starting", {version, life, {"port", port}, for_operator, key});
    }
}

// However long the database is away.
awaitable<void> service::first_beat() {
    co_await heartbeat.begin();
    begun_ = true;
    stopping_.notify();
}

// The steps' own work first; then nothing is left to announce but what it made. Others may take
// over after the farewell, so it comes when nothing is under way any more.
awaitable<bool> service::end(service_steps& steps) {
    const bool again = across->reloading();
    again ? telemetry::notify_reloading("draining") : telemetry::notify_stopping();
    health.add("", "draining", "")
        .fail("the " + profile_.name + (again ? " takes a new configuration" : " is stopping"));
    if (!again) across->close_doors();
    const auto by = deadline_in(profile_.drain);
    let_go_by_ = by + soon;
    last_resort_.spawn(let_go(steps), "last resort");
    bool clean = co_await steps.drain(by);
    let_go_in(rest_of_an_end);
    announcer.stop();
    const bool announced = co_await say(announcer.finish(services));
    const bool left = co_await steps.leave(soon);
    clean = clean && announced && left;
    co_await say(heartbeat.farewell());
    let_go_ = true;
    steps.release();
    services.cancel();
    co_await services.drain(std::chrono::milliseconds(0));
    co_await last_resort_.drain(std::chrono::milliseconds(0));
    readiness_.stop();
    co_await health_server_.stop(operator_grace);
    // a consumer that could not leave would hold its partitions beside the next life's
    across->end_life(left && !died_);
    co_return clean;
}

awaitable<bool> service::say(awaitable<void> last_words) {
    const bool said = co_await with_deadline(std::move(last_words), deadline_in(soon));
    co_return said;
}

void service::let_go_in(std::chrono::milliseconds span) {
    let_go_by_ = deadline_in(span);
    let_go_moved_.notify();
}

// A database that says nothing would be waited for until systemd loses its patience.
awaitable<void> service::let_go(service_steps& steps) {
    bool moved = true;
    while (moved)
        moved = co_await let_go_moved_.wait_until(let_go_by_);
    telemetry::log_warn("database_let_go", {{"why", "the end took too long"}});
    let_go_ = true;
    pulse.abandon();
    outbox.abandon();
    steps.abandon();
}

std::chrono::milliseconds grace_until(deadline by) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        by - std::chrono::steady_clock::now()
    );
    return std::max(left, grace_min);
}

}  // namespace pinwire::upkeep
