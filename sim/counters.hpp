// What the simulator counted, by who and by outcome. Counters go on when log entries are dropped.
// Single-threaded.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace pinwire::sim {

using outcome_counts = std::map<std::string, std::uint64_t, std::less<>>;

struct dlr_counts {
    std::uint64_t posts = 0;       // requests, batches as one
    std::uint64_t tries = 0;       // reports in them
    std::uint64_t taken = 0;       // answered with 2xx
    std::uint64_t not_taken = 0;   // answered with something else
    std::uint64_t unanswered = 0;  // no answer came
    std::uint64_t retries = 0;     // tries after a report's first
    std::uint64_t given_up = 0;    // after dlr_tries_max
    std::uint64_t dropped = 0;     // over dlr_waiting_max, or no URL that can be read
};

class counters {
public:
    // Group: "alpha/infobip", or the name of a customer's endpoint.
    void count_send(std::string_view group, std::string_view outcome) {
        bump(sends_, group, outcome);
    }
    void count_lookup(std::string_view group, std::string_view outcome) {
        bump(lookups_, group, outcome);
    }
    void count_customer(std::string_view name, std::string_view what, std::uint64_t n = 1) {
        bump(customers_, name, what, n);
    }
    dlr_counts dlrs;

    std::uint64_t send_count(std::string_view group, std::string_view outcome) const;
    std::uint64_t lookup_count(std::string_view group, std::string_view outcome) const;
    std::uint64_t customer_count(std::string_view name, std::string_view what) const;

    // The members sends, lookups, dlrs (with how many wait) and customers.
    std::string to_json(std::size_t dlrs_waiting) const;

private:
    using groups = std::map<std::string, outcome_counts, std::less<>>;
    static constexpr std::size_t groups_max = 1000;

    static void bump(
        groups& in, std::string_view group, std::string_view outcome, std::uint64_t n = 1
    );
    static std::uint64_t read(const groups& in, std::string_view group, std::string_view outcome);

    groups sends_;
    groups lookups_;
    groups customers_;
};

}  // namespace pinwire::sim
