#include "worker/kafka_dead_letters.hpp"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <nlohmann/json.hpp>

#include "common/core/hex.hpp"
#include "common/core/time_format.hpp"
#include "common/core/unix_time.hpp"
#include "common/runtime/database_clock.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"

namespace pinwire::worker {
namespace {

constexpr auto again_after = std::chrono::milliseconds(500);

void add(std::vector<kafka::header>& to, std::string name, std::string value) {
    kafka::header made;
    made.name = std::move(name);
    made.value = std::move(value);
    to.push_back(std::move(made));
}

kafka::message letter_of(
    const kafka::record& from, const dead_letter& why, const std::string& topic
) {
    kafka::message made;
    made.topic = topic;
    made.key = from.key;
    made.payload = from.payload;
    made.headers = from.headers;
    std::erase_if(made.headers, [](const kafka::header& one) {
        return one.name.starts_with("x-");
    });
    add(made.headers, "x-reason", why.reason);
    add(made.headers, "x-field", why.field);
    add(made.headers, "x-rule", why.rule);
    add(made.headers, "x-orig-topic", from.topic);
    add(made.headers, "x-orig-partition", std::to_string(from.partition));
    add(made.headers, "x-orig-offset", std::to_string(from.offset));
    // a letter that dies twice keeps its first origin's time
    const auto* first = from.find_header("x-orig-timestamp");
    add(made.headers,
        "x-orig-timestamp",
        first != nullptr ? *first : std::to_string(unix_milliseconds(from.timestamp)));
    add(made.headers, "x-worker-version", PINWIRE_VERSION);
    return made;
}

// What stays of a letter that no topic takes.
void shrink(kafka::message& letter) {
    if (!letter.payload) return;
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest;
    SHA256(
        reinterpret_cast<const unsigned char*>(letter.payload->data()),
        letter.payload->size(),
        digest.data()
    );
    add(letter.headers, "x-sha256", hex_encode(digest));
    add(letter.headers, "x-bytes", std::to_string(letter.payload->size()));
    letter.payload = std::nullopt;
    if (letter.key && letter.key->size() > 1024) letter.key->resize(1024);
    for (auto& header : letter.headers) {
        if (header.value.size() > 1024) header.value.resize(1024);
    }
}

std::string event_of(const dead_letter& why) {
    nlohmann::json event;
    event["account"] = why.account;
    event["job_id"] = why.job_id;
    event["version"] = 0;  // of no accepted job: an accepted one of that id says more
    event["at"] = format_rfc3339(database_clock::now());
    event["reason"] = "dead_letter:" + why.reason;
    event["final"] = true;
    event["in_doubt"] = false;
    return event.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class kafka_dead_letters final : public dead_letter_box {
public:
    kafka_dead_letters(kafka::producer& producer, dead_letter_topics topics)
        : producer_(producer), topics_(std::move(topics)) {}

    awaitable<void> put(const kafka::record& from, dead_letter why) override {
        auto letter = letter_of(from, why, topics_.dead);
        co_await persist(std::move(letter));
        // job_id_reused says nothing about the job that has the id
        if (why.job_id.empty() || why.account.empty() || why.reason == "job_id_reused") co_return;
        kafka::message news;
        news.topic = topics_.events;
        news.key = from.key;
        news.payload = event_of(why);
        if (const auto* waiter = from.find_header("pinwire-waiter")) {
            add(news.headers, "pinwire-waiter", *waiter);
        }
        co_await persist(std::move(news));
    }

private:
    // The offset is stored only after this, so it goes on for as long as it takes.
    awaitable<void> persist(kafka::message one) {
        bool shrunk = false;
        for (;;) {
            auto copy = one;
            const auto result = co_await producer_.produce(std::move(copy));
            if (result.ok) co_return;
            if (result.is_too_large && !shrunk) {
                shrink(one);
                shrunk = true;
                continue;
            }
            telemetry::log_limited(
                telemetry::log_level::error,
                "dead letter",
                "dead_letter_not_taken",
                {{"topic", one.topic}, {"error", result.name}}
            );
            co_await sleep_for(again_after);
        }
    }

    kafka::producer& producer_;
    dead_letter_topics topics_;
};

}  // namespace

std::unique_ptr<dead_letter_box> make_dead_letter_box(
    kafka::producer& producer, dead_letter_topics topics
) {
    return std::make_unique<kafka_dead_letters>(producer, std::move(topics));
}

}  // namespace pinwire::worker
