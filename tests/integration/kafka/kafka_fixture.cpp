#include "tests/integration/kafka/kafka_fixture.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

namespace pinwire::kafka {

using namespace std::chrono_literals;

void kafka_test::SetUp() {
    const char* const named = std::getenv("PINWIRE_TEST_KAFKA");
    if (named == nullptr || *named == '\0') {
        GTEST_FAIL() << "PINWIRE_TEST_KAFKA is not set: it names the bootstrap servers of the "
                        "Kafka to test with (scripts/test starts one and sets it)";
    }
    bootstrap_ = named;
}

void kafka_test::run(awaitable<void> body) {
    if (HasFatalFailure()) return;
    std::exception_ptr failed;
    auto ended = [&](std::exception_ptr error) {
        failed = std::move(error);
        io_.stop();  // what a failed test left behind would keep the loop going
    };
    boost::asio::co_spawn(io_, std::move(body), ended);
    io_.run();
    if (failed) std::rethrow_exception(failed);
}

std::string kafka_test::make_topic(int partitions) {
    const auto* const test = testing::UnitTest::GetInstance()->current_test_info();
    topic_spec spec;
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    spec.name = std::string("test.") + test->name() + "." + std::to_string(::getpid()) + "." +
                std::to_string(now) + "." + std::to_string(++topics_);
    spec.partitions = partitions;
    const std::vector<topic_spec> specs = {spec};
    const auto made = create_topics(where(), specs);
    embedded_ = made.at(0).outcome == topic_created::unavailable;
    if (!embedded_ && made.at(0).outcome != topic_created::created) {
        throw std::runtime_error("no topic: " + made.at(0).error);
    }
    return spec.name;  // the embedded broker makes it, with 4 partitions, when it is first used
}

settings kafka_test::where() const {
    settings to;
    to.bootstrap_servers = bootstrap_;
    to.client_id = "pinwire-test";
    return to;
}

consumer_settings kafka_test::group_of(const std::string& topic) const {
    consumer_settings how;
    how.group = "group." + topic;
    how.topics = {topic};
    how.session_timeout = 6s;
    how.commit_interval = 100ms;
    return how;
}

std::unique_ptr<consumer> kafka_test::join(consumer_settings how, consumer_callbacks tell) {
    return std::make_unique<consumer>(io_.get_executor(), where(), std::move(how), std::move(tell));
}

awaitable<void> kafka_test::close(std::unique_ptr<consumer>& member) {
    const bool clean = co_await member->close(10s);
    EXPECT_TRUE(clean) << "the member didn't leave in time";
    member.reset();
}

awaitable<void> kafka_test::eventually(std::function<bool()> condition, std::string what) {
    const auto by = deadline_in(40s);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > by) throw std::runtime_error("never: " + what);
        co_await sleep_for(10ms);
    }
}

awaitable<std::vector<record>> kafka_test::take(consumer& from, std::size_t count, bool finish) {
    std::vector<record> all;
    const auto by = deadline_in(40s);
    while (all.size() < count) {
        auto some = co_await with_deadline(from.next(count - all.size()), by);
        if (!some) throw std::runtime_error("records didn't come: " + std::to_string(all.size()));
        if (some->empty()) throw std::runtime_error("the consumer is closing");
        for (auto& one : *some) {
            if (finish) from.done(one);
            all.push_back(std::move(one));
        }
    }
    co_return all;
}

awaitable<void> kafka_test::fill(std::string topic, std::string key, int count, int first) {
    producer out(io_.get_executor(), where());
    std::vector<message> all;
    for (int i = first; i < first + count; ++i) {
        message one;
        one.topic = topic;
        one.key = key;
        one.payload = std::to_string(i);
        all.push_back(std::move(one));
    }
    const auto results = co_await out.produce_all(std::move(all));
    for (const auto& result : results) {
        if (!result.ok) throw std::runtime_error("not produced: " + result.name);
    }
}

}  // namespace pinwire::kafka
