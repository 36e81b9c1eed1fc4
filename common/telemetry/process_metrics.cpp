#include "common/telemetry/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

namespace pinwire::telemetry {

namespace {

double cpu_seconds() {
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0) return 0;
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double resident_bytes() {
    std::ifstream in("/proc/self/statm");
    double total = 0;
    double resident = 0;
    in >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
         at.increment(error))
        ++count;
    return count > 0 ? count - 1 : 0;  // one is the look at the directory itself
}

double files_max() {
    rlimit limit{};
    return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? static_cast<double>(limit.rlim_cur) : 0;
}

}  // namespace

std::function<void()> make_process_metrics(metrics& in) {
    const auto cpu =
        in.make_counter("process_cpu_seconds_total", "User and system CPU time, in seconds.");
    const auto memory =
        in.make_gauge("process_resident_memory_bytes", "Resident memory, in bytes.");
    const auto files = in.make_gauge("process_open_fds", "Open file descriptors.");
    const auto bound = in.make_gauge("process_max_fds", "The limit of open file descriptors.");
    const auto uptime = in.make_gauge("process_uptime_seconds", "Seconds since the start.");
    const auto start =
        in.make_gauge("process_start_time_seconds", "When the process started, in Unix seconds.");
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    start.set(now.count());
    const auto begin = std::chrono::steady_clock::now();
    return [=] {
        cpu.add(cpu_seconds() - cpu.value());
        memory.set(resident_bytes());
        files.set(open_files());
        bound.set(files_max());
        const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin;
        uptime.set(since.count());
    };
}

}  // namespace pinwire::telemetry
