// Jobs that stand in the tables as a worker left them: sent, and waiting for their delivery report.
// And reports that wait to be sent. Numbered; the number stands in their ids. Blocking, with a
// connection of the tables' owner; throws database_error.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/reports/poster.hpp"
#include "common/core/job.hpp"
#include "common/core/key_ring.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::bench {

enum class told { enroute, delivered };

class report_jobs {
public:
    report_jobs(const std::string& conninfo, const std::string& ring_file);

    // What a job's id in reports begins with; its number follows in 16 hex digits.
    const std::string& prefix() const { return prefix_; }

    // So many jobs more, whose reports go to the URLs in turn. Returns the first one's number.
    std::size_t add(std::size_t count, const std::vector<std::string>& urls, report_format);
    // So many reports more that wait in the table, in one transaction: from its end on they can be
    // taken.
    std::size_t add_waiting(std::size_t count, const std::vector<std::string>& urls, report_format);
    void forget_reports();  // all that are still there

    // The job's delivery report as Infobip posts it.
    post dlr(std::size_t job, told) const;

    // Everything that was taken in before this moment is settled.
    bool settled_since(std::chrono::system_clock::time_point) const;
    std::int64_t reports_waiting() const;
    std::string about() const;  // PostgreSQL's version, and what makes commits durable

    // Numbers of jobs are below this.
    static constexpr std::size_t jobs_max = 8'000'000;

private:
    mutable postgres::session session_;
    key_ring keys_;
    std::string prefix_;          // of jobs
    std::string attempt_prefix_;  // of their attempts
    std::size_t next_ = 0;
};

postgres::connection_settings patient(const std::string& conninfo);

}  // namespace pinwire::bench
