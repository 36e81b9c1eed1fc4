#include "bench/offered_jobs.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"

namespace pinwire::bench {
namespace {

using nlohmann::json;
using std::chrono::microseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

std::uint64_t unix_us(system_clock::time_point at) {
    const auto since = std::chrono::duration_cast<microseconds>(at.time_since_epoch());
    return static_cast<std::uint64_t>(since.count());
}

// Both clocks of one instant, so that intended moments follow the steady one.
struct start_moment {
    steady_clock::time_point steady = steady_clock::now() + std::chrono::milliseconds(200);
    system_clock::time_point wall = system_clock::now() + std::chrono::milliseconds(200);
};

// Produces each job at its moment, whether or not the ones before are through.
class offering {
public:
    offering(rig& on, const job_maker& jobs, std::vector<moments>& log)
        : on_(on),
          jobs_(jobs),
          log_(log),
          pending_(on.ex, [this](std::exception_ptr error) { failed_ = error; }) {}

    awaitable<void> run() {
        for (std::size_t next = 0; next < log_.size();) {
            co_await sleep_until(start_.steady + offset(next));
            std::vector<kafka::message> many;
            const auto first = next;
            while (next < log_.size() && start_.steady + offset(next) <= steady_clock::now())
                many.push_back(take(next++));
            if (many.empty()) continue;
            // Not waited for here: a slow broker must not slow the offer.
            pending_.spawn(hand_over(std::move(many), first));
        }
        co_await pending_.drain(std::chrono::milliseconds(35'000));
        if (failed_) std::rethrow_exception(failed_);
    }

private:
    microseconds offset(std::size_t place) const {
        const double every = 1e6 / static_cast<double>(on_.given.rate);
        return microseconds(static_cast<std::int64_t>(every * static_cast<double>(place)));
    }

    kafka::message take(std::size_t place) {
        const auto intended = start_.wall + offset(place);
        log_[place].intended = unix_us(intended);
        auto made = jobs_.make(place, intended);
        kafka::header mark;
        mark.name = "bench-intended-us";
        mark.value = std::to_string(log_[place].intended);
        made.headers.push_back(std::move(mark));
        return made;
    }

    awaitable<void> hand_over(std::vector<kafka::message> many, std::size_t first) {
        const auto count = many.size();
        const auto now = unix_us(system_clock::now());
        for (std::size_t place = first; place < first + count; ++place)
            log_[place].handed_over = now;
        const auto answers = co_await on_.producer.produce_all(std::move(many));
        for (const auto& answer : answers) {
            if (!answer.ok) throw std::runtime_error("Kafka takes no jobs: " + answer.name);
        }
    }

    rig& on_;
    const job_maker& jobs_;
    std::vector<moments>& log_;
    start_moment start_;
    std::exception_ptr failed_;
    task_group pending_;
};

void keep_earliest(std::uint64_t& slot, std::uint64_t at) {
    if (slot == 0 || at < slot) slot = at;
}

}  // namespace

awaitable<void> offer(rig& on, const job_maker& jobs, std::vector<moments>& log) {
    offering one(on, jobs, log);
    co_await one.run();
}

awaitable<void> read_moments(
    rig& on, const job_maker& jobs, std::uint64_t from, std::vector<moments>& log
) {
    const auto moments_of = [&](const json& entry) -> moments* {
        const auto place = jobs.place(entry.at("number").get<std::string>());
        return place && *place < log.size() ? &log[*place] : nullptr;
    };
    const auto accepted = [&](std::string_view line) {
        const auto entry = json::parse(line);
        auto* one = moments_of(entry);
        if (one != nullptr) keep_earliest(one->at_carrier, entry.at("at_us").get<std::uint64_t>());
    };
    const auto posted = [&](std::string_view line) {
        const auto entry = json::parse(line);
        auto* one = moments_of(entry);
        const auto at = entry.at("posted_at_us").get<std::uint64_t>();
        if (one != nullptr) keep_earliest(one->dlr_posted, at);
    };
    const auto places = on.database.places(on.given.account, jobs.prefix());
    const auto reported = [&](std::string_view line) {
        const auto entry = json::parse(line);
        for (const auto& id : entry.at("ids")) {
            const auto found = places.find(id.get<std::string>());
            if (found == places.end() || found->second >= log.size()) continue;
            keep_earliest(log[found->second].at_customer, entry.at("at_us").get<std::uint64_t>());
        }
    };
    co_await on.simulator.read_log(from, "accepted", accepted);
    co_await on.simulator.read_log(from, "dlr", posted);
    co_await on.simulator.read_log(from, "report", reported);
}

std::vector<double> spans(
    const std::vector<moments>& log,
    std::uint64_t moments::*from,
    std::uint64_t moments::*to,
    const std::function<bool(std::size_t place)>& which
) {
    std::vector<double> made;
    made.reserve(log.size());
    for (std::size_t place = 0; place < log.size(); ++place) {
        const auto& one = log[place];
        if (one.*from == 0 || one.*to == 0 || !which(place)) continue;
        const auto us = static_cast<std::int64_t>(one.*to - one.*from);
        made.push_back(static_cast<double>(us) / 1000.0);
    }
    return made;
}

}  // namespace pinwire::bench
