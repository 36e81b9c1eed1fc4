// CPU time and memory of processes, out of /proc. A process that is gone reads as zero: the
// difference of two readings is then meaningless, which shows. CPU is counted in the kernel's ticks
// (10 ms): measure over seconds.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace pinwire::bench {

struct usage {
    std::string name;
    std::map<std::string, double> threads_us;  // CPU by thread name; not of PostgreSQL
    double cpu_us = 0;                         // user and system
    std::uint64_t memory_kib = 0;  // resident; PostgreSQL: own pages, and the shared ones once
};

usage usage_of(const std::string& name, pid_t pid);

// A postmaster with its children, those that have ended included.
usage usage_of_postgres(pid_t postmaster);

// Of this process itself.
double own_cpu_us();

}  // namespace pinwire::bench
