// Plays a schedule on a whole Pinwire (two workers, two callbacks, two APIs, PostgreSQL and Kafka
// of its own, a proxy on each way) under load that never stops, jobs from Kafka and orders through
// the API; ends all faults, and asks the oracle and the customer who ordered.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "tests/faults/chaos_schedule.hpp"
#include "tests/faults/steady_load.hpp"
#include "tests/faults/steady_orders.hpp"

namespace pinwire::test {

class chaos {
public:
    chaos();

    testing::AssertionResult survives(const std::vector<chaos_step>& schedule);

private:
    void begin(const chaos_step&);
    void end(const chaos_step&);
    void load_until(std::chrono::steady_clock::time_point);
    void start(const std::string& process);
    void look_after_processes();
    std::string last_words_of(const std::string& process) const;
    testing::AssertionResult judged();
    void keep_logs() const;
    void rule(const chaos_step&);
    void administer(const std::string& sql);
    void end_all();

    postgres_cluster postgres_;
    proxied_kafka kafka_;
    network net_{&kafka_, &postgres_};
    pinwire_stack stack_{net_.options()};
    steady_load load_{stack_, net_.jobs()};
    steady_orders orders_{stack_, net_.report_url()};
    std::set<std::string> down_;  // by our own hand
    std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
    std::vector<std::string> crashes_;
};

}  // namespace pinwire::test
