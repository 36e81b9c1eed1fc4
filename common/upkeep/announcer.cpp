#include "common/upkeep/announcer.hpp"

#include <algorithm>
#include <vector>

#include "common/runtime/deadline.hpp"
#include "common/runtime/kill_point.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::upkeep {
namespace {

constexpr std::size_t rows_max = 64;
constexpr std::size_t busy_max = 256;  // rows handed to Kafka and not acknowledged
constexpr std::size_t rest_from = 4;   // events found at one look
constexpr auto rest = std::chrono::milliseconds(10);
constexpr auto orphan_after = std::chrono::seconds(10);
constexpr auto look_anyway = std::chrono::seconds(1);

// One that never fits would come back for ever; it is lost to the topic, not to the database.
bool is_refused(const kafka::produce_result& of) {
    return !of.ok && !of.is_too_large;
}

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
      ),
      under_way_(figures.make_gauge(
          "pinwire_outbox_under_way", "Outbox rows handed to Kafka and not acknowledged"
      )) {}

awaitable<void> announcer::run(task_group& tasks) {
    while (!stopped_) {
        const auto found = co_await publish_some(tasks);
        if (found.more) continue;
        // what comes fast may gather: a call for one row costs as much as for ten
        if (found.events >= rest_from) co_await sleep_for(rest);
        co_await news_.wait_for(look_anyway);
    }
}

awaitable<void> announcer::finish(task_group& tasks) {
    for (;;) {
        const auto found = co_await publish_some(tasks);
        if (found.rows == 0 && busy_.empty()) co_return;
        co_await sleep_for(std::chrono::milliseconds(20));
    }
}

void announcer::stop() {
    stopped_ = true;
    news_.notify();
}

awaitable<announcer::look> announcer::publish_some(task_group& tasks) {
    look found;
    if (busy_.size() >= busy_max) {
        telemetry::log_limited(
            telemetry::log_level::warn, "announcer", "events_wait", {{"under_way", busy_.size()}}
        );
        co_return found;
    }
    const auto limit = std::min(rows_max, busy_max - busy_.size());
    std::vector<std::int64_t> busy(busy_.begin(), busy_.end());
    auto read = [epoch = epoch_, busy = std::move(busy), limit](postgres::session& db) {
        return postgres::read_outbox(db, epoch, busy, static_cast<int>(limit), orphan_after);
    };
    std::vector<postgres::outbox_row> rows;
    try {
        rows = co_await database_.run(std::move(read));
    } catch (const postgres::database_error&) {
        co_return found;  // the heartbeat says so already
    }
    if (rows.empty()) co_return found;
    found.rows = rows.size();
    found.more = rows.size() >= limit;
    for (const auto& row : rows) {
        busy_.insert(row.id);
        found.events += row.events.size();
    }
    show_busy();
    auto task = publish(std::move(rows));
    tasks.spawn(std::move(task), "announce");
    co_return found;
}

// A row whose events aren't all taken stays, and is published again.
awaitable<void> announcer::publish(std::vector<postgres::outbox_row> rows) {
    std::vector<kafka::message> messages;
    for (auto& row : rows) {
        for (auto& event : row.events)
            messages.push_back(message_of(topic_, std::move(event)));
    }
    const auto results = co_await producer_.produce_all(std::move(messages));
    kill_point("announcer.after_publish");
    std::vector<std::int64_t> done;
    auto result = results.begin();
    std::size_t acknowledged = 0;
    for (const auto& row : rows) {
        const auto end = result + static_cast<std::ptrdiff_t>(row.events.size());
        const auto refused = std::find_if(result, end, is_refused);
        if (refused == end) {
            done.push_back(row.id);
            acknowledged += row.events.size();
        } else {
            failed_.add();
            telemetry::log_limited(
                telemetry::log_level::warn,
                "announce",
                "event_not_taken",
                {{"error", refused->name}}
            );
        }
        result = end;
    }
    published_.add(static_cast<double>(acknowledged));
    co_await forget(std::move(done));
    if (busy_.size() >= busy_max) news_.notify();
    for (const auto& row : rows)
        busy_.erase(row.id);
    show_busy();
}

awaitable<void> announcer::forget(std::vector<std::int64_t> done) {
    if (done.empty()) co_return;
    const auto count = static_cast<double>(done.size());
    auto remove = [done = std::move(done)](postgres::session& db) {
        postgres::delete_outbox(db, done);
    };
    try {
        co_await database_.run(std::move(remove));
    } catch (const postgres::database_error&) {
        failed_.add(count);  // they will be published again: harmless
    }
}

}  // namespace pinwire::upkeep
