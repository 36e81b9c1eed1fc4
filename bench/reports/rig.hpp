// What every measure of the reports needs: jobs in the tables, the customers, the callback's
// processes, and a finding to be filled in. Everything blocks; the customers have their own thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bench/process_usage.hpp"
#include "bench/reports/customer.hpp"
#include "bench/reports/jobs.hpp"
#include "bench/reports/options.hpp"

namespace pinwire::bench {

// What one measure found: a line of the table.
struct finding {
    std::string name;
    std::string found;
    std::string aim;            // empty: none is set
    std::optional<bool> holds;  // none: no aim, or not measurable here
    bool complete = true;       // everything that was posted came out, and once
    std::string cost;           // CPU of each process, for each report
    std::string load;           // the machine's, as the measure began
    std::map<std::string, double> figures;
};

// What the bare client and the bare server do, with the same bytes.
struct bare_rates {
    double dlrs = 0;     // requests like a DLR's
    double reports = 0;  // like a report's
};

struct report_rig {
    explicit report_rig(const report_options&);

    std::vector<usage> usage_now() const;
    std::uint64_t callback_kib() const;  // resident
    // CPU since `before`, for each of so many.
    std::string cost_since(const std::vector<usage>& before, std::size_t count) const;

    posting dlrs(std::size_t first, std::size_t count, told) const;  // closed loop
    // Until the reports of these jobs have come, or it takes too long; how many have.
    std::size_t wait_for(std::size_t first, std::size_t count, std::chrono::seconds limit) const;
    // When they came, in order; those that haven't are left out.
    std::vector<std::chrono::steady_clock::time_point> moments(std::size_t first, std::size_t count)
        const;
    // All that was posted until now is settled.
    void wait_until_settled() const;
    // A broker that has just begun takes ten times as long for each record.
    void warm_up();
    const bare_rates& bare();  // measured at the first call

    const report_options& given;
    mutable report_jobs jobs;
    customer receiver;
    std::optional<double> quiet_p99;  // of 200/s with nothing amiss, once it was measured

private:
    std::optional<bare_rates> bare_;
};

// Reports a second between the first and the last tenth, without ramp and tail.
double steady_rate(const std::vector<std::chrono::steady_clock::time_point>&);
double seconds_of(std::chrono::steady_clock::duration);
double mib(std::uint64_t kib);

// Each is one line, or two.
std::vector<finding> measure_idle(report_rig&);
std::vector<finding> measure_latency(report_rig&);
std::vector<finding> measure_fairness(report_rig&);
std::vector<finding> measure_intake(report_rig&);
std::vector<finding> measure_connections(report_rig&);
std::vector<finding> measure_flow(report_rig&);
std::vector<finding> measure_drain(report_rig&);
std::vector<finding> measure_million(report_rig&);
std::vector<finding> measure_batches(report_rig&);
std::vector<finding> measure_hot(report_rig&);
std::vector<finding> measure_answers(report_rig&);
std::vector<finding> measure_transaction(report_rig&);
std::vector<finding> measure_waiting(report_rig&);

}  // namespace pinwire::bench
