// What befalls a Pinwire, and when, by chance: the same seed makes the same schedule on every
// machine. Pure. No two blows on one process, way or server overlap, and all are over by the end.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/faults/network.hpp"

namespace pinwire::test {

enum class blow {
    kill,             // -9; started again when it is over
    terminate,        // SIGTERM; killed if it lives when it is over, and started again
    stand_still,      // SIGSTOP, SIGCONT when it is over
    way,              // fails so
    end_connections,  // PostgreSQL ends about half of them
    lock,             // an administrator locks a table as long as it lasts
    crash_database,
    crash_kafka,
    carriers,   // misbehave, some of their requests
    customers,  // likewise
};

struct chaos_step {
    std::chrono::milliseconds at{0};  // from the beginning
    std::chrono::milliseconds lasts{0};
    blow what = blow::kill;
    std::string whom;             // a process, a table, or what carriers and customers do
    part where = part::database;  // of a way
    failure how;                  // of a way; its share and seed also for carriers and customers
};
std::string to_string(const chaos_step&);
std::string to_string(const std::vector<chaos_step>&);  // a line each

extern const std::vector<std::string> chaos_processes;

// By the time they begin.
std::vector<chaos_step> chaos_schedule(std::uint64_t seed, std::chrono::seconds length);
// Kills alone, so many, one right after the other.
std::vector<chaos_step> kill_schedule(std::uint64_t seed, int kills);

}  // namespace pinwire::test
