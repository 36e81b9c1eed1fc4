// What pinwire-bench-reports is told; main.cpp reads it from the command line. Plain values.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace pinwire::bench {

struct report_options {
    std::string conninfo;            // of the tables' owner
    std::string ring_file;           // the key ring, for the tokens in DLR URLs
    std::uint16_t listen_port = 0;   // the callback's, for DLRs
    std::uint16_t receive_port = 0;  // where the customers' endpoints stand, on many addresses
    std::vector<std::pair<std::string, pid_t>> processes;  // by name; "callback" among them
    pid_t postmaster = 0;

    std::vector<std::string> only;  // measures by name; empty: those of a usual run
    std::size_t jobs = 30'000;      // of the flow; of the intake, twice as many DLRs
    std::size_t backlog = 100'000;
    std::size_t million = 1'000'000;  // rows that wait; rows of the long drain
    std::chrono::seconds span{10};    // of each open loop
    std::chrono::seconds left_open{30};
    std::chrono::seconds limit{120};  // for each measure; the long ones have their own
    std::string kafka_kind;           // a word for the table
    std::string json;                 // a file; empty: none
};

}  // namespace pinwire::bench
