#include "api/job_topic.hpp"

#include <utility>

#include "common/telemetry/log.hpp"

namespace pinwire::api {
namespace {

class kafka_job_topic final : public job_topic {
public:
    kafka_job_topic(kafka::producer& producer, std::string topic, std::string waiter)
        : producer_(producer), topic_(std::move(topic)) {
        waiter_.name = "pinwire-waiter";
        waiter_.value = std::move(waiter);
    }

    awaitable<outcome> put(msisdn to, std::string job) override {
        kafka::message made;
        made.topic = topic_;
        made.key = to.digits();
        made.payload = std::move(job);
        made.headers.push_back(waiter_);
        const auto result = co_await producer_.produce(std::move(made));
        if (result.ok) co_return outcome::taken;
        telemetry::log_limited(
            telemetry::log_level::error, "produce", "job_not_taken", {{"error", result.name}}
        );
        const bool never_left =
            result.is_too_large || result.name == "_QUEUE_FULL" || result.name == "_PURGE_QUEUE";
        co_return never_left ? outcome::surely_not : outcome::perhaps;
    }

private:
    kafka::producer& producer_;
    std::string topic_;
    kafka::header waiter_;
};

}  // namespace

std::unique_ptr<job_topic> make_job_topic(
    kafka::producer& producer, std::string topic, std::string waiter
) {
    return std::make_unique<kafka_job_topic>(producer, std::move(topic), std::move(waiter));
}

}  // namespace pinwire::api
