// The routes at run time: which one a job takes, each one's line (route_line.hpp) and its health,
// as the carrier's answers and the delivery reports show it. Loop thread only.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/breaker.hpp"
#include "common/core/delivery_watch.hpp"
#include "common/core/route_choice.hpp"
#include "common/core/route_condition.hpp"
#include "worker/route_line.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// How one route stands, for metrics, the table and the log.
struct route_report {
    route_name name;
    route_condition condition = route_condition::ready;
    std::string_view reason;  // empty: none
    double rate = 0;          // parts a second that leave at most
    double factor = 1;        // of its share; below 1: slowed down
    double errors = 0;        // share of the last minute's requests
    std::size_t waiting = 0;  // held in memory
    std::size_t under_way = 0;
    std::uint64_t parts = 0;      // that had their turn to leave, in all
    std::uint64_t throttled = 0;  // answers "too fast", in all
    std::uint64_t changes = 0;    // of its condition, in all
    std::optional<delivery_figures> delivery;
    delivery_watch::alarm alarm = delivery_watch::alarm::none;
};

class routes {
public:
    routes(executor, const config::settings&);

    // The best route for this wish that isn't in `refused`; null: none. Asked before something is
    // sent: a route that is due for a probe is promised to one caller at a time.
    route_line* choose(const route_wish&, const std::vector<route_name>& refused);
    // The best one that is neither paused nor in trouble, when `now_on` is either; null: the job
    // stays where it is.
    route_line* better_than(
        const route_name& now_on, const route_wish&, const std::vector<route_name>& refused
    );

    // Neither paused nor in trouble.
    bool well(const route_name&) const;

    route_line* find(const route_name&);
    std::vector<route_name> names() const;
    void for_each(const std::function<void(route_line&)>&);
    void set_share(double part);

    // Who says that an operator paused a route; until it is told: nobody. Asked by look_again, each
    // second.
    void ask_paused(std::function<bool(const route_name&)> asks) { is_paused_ = std::move(asks); }
    // Follows what changes by itself or by an operator; logs changed conditions.
    void look_again();

    // Health, as the carrier's answers show it: begin before a request, end with what it said of
    // the carrier. A route in trouble is chosen after the healthy ones, and now and then for a
    // probe; it never is a job's last hope lost.
    breaker::pass begin(const route_name&);
    enum class health {
        good,
        bad,
        throttled,  // "too fast"
        silent      // says nothing of the carrier
    };
    void end(const route_name&, breaker::pass, health);
    // "Too fast", and how long the carrier asked to be left alone (0: it didn't say).
    void throttled(const route_name&, std::chrono::seconds wait);

    // What became of what it sent. And from when on that may be asked.
    void note_delivery(const route_name&, const delivery_figures&);
    std::chrono::steady_clock::time_point delivery_counts_from(const route_name&) const;

    std::vector<route_report> report();

private:
    struct entry;
    entry* entry_of(const route_name&) const;
    void prepare(const std::vector<route_name>& refused);

    std::vector<std::shared_ptr<entry>> entries_;  // by name
    std::vector<route_candidate> candidates_;      // likewise; used anew by each choice
    std::map<route_name, std::size_t> places_;
    among_equals among_equals_;
    std::mt19937 random_;
    std::function<bool(const route_name&)> is_paused_;
};

// What a job's next attempt is routed by.
route_wish wish_of(const job&, std::string_view network);
route_wish wish_of(const attempt_work&);

}  // namespace pinwire::worker
