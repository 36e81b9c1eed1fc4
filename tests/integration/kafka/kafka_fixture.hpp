// What each Kafka test starts from: the broker that PINWIRE_TEST_KAFKA names, a topic of its own,
// and a loop. Waiting is for a condition, with a bound; nothing sleeps and hopes.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/kafka/consumer.hpp"
#include "common/kafka/producer.hpp"
#include "common/kafka/topics.hpp"
#include "common/runtime/deadline.hpp"

namespace pinwire::kafka {

class kafka_test : public testing::Test {
protected:
    void SetUp() override;

    // Runs the coroutine to its end, rethrowing what it threw.
    void run(awaitable<void> body);

    // A fresh topic, named after the test.
    std::string make_topic(int partitions);

    settings where() const;
    consumer_settings group_of(const std::string& topic) const;

    // Made on the loop, closed (bounded) by close().
    std::unique_ptr<consumer> join(consumer_settings how, consumer_callbacks tell = {});
    awaitable<void> close(std::unique_ptr<consumer>& member);

    // Until the condition holds; fails the test after a generous bound.
    awaitable<void> eventually(std::function<bool()> condition, std::string what);

    // `count` records, done() called for each if wanted.
    awaitable<std::vector<record>> take(consumer& from, std::size_t count, bool finish);

    // Produces `count` messages "0", "1", ... with the key; all acknowledged, in this order.
    awaitable<void> fill(std::string topic, std::string key, int count, int first = 0);

    bool embedded() const { return embedded_; }  // no admin interface

    boost::asio::io_context io_{1};
    std::string bootstrap_;

private:
    bool embedded_ = false;
    int topics_ = 0;
};

}  // namespace pinwire::kafka
