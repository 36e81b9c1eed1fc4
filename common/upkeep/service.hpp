// What every service has and does, around the steps that are its own: it says who it is and that it
// lives, announces what its commits left, answers its operator, begins once the database heard its
// first beat, and ends in phases. A program builds its parts on a `service`, declared before them:
// they use its metrics, database sessions and producer, and so must be destroyed first. What runs
// in `services` may use the parts: run() awaits it all before it returns.
// One io_context in one thread; the database has threads of its own. Loop thread only.
// A reload ends this life and begins another (lives.hpp). The second and later ones open their
// listener only when they can serve: until then callers wait in the kernel's queue.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/ids.hpp"
#include "common/core/key_ring.hpp"
#include "common/kafka/consumer.hpp"
#include "common/kafka/producer.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"
#include "common/runtime/wakeup.hpp"
#include "common/telemetry/health.hpp"
#include "common/telemetry/health_server.hpp"
#include "common/telemetry/metrics.hpp"
#include "common/upkeep/announcer.hpp"
#include "common/upkeep/heartbeat.hpp"
#include "common/upkeep/instance.hpp"
#include "common/upkeep/lasting.hpp"
#include "common/upkeep/readiness.hpp"
#include "common/upkeep/run_options.hpp"

namespace pinwire::upkeep {

// How one service differs from the others.
struct service_profile {
    std::string name;                       // "worker": of its lock, metrics, sessions, beats
    config::listen_address metrics_listen;  // for its operator
    std::vector<std::string> topics;        // that it needs to be ready
    std::vector<std::string> gathered;      // that it writes to a partition of the moment
    readiness::scopes scopes;               // of its readiness
    std::chrono::milliseconds produce_timeout{30'000};
    std::chrono::milliseconds drain{30'000};  // at most, from SIGTERM until what is under way ended
    std::string ready_text = "waiting for the database";  // for systemd, before the first beat
};

// What a service adds to the common life, in the order in which it is asked for it.
class service_steps {
public:
    // Opens its listener; the port, for the log. 0: it has none.
    virtual std::uint16_t open() { return 0; }
    // The first beat is committed: spawns the loops, into `services`.
    virtual void start() = 0;
    // Whether a caller would be served and not refused for our own sake. Asked after a reload,
    // before open(), for some seconds at most.
    virtual bool can_serve() const { return true; }
    // Stops intake and ends what is under way, until `by`. False: something was cut short. Also
    // called when it was never started.
    virtual awaitable<bool> drain(deadline by) = 0;
    // Leaves its consumer group: all that will be done is done and announced.
    virtual awaitable<bool> leave(std::chrono::milliseconds limit) = 0;
    // Ends the waits for a database that is away: all that it was needed for is done. The loops
    // are cancelled and awaited next.
    virtual void release() {}
    // The end has taken too long: breaks off whatever waits for the database. At any time, and
    // what goes on finds it away.
    virtual void abandon() = 0;

protected:
    ~service_steps() = default;
};

class service {
public:
    // Throws std::runtime_error for what can't be waited for: a lock that another process holds,
    // settings that librdkafka refuses.
    service(
        boost::asio::io_context& io,
        std::shared_ptr<const config::settings> from,
        service_profile profile,
        const run_options& options
    );

    // From the start to the end; the exit code: 0 drained, 1 cut short or fatal. Throws
    // boost::system::system_error when a port is in use.
    awaitable<int> run(service_steps&);
    void stop();                        // SIGTERM: begins the end; any number of times
    void fatal(std::string_view what);  // begins the end, with exit code 1

    // The socket that listens there, from this or an earlier life. The key is the configuration's.
    const http::listening_socket& door(const std::string& key, const config::listen_address&);

    // For task groups: an exception that leaves a task is fatal. What it worked on stays in the
    // table or in Kafka, where the next process finds it.
    task_group::error_handler on_error();
    // For consumers: records that were lost are an alarm and counted, a dead client is fatal. Who
    // sets on_assigned calls the one that is there.
    kafka::consumer_callbacks consumer_callbacks(telemetry::counter gaps);

    // The parts, each built on those above it.
    boost::asio::io_context& context;
    const executor ex;
    const std::shared_ptr<const config::settings> settings;
    const key_ring& keys;
    const std::shared_ptr<lasting> across;
    const instance_lock& lock;
    const epoch_id epoch;
    telemetry::metrics metrics;
    telemetry::health health;
    postgres::executor pulse;  // heartbeats and outbox: nothing slow stands before them
    postgres::executor outbox;
    upkeep::heartbeat heartbeat;
    kafka::producer producer;
    upkeep::announcer announcer;
    task_group services;  // what runs as long as the process does

private:
    kafka::producer_callbacks producer_callbacks();
    void log_starting(std::uint16_t port) const;
    awaitable<void> first_beat();
    awaitable<void> reopen(service_steps&);
    awaitable<void> settle();
    void note_progress();
    awaitable<bool> end(service_steps&);
    awaitable<bool> say(awaitable<void> last_words);
    void let_go_in(std::chrono::milliseconds);
    awaitable<void> let_go(service_steps&);

    const service_profile profile_;
    telemetry::health_server health_server_;
    readiness readiness_;
    wakeup stopping_;
    wakeup let_go_moved_;
    task_group last_resort_;
    bool begun_ = false;
    bool open_ = false;
    bool started_ = false;
    bool stop_wanted_ = false;
    bool let_go_ = false;  // of the database: what fails for want of it is no fault
    deadline let_go_by_;
    bool died_ = false;
    bool has_consumer_ = false;
    bool joined_ = false;  // its group
};

// What is left until then for a task_group's drain: never less than the moment it takes to end.
std::chrono::milliseconds grace_until(deadline by);

}  // namespace pinwire::upkeep
