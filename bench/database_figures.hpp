// What PostgreSQL counted, and which job of ours got which id. Blocking, with a connection of its
// own; throws database_error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>

#include "bench/job_maker.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::bench {

struct database_reading {
    std::int64_t wal_bytes = 0;  // position, to take the difference of
    std::int64_t writing = 0;    // transactions that wrote
    std::int64_t commits = 0;    // all; late by up to a second
};

class database_figures {
public:
    explicit database_figures(const std::string& conninfo);

    database_reading read();

    // The job's id in reports (32 hex digits) -> the job's place in its run, for jobs whose job_id
    // is `prefix` and the place.
    std::unordered_map<std::string, std::size_t> places(
        const std::string& account, const std::string& prefix
    );

    // PINs to be guessed: see minted_pins.
    void mint(
        const std::string& ring,
        const std::string& account,
        const std::string& application,
        const job_maker& numbers,
        std::size_t first,
        std::size_t count
    );

    std::string version();
    // fsync, synchronous_commit and full_page_writes, as they are in force.
    std::string durability();

private:
    postgres::session session_;
};

}  // namespace pinwire::bench
