// What is known of each endpoint: its breaker, how its tries went, what an operator set, whether it
// is off. Strangers make origins: an endpoint that nobody has to do with is forgotten after a
// while, or when there are too many. What several callbacks have to agree on stands in the tables;
// `notes` and `states` are for them. No clock, no database. Loop thread only.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "callback/parcel.hpp"
#include "common/core/breaker.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/secret.hpp"
#include "common/core/token_bucket.hpp"

namespace pinwire::callback {

// What an operator set for one endpoint.
struct endpoint_terms {
    std::optional<std::size_t> concurrency;
    std::optional<double> rate;  // requests a second
    std::string header;          // empty: none
    secret value;
    bool unreadable = false;  // the value can't be unsealed: nothing may be sent without it
};

// Why an endpoint's turn doesn't come.
enum class hold_reason {
    breaker,
    rate,
    asked,  // it said when to come again
    terms,
    host,
    slots  // others need those that are free
};

// Of one endpoint, while this process has to do with it.
struct endpoint_standing {
    using steady = std::chrono::steady_clock::time_point;

    breaker health;
    std::optional<token_bucket> pace;             // none: no rate is set
    std::array<std::optional<steady>, 6> held{};  // until then, by hold_reason
    steady touched{};
    // Of the last minutes before the last try, older ones count less.
    steady tried_at{};
    double tries = 0;
    double succeeded = 0;
    double latency_ms = 0;
    std::string last_error;
    // Not yet in the table.
    std::optional<std::chrono::system_clock::time_point> last_success;
    bool success_to_note = false;
    int failures_to_note = 0;
    std::chrono::system_clock::time_point failing_from;

    bool is_held() const {
        return std::any_of(held.begin(), held.end(), [](const auto& one) {
            return one.has_value();
        });
    }
};

// How a try went, for the endpoint as a whole.
struct try_result {
    bool succeeded = false;  // 2xx
    bool excused = false;    // it failed, but not by the endpoint's fault
    std::string error;
    std::chrono::milliseconds latency{0};
};

class endpoint_board {
public:
    using steady = std::chrono::steady_clock;
    using system = std::chrono::system_clock;

    // So many that nobody has to do with are kept.
    explicit endpoint_board(std::size_t idle_max = 2000) : idle_max_(idle_max) {}

    // Made when it isn't there yet; stays where it is until forgotten by sweep().
    endpoint_standing& of(const endpoint_key&, steady::time_point now);
    const endpoint_standing* find(const endpoint_key&) const;
    std::size_t size() const noexcept { return known_.size(); }
    template <class Tell>
    void for_each(Tell tell) {
        for (auto& [key, of] : known_)
            tell(key, of);
    }

    void tried(const endpoint_key&, const try_result&, steady::time_point, system::time_point);

    // Forgets whom nobody has to do with: untouched for long, or beyond the bound, longest first.
    void sweep(steady::time_point now, const std::function<bool(const endpoint_key&)>& busy);

    // From the tables. Secrets are unsealed by the ring; none: only in tests.
    void take(const postgres::endpoint_tables&, const std::optional<key_ring>&);
    void take_failing(const std::vector<postgres::failing_endpoint>&);
    void disable(const endpoint_key& key) { disabled_.insert(key); }
    void enable(const endpoint_key& key) { disabled_.erase(key); }
    bool is_disabled(const endpoint_key& key) const { return disabled_.contains(key); }
    std::size_t disabled() const noexcept { return disabled_.size(); }
    std::size_t failing() const noexcept { return failing_.size(); }
    // Null: nothing was set for it.
    std::shared_ptr<const endpoint_terms> terms_of(const endpoint_key&) const;

    // What the tables haven't heard of; it counts as told. Tell again what they didn't take.
    std::vector<postgres::endpoint_note> notes();
    void untold(const std::vector<postgres::endpoint_note>&);

    // The sickest and busiest, at most so many. `queue` fills in what waits and what is in flight.
    std::vector<postgres::endpoint_state> states(
        std::size_t most,
        steady::time_point now,
        const std::function<void(postgres::endpoint_state&)>& queue
    ) const;
    std::size_t open() const;  // breakers that aren't closed

private:
    std::size_t idle_max_;
    std::map<endpoint_key, endpoint_standing> known_;
    std::map<endpoint_key, std::shared_ptr<const endpoint_terms>> terms_;
    std::map<endpoint_key, system::time_point> failing_;  // as the table has it; since
    std::set<endpoint_key> disabled_;
};

}  // namespace pinwire::callback
