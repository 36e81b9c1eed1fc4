// All that a Pinwire serves, side by side, as long as a test wants it: a producer's jobs
// (steady_load) and the orders of a customer at two API processes (steady_orders), with one worker
// and one callback behind. For the test's main thread.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <initializer_list>
#include <string>

#include "tests/faults/steady_load.hpp"
#include "tests/faults/steady_orders.hpp"

namespace pinwire::test {

class steady_traffic {
public:
    steady_traffic(pinwire_stack& on, job_maker by, const std::string& report_url);

    // Starts worker-1, callback, api-1 and api-2; returns once messages go out.
    void begin();
    // The same, where a worker and a callback run already.
    void begin_beside();

    // Jobs; orders come by themselves.
    void some() { load_.some(); }
    void run(std::chrono::milliseconds time) { load_.run(time); }
    void until(
        const std::function<bool()>& predicate, std::chrono::milliseconds time, const char* what
    ) {
        load_.until(predicate, time, what);
    }
    steady_orders& orders() { return orders_; }

    // All faults are over: every job and every order comes to its end, and the oracle and the
    // customer find nothing wrong; the APIs never ended by themselves.
    testing::AssertionResult ends_well(std::chrono::seconds patience);

private:
    pinwire_stack& stack_;
    steady_load load_;
    steady_orders orders_;
};

// One of these processes has said that.
bool one_said(
    const pinwire_stack& stack,
    std::initializer_list<const char*> processes,
    std::initializer_list<const char*> any_of
);

}  // namespace pinwire::test
