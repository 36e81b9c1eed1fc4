// What the simulator remembers: shared by its handlers and the admin interface. Everything on one
// thread.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "sim/counters.hpp"
#include "sim/customer.hpp"
#include "sim/journal.hpp"
#include "sim/rules.hpp"
#include "sim/settings.hpp"

namespace pinwire::sim {

// References that a carrier knows already; the oldest are forgotten over the bound.
class known_references {
public:
    explicit known_references(std::size_t max) : max_(max) {}

    bool knows(std::string_view instance, std::string_view reference) const {
        return all_.contains(key(instance, reference));
    }
    void add(std::string_view instance, std::string_view reference) {
        std::string added = key(instance, reference);
        if (!all_.insert(added).second) return;
        order_.push_back(std::move(added));
        if (order_.size() <= max_) return;
        all_.erase(order_.front());
        order_.pop_front();
    }
    void clear() {
        all_.clear();
        order_.clear();
    }

private:
    static std::string key(std::string_view instance, std::string_view reference) {
        std::string made(instance);
        made += '\n';
        return made += reference;
    }

    std::size_t max_;
    std::unordered_set<std::string> all_;
    std::deque<std::string> order_;
};

struct state {
    // Throws std::runtime_error for a secret that is none and a log file that can't be opened.
    explicit state(settings from)
        : given(std::move(from)),
          log(given.log_max, given.log_file),
          customers(given.customer_requests_max, given.log_max),
          references(given.log_max) {
        for (const auto& [name, secrets] : given.customer_secrets)
            for (const std::string& secret : secrets)
                customer_keys[name].push_back(decode_webhook_secret(secret));
    }

    settings given;
    rule_book rules;
    journal log;
    counters counts;
    customer_book customers;
    known_references references;
    std::map<std::string, std::vector<std::string>, std::less<>> customer_keys;
};

inline std::uint64_t unix_us(std::chrono::system_clock::time_point when) {
    const auto since = when.time_since_epoch();
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(since).count()
    );
}

}  // namespace pinwire::sim
