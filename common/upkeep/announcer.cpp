#include "common/upkeep/announcer.hpp"

#include <vector>

#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {
namespace {

constexpr int rows_max = 64;
constexpr std::size_t busy_max = 256;  // rows handed to Kafka and not acknowledged
constexpr auto orphan_after = std::chrono::seconds(10);
constexpr auto look_anyway = std::chrono::seconds(1);

kafka::message message_of(const std::string& topic, postgres::outbox_event event) {
    kafka::message made;
    made.topic = topic;
    made.key = std::move(event.key);
    made.payload = std::move(event.json);
    if (!event.waiter.empty()) {
        kafka::header waiter;
        waiter.name = "pinwire-waiter";
        waiter.value = std::move(event.waiter);
        made.headers.push_back(std::move(waiter));
    }
    return made;
}

}  // namespace

announcer::announcer(
    executor ex,
    postgres::executor& database,
    kafka::producer& producer,
    std::string topic,
    epoch_id epoch,
    telemetry::metrics& figures
)
    : database_(database),
      producer_(producer),
      topic_(std::move(topic)),
      epoch_(epoch),
      news_(ex),
      published_(figures.make_counter("pinwire_events_total", "Events acknowledged by Kafka")),
      failed_(figures.make_counter("pinwire_event_failures_total", "Outbox rows to be tried again")
      ) {}

awaitable<void> announcer::run(task_group& tasks) {
    while (!stopped_) {
        const auto found = co_await publish_some(tasks);
        if (found < rows_max) co_await news_.wait_for(look_anyway);
    }
}

awaitable<void> announcer::finish(task_group& tasks) {
    for (;;) {
        const auto found = co_await publish_some(tasks);
        if (found == 0 && busy_.empty()) co_return;
        co_await sleep_for(std::chrono::milliseconds(20));
    }
}

void announcer::stop() {
    stopped_ = true;
    news_.notify();
}

awaitable<std::size_t> announcer::publish_some(task_group& tasks) {
    if (busy_.size() >= busy_max) co_return 0;
    std::vector<std::int64_t> busy(busy_.begin(), busy_.end());
    auto read = [epoch = epoch_, busy = std::move(busy)](postgres::session& db) {
        return postgres::read_outbox(db, epoch, busy, rows_max, orphan_after);
    };
    std::vector<postgres::outbox_row> rows;
    try {
        rows = co_await database_.run(std::move(read));
    } catch (const postgres::database_error&) {
        co_return 0;  // the heartbeat says so already
    }
    const auto found = rows.size();
    for (auto& row : rows) {
        busy_.insert(row.id);
        auto task = publish(std::move(row));
        tasks.spawn(std::move(task), "announce");
    }
    co_return found;
}

awaitable<void> announcer::publish(postgres::outbox_row row) {
    const auto id = row.id;
    std::vector<kafka::message> messages;
    messages.reserve(row.events.size());
    for (auto& event : row.events)
        messages.push_back(message_of(topic_, std::move(event)));
    const auto count = messages.size();
    const auto results = co_await producer_.produce_all(std::move(messages));
    kill_point("announcer.after_publish");
    bool all = true;
    for (const auto& result : results) {
        // one that never fits would come back for ever; it is lost to the topic, not to the
        // database
        if (result.ok || result.is_too_large) continue;
        all = false;
        telemetry::log_limited(
            telemetry::log_level::warn, "announce", "event_not_taken", {{"error", result.name}}
        );
    }
    if (all) {
        published_.add(static_cast<double>(count));
        auto forget = [id](postgres::session& db) {
            const std::int64_t ids[] = {id};
            postgres::delete_outbox(db, ids);
        };
        try {
            co_await database_.run(std::move(forget));
        } catch (const postgres::database_error&) {
            all = false;  // it will be published again: harmless
        }
    }
    if (!all) failed_.add();
    busy_.erase(id);
}

}  // namespace pinwire::upkeep
