#include "api/api.hpp"

#include "api/account_lookup.hpp"
#include "api/counted_pins.hpp"
#include "api/figures.hpp"
#include "api/guess_pin.hpp"
#include "api/infobip/dialect.hpp"
#include "api/key_gate.hpp"
#include "api/listener.hpp"
#include "api/nrs360/dialect.hpp"
#include "api/openapi_side.hpp"
#include "api/pinwire_dialect.hpp"
#include "api/place_order.hpp"
#include "api/router.hpp"
#include "api/store.hpp"
#include "api/stores.hpp"
#include "api/test_report.hpp"
#include "common/kafka/event_feed.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/random.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/connections.hpp"
#include "common/upkeep/report_probe.hpp"
#include "common/upkeep/service.hpp"
#include "common/upkeep/switch_board.hpp"

namespace pinwire::api {
namespace {

upkeep::service_profile profile_of(const config::settings& from) {
    const auto& topics = from.kafka.topics;
    upkeep::service_profile made;
    made.name = "api";
    made.metrics_listen = from.api.metrics_listen;
    made.topics = {topics.jobs, topics.events};
    made.produce_timeout = from.api.produce_timeout;
    made.drain = from.api.drain;
    made.ready_text = "listening; waiting for the database";
    return made;
}

kafka::feed_settings feed_settings_of(const config::settings& from) {
    kafka::feed_settings made;
    made.topic = from.kafka.topics.events;
    made.header = "pinwire-waiter";
    return made;
}

}  // namespace

struct api::parts final : upkeep::service_steps {
    parts(
        boost::asio::io_context& io,
        std::shared_ptr<const config::settings> from,
        const upkeep::run_options& options
    );

    std::uint16_t open() override;
    void start() override;
    bool can_serve() const override {
        return feed.positioned() && book.looked() && switches.looked();
    }
    awaitable<bool> drain(deadline by) override;
    awaitable<bool> leave(std::chrono::milliseconds) override { co_return true; }
    void release() override { data->stop(); }
    void abandon() override { data->abandon(); }

    place_order::parts order_parts();
    kafka::feed_callbacks feed_callbacks();
    test_report::probe probe_call();
    awaitable<upkeep::probe_result> send_test(test_report::account, std::string, report_format);
    void on_event(const kafka::record&);
    awaitable<void> settle();
    awaitable<void> look_after();

    upkeep::service base;
    const config::settings& settings;
    figures counts;
    telemetry::health::check events_check;
    const std::string waiter;  // as jobs and events name us
    upkeep::account_book book;
    upkeep::switch_board switches;
    std::unique_ptr<account_lookup> accounts;
    std::unique_ptr<stores> data;
    counted_pins pins;
    waiting_room room;
    std::unique_ptr<job_topic> topic;
    kafka::event_feed feed;
    key_gate entrance;
    place_order desk;
    guess_pin guesses;
    nrs360_dialect nrs360;
    infobip_dialect infobip;
    pinwire_dialect own;
    upkeep::report_probe probe;
    test_report tests;
    router ways;
    listener intake;
};

api::parts::parts(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> from,
    const upkeep::run_options& options
)
    : base(io, from, profile_of(*from), options),
      settings(*base.settings),
      counts(base.metrics),
      events_check(base.health.add("", "events", "the ends of the events' topic aren't known yet")),
      waiter(base.epoch.hex()),
      book(settings, base.outbox, upkeep::account_book::reads::settings_and_keys),
      switches(base.outbox),
      accounts(accounts_of_book(book)),
      data(make_stores(base.ex, settings, base.epoch, [this] { base.announcer.notify(); })),
      pins(data->pins(), counts),
      room(base.ex, static_cast<std::size_t>(settings.api.connections_max)),
      topic(make_job_topic(base.producer, settings.kafka.topics.jobs, waiter)),
      feed(
          base.ex, upkeep::kafka_settings_of(settings), feed_settings_of(settings), feed_callbacks()
      ),
      entrance(*accounts, switches, settings.guard.destinations, database_clock::now),
      desk(order_parts()),
      guesses(base.keys, pins),
      nrs360(settings, entrance, desk, guesses, pins, database_clock::now),
      infobip(settings, entrance, desk, guesses, pins, data->templates(), database_clock::now),
      own(entrance, pins),
      probe(io, settings),
      tests(entrance, probe_call(), std::chrono::steady_clock::now),
      intake(io, settings, ways, counts) {
    ways.add(side_of("360nrs", nrs360));
    ways.add(side_of("infobip", infobip));
    ways.add(side_of("pinwire", own));
    ways.add(side_of("pinwire", tests));
    ways.add(std::make_unique<openapi_side>());
}

place_order::parts api::parts::order_parts() {
    return {
        settings,
        base.keys,
        *accounts,
        data->orders(),
        *topic,
        room,
        counts,
        waiter,
        database_clock::now,
        [](std::span<std::uint8_t> bytes) { fill_random(bytes); },
        [this] { return feed.positioned(); }};
}

test_report::probe api::parts::probe_call() {
    return [this](test_report::account who, std::string url, report_format format) {
        return send_test(std::move(who), std::move(url), format);
    };
}

// As a real report would go: with what an operator set for the endpoint.
awaitable<upkeep::probe_result> api::parts::send_test(
    test_report::account who, std::string url, report_format format
) {
    std::optional<postgres::endpoint_setting> set;
    if (auto which = upkeep::endpoint_name_of(who->name, url))
        set = co_await data->endpoints().find(std::move(*which));
    co_return co_await probe.send(std::move(who), std::move(url), format, std::move(set));
}

kafka::feed_callbacks api::parts::feed_callbacks() {
    kafka::feed_callbacks made;
    made.wants = [this](std::string_view whose) {
        (whose == waiter ? counts.events : counts.events_others).add();
        return whose == waiter;
    };
    made.on_record = [this](const kafka::record& one) { on_event(one); };
    made.on_positioned = [this] {
        events_check.pass();
        telemetry::log_info("positioned", {{"partitions", feed.partitions()}});
    };
    made.on_error = [](std::string_view code, std::string_view text) {
        telemetry::log_limited(
            telemetry::log_level::warn, "events", "events", {{"code", code}, {"text", text}}
        );
    };
    made.on_fatal = [this](std::string_view text) { base.fatal(text); };
    return made;
}

void api::parts::on_event(const kafka::record& one) {
    const auto event = decode_event(one.payload ? std::string_view(*one.payload) : "");
    if (!event) {
        counts.events_unread.add();
        return;
    }
    if (!room.tell(*event)) counts.events_late.add();
}

std::uint16_t api::parts::open() {
    intake.start(base.door("api.listen", settings.api.listen));
    return intake.local_endpoint().port;
}

void api::parts::start() {
    base.services.spawn(book.run(), "accounts");
    base.services.spawn(switches.run(), "suspensions");
    base.services.spawn(probe.look_around(), "own addresses");
    base.services.spawn(settle(), "charges");
    base.services.spawn(look_after(), "figures");
}

// Any process may; nobody has to.
awaitable<void> api::parts::settle() {
    for (;;) {
        const int settled = co_await data->settle_charges();
        counts.settled.add(settled);
        if (settled < settled_at_once_max) co_await sleep_for(std::chrono::seconds(1));
    }
}

awaitable<void> api::parts::look_after() {
    for (;;) {
        counts.connections.note(intake.counts());
        co_await sleep_for(std::chrono::seconds(1));
    }
}

// What is under way waits for its events at most until it must be answered.
awaitable<bool> api::parts::drain(deadline by) {
    telemetry::log_info("draining", {{"connections", intake.counts().open}});
    return intake.stop(upkeep::grace_until(by));
}

api::api(
    boost::asio::io_context& io,
    std::shared_ptr<const config::settings> settings,
    upkeep::run_options options
)
    : parts_(std::make_unique<parts>(io, std::move(settings), options)) {}

api::~api() = default;

void api::stop() {
    parts_->base.stop();
}

awaitable<int> api::run() {
    return parts_->base.run(*parts_);
}

}  // namespace pinwire::api
