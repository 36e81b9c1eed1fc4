// What every measurement of the whole pipeline needs: the producer, the simulator's view, the
// database's figures, and readings of all processes. Single-threaded, on one io_context.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bench/database_figures.hpp"
#include "bench/job_maker.hpp"
#include "bench/options.hpp"
#include "bench/process_usage.hpp"
#include "bench/simulator_view.hpp"
#include "common/kafka/producer.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::bench {

// Everything read at one moment.
struct rig_reading {
    std::chrono::steady_clock::time_point at;
    std::vector<usage> processes;  // those of the options, then postgres, then this one
    database_reading database;
    simulator_counts simulator;
};

// What the time between two readings cost.
struct process_cost {
    std::string name;
    double cpu_us_per_job = 0;
    double cores = 0;              // CPU time a second
    std::uint64_t memory_kib = 0;  // at the end
    std::map<std::string, double> threads_us_per_job;
};

struct costs {
    std::vector<process_cost> processes;
    double writing_per_job = 0;  // transactions that wrote
    double commits_per_job = 0;  // all
    double wal_bytes_per_job = 0;
    double lookups_per_job = 0;
    double sends_per_job = 0;
    double reports_per_request = 0;
    std::uint64_t dlr_retries = 0;

    const process_cost* find(std::string_view name) const;
};

costs cost_of(const rig_reading& before, const rig_reading& after, std::size_t jobs);

struct rig {
    rig(boost::asio::io_context&, const options&);

    job_maker jobs_of_phase(int phase) const;
    awaitable<rig_reading> read();

    // Produces the jobs from `first` on; throws when Kafka takes one of them not.
    awaitable<void> produce(const job_maker& jobs, std::size_t first, std::size_t count);

    // Waits until the customer has so many final reports more than `before`; how many it has.
    awaitable<std::uint64_t> wait_for_finals(
        std::uint64_t before, std::uint64_t wanted, std::chrono::seconds limit
    );

    const options& given;
    executor ex;
    std::string run;  // of this start of the benchmark
    kafka::producer producer;
    simulator_view simulator;
    database_figures database;
};

}  // namespace pinwire::bench
