// A customer who orders PINs at two API processes all the time, whatever befalls them (360NRS):
// each order with an Idempotency-Key and a number of its own, asked for again at the other process
// until it is taken, some times at most; every fifth he hangs up on and forgets. Some orders a
// second, a bounded number under way; on threads of its own, so that nobody waits for an answer but
// they. The account is globex, where Kafka's producers are not. For the test's main thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/faults/order_judge.hpp"
#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

class steady_orders {
public:
    // Makes the account's key; some of its orders are reported there.
    steady_orders(pinwire_stack& on, std::string report_url);
    ~steady_orders();

    // api-1 and api-2 are ready.
    void begin();

    // What we do to a process: from a moment on, until it is over. Said before it is done.
    void hinder(
        const std::string& process,
        hindrance::kind,
        steady_time since = std::chrono::steady_clock::now()
    );
    void let_go(const std::string& process);

    // No new ones; then each that isn't forgotten is asked for once more, for a while, till it is
    // taken. All faults are over; `meanwhile` is called again and again.
    void finish(const std::function<void()>& meanwhile);

    // Once nothing waits any more: the judgement, and a guess or two for each order.
    std::vector<std::string> findings();
    std::string summary() const;

private:
    void side_by_side(void (steady_orders::*each)());
    void wait_for_all(const std::function<void()>& meanwhile);
    std::optional<std::size_t> next();
    pin_order& order(std::size_t which);
    void order_on();
    void ask_again();
    void guess_all();
    bool ask(std::size_t which, std::size_t process, std::chrono::milliseconds patience);
    void guess(std::size_t which);
    bool verified(std::size_t process, const std::string& number, const std::string& code, bool&)
        const;

    pinwire_stack& stack_;
    std::string report_url_;
    std::string key_;
    std::vector<std::string> origins_;
    std::vector<hindrance> hindrances_;
    std::map<std::string, std::vector<std::string>> pins_;  // by number, once all is over

    mutable std::mutex mutex_;  // of what follows
    std::condition_variable stopped_;
    bool stopping_ = false;
    steady_time next_at_;
    std::deque<pin_order> orders_;
    std::vector<order_call> calls_;
    std::vector<std::string> found_;

    std::atomic<std::size_t> again_{0};  // the next to be asked for or guessed
    steady_time until_;
    std::atomic<int> running_{0};
    std::vector<std::jthread> threads_;
};

}  // namespace pinwire::test
