#include "callback/callback.hpp"

#include "callback/dispatcher.hpp"
#include "callback/endpoint_keeper.hpp"
#include "callback/figures.hpp"
#include "callback/listener.hpp"
#include "callback/settler.hpp"
#include "callback/sweep.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"
#include "common/upkeep/service.hpp"

namespace pinwire::callback {
namespace {

upkeep::service_profile profile_of(const config::settings& from) {
    const auto& topics = from.kafka.topics;
    upkeep::service_profile made;
    made.name = "callback";
    made.metrics_listen = from.callback.metrics_listen;
    made.topics = {topics.dlrs, topics.dlrs_dead, topics.events};
    made.gathered = {topics.dlrs};
    // the listener is ready with Kafka alone; settler and dispatcher have a readiness of their own
    made.scopes.topics = "";
    made.scopes.database = "settler";
    made.produce_timeout = from.callback.produce_timeout;
    made.drain = from.callback.drain;
    made.ready_text = "listening; waiting for the database";
    return made;
}

}  // namespace

struct callback::parts final : upkeep::service_steps {
    parts(
        boost::asio::io_context& io,
        std::shared_ptr<const config::settings> from,
        const upkeep::run_options& options
    );

    std::uint16_t open() override;
    void start() override;
    awaitable<bool> drain(deadline by) override;
    awaitable<bool> leave(std::chrono::milliseconds limit) override {
        return settling.close(limit);
    }
    void release() override {
        for (auto* one : {&settles, &reports, &looks, &sweeps})
            one->stop();
    }
    void abandon() override {
        for (auto* one : {&settles, &reports, &looks, &sweeps})
            one->abandon();
    }

    after_commit after();
    awaitable<void> look_after();

    upkeep::service base;
    const config::settings& settings;
    figures counts;
    upkeep::account_book accounts;
    postgres::executor settles;
    postgres::executor reports;
    postgres::executor looks;
    postgres::executor sweeps;  // what takes long keeps nobody waiting
    task_group requests;        // report requests and what completes them
    listener intake;
    deliver_step deliver;
    endpoint_board endpoints;
    dispatcher out;
    endpoint_keeper keeper;
    settler settling;
    sweep sweeper;
};

callback::parts::parts(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> from,
    const upkeep::run_options& options
)
    : base(io, from, profile_of(*from), options),
      settings(*base.settings),
      counts(base.metrics),
      accounts(settings, base.outbox, upkeep::account_book::reads::settings),
      settles(upkeep::postgres_settings_of(settings, "callback-settles"), "pg-settles"),
      reports(upkeep::postgres_settings_of(settings, "callback-reports"), "pg-reports"),
      looks(upkeep::postgres_settings_of(settings, "callback-looks"), "pg-looks"),
      sweeps(upkeep::postgres_settings_of(settings, "callback-sweeps"), "pg-sweeps"),
      requests(base.ex, base.on_error()),
      intake(io, settings, base.keys, base.producer, counts),
      deliver(io, settings, accounts, counts),
      out(base.ex, settings, deliver, endpoints, reports, looks, base.epoch, counts, requests),
      keeper(settings, endpoints, out, reports, base.epoch, counts, after().committed),
      settling(
          base.ex,
          settings,
          base.keys,
          base.producer,
          settles,
          base.epoch,
          counts,
          base.consumer_callbacks(counts.gaps),
          after()
      ),
      sweeper(settings, sweeps, base.heartbeat, base.epoch, counts, after()) {}

after_commit callback::parts::after() {
    after_commit made;
    made.hand_over = [this](std::vector<postgres::report_row> rows) {
        out.hand_over(std::move(rows));
    };
    made.committed = [this] { base.announcer.notify(); };
    return made;
}

std::uint16_t callback::parts::open() {
    intake.start(base.door("callback.listen", settings.callback.listen));
    return intake.local_endpoint().port;
}

void callback::parts::start() {
    auto& services = base.services;
    services.spawn(accounts.run(), "accounts");
    services.spawn(settling.run(), "settler");
    services.spawn(settling.mark(), "markers");
    services.spawn(settling.count_partitions(), "partitions");
    services.spawn(settling.settle_parked(), "parked");
    services.spawn(deliver.look_around(), "own addresses");
    services.spawn(out.pump(), "dispatcher");
    services.spawn(out.poll(), "report poll");
    services.spawn(out.renew(), "leases");
    services.spawn(keeper.run(), "endpoints");
    services.spawn(sweeper.close_overdue(), "sweep");
    services.spawn(sweeper.maintain(), "maintenance");
    services.spawn(sweeper.read_backlog(), "backlog");
    services.spawn(look_after(), "figures");
}

awaitable<void> callback::parts::look_after() {
    for (;;) {
        counts.connections.note(intake.counts());
        counts.lag.set(static_cast<double>(settling.lag()));
        counts.prefetched.set(static_cast<double>(settling.prefetched()));
        co_await sleep_for(std::chrono::seconds(1));
    }
}

awaitable<bool> callback::parts::drain(deadline by) {
    telemetry::log_info("draining", {{"reports_queued", out.queued()}});
    co_await intake.stop(std::chrono::milliseconds(2000));
    settling.stop();
    out.stop();
    auto give_back = out.give_back();
    const bool given_back = co_await with_deadline(std::move(give_back), by);
    const bool finished = co_await requests.drain(upkeep::grace_until(by));
    const bool clean = given_back && finished;
    co_return clean;
}

callback::callback(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> settings,
    upkeep::run_options options
)
    : parts_(std::make_unique<parts>(io, std::move(settings), options)) {}

callback::~callback() = default;

void callback::stop() {
    parts_->base.stop();
}

awaitable<int> callback::run() {
    return parts_->base.run(*parts_);
}

}  // namespace pinwire::callback
