// The customers' endpoints: one Beast server in a thread of its own, on many loopback addresses of
// one port, so that each is an endpoint to the callback. It notes when which report came first.
// Reports name jobs of jobs.hpp, whose number stands in the id behind a run's prefix.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pinwire::bench {

class customer {
public:
    enum class behaviour { quick, silent, huge };

    // `prefix`: of message ids, 16 hex digits; `jobs_max`: numbers of jobs are below this.
    customer(std::uint16_t port, std::string prefix, std::size_t jobs_max);
    ~customer();
    customer(const customer&) = delete;
    customer& operator=(const customer&) = delete;

    static constexpr std::size_t quick_endpoints = 4;
    static constexpr std::size_t quiet_endpoints = 50;
    static constexpr std::size_t silent_endpoints = 50;
    static constexpr std::size_t huge_bytes = 300'000'000;

    // Their report_urls.
    std::vector<std::string> quick() const;
    std::vector<std::string> quiet() const;
    std::vector<std::string> silent() const;
    std::string huge() const;

    std::uint64_t came() const;      // reports, each once
    std::uint64_t repeats() const;   // those that had come before
    std::uint64_t requests() const;  // with reports in them, or without
    // When the job's report came; zero: it hasn't.
    std::chrono::steady_clock::time_point came_at(std::size_t job) const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace pinwire::bench
