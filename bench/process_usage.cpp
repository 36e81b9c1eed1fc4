#include "bench/process_usage.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>

namespace pinwire::bench {
namespace {

struct stat_line {
    double cpu_us = 0;
    double ended_children_us = 0;
};

double ticks_to_us(std::uint64_t ticks) {
    static const double us_per_tick = 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
    return static_cast<double>(ticks) * us_per_tick;
}

std::optional<stat_line> read_stat(const std::string& path) {
    std::ifstream file(path);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    const auto name_end = text.rfind(')');  // the name may hold blanks
    if (name_end == std::string::npos) return std::nullopt;
    std::istringstream rest(text.substr(name_end + 1));
    std::string skipped;
    for (int field = 3; field < 14; ++field)
        rest >> skipped;
    std::uint64_t user = 0, system = 0, children_user = 0, children_system = 0;
    rest >> user >> system >> children_user >> children_system;
    if (!rest) return std::nullopt;
    return stat_line{ticks_to_us(user + system), ticks_to_us(children_user + children_system)};
}

std::optional<stat_line> read_stat(pid_t pid) {
    return read_stat(fmt::format("/proc/{}/stat", pid));
}

std::map<std::string, double> read_threads(pid_t pid) {
    std::map<std::string, double> made;
    std::error_code error;
    const std::filesystem::directory_iterator tasks(fmt::format("/proc/{}/task", pid), error);
    if (error) return made;
    for (const auto& task : tasks) {
        std::ifstream file(task.path() / "comm");
        std::string name;
        std::getline(file, name);
        if (const auto stat = read_stat(task.path() / "stat")) made[name] += stat->cpu_us;
    }
    return made;
}

// The value in KiB of the first line that begins so.
std::uint64_t read_kib(const std::string& path, std::string_view key) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        if (!line.starts_with(key)) continue;
        std::istringstream value(line.substr(key.size()));
        std::uint64_t kib = 0;
        value >> kib;
        return kib;
    }
    return 0;
}

std::vector<pid_t> children_of(pid_t pid) {
    std::ifstream file(fmt::format("/proc/{}/task/{}/children", pid, pid));
    return {std::istream_iterator<pid_t>(file), std::istream_iterator<pid_t>()};
}

// Everybody may read these, unlike the proportional set.
struct postgres_memory {
    std::uint64_t own_kib = 0;
    std::uint64_t shared_kib = 0;  // the most that one process has touched

    void add(pid_t pid) {
        const auto path = fmt::format("/proc/{}/status", pid);
        own_kib += read_kib(path, "RssAnon:");
        shared_kib = std::max(shared_kib, read_kib(path, "RssShmem:"));
    }
};

}  // namespace

usage usage_of(const std::string& name, pid_t pid) {
    usage made;
    made.name = name;
    if (const auto stat = read_stat(pid)) made.cpu_us = stat->cpu_us;
    made.memory_kib = read_kib(fmt::format("/proc/{}/status", pid), "VmRSS:");
    made.threads_us = read_threads(pid);
    return made;
}

usage usage_of_postgres(pid_t postmaster) {
    usage made;
    made.name = "postgres";
    if (const auto stat = read_stat(postmaster)) {
        made.cpu_us = stat->cpu_us + stat->ended_children_us;
    }
    postgres_memory memory;
    memory.add(postmaster);
    for (const pid_t child : children_of(postmaster)) {
        if (const auto stat = read_stat(child)) made.cpu_us += stat->cpu_us;
        memory.add(child);
    }
    made.memory_kib = memory.own_kib + memory.shared_kib;
    return made;
}

double own_cpu_us() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto us = [](const timeval& at) {
        return static_cast<double>(at.tv_sec) * 1e6 + static_cast<double>(at.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
}

}  // namespace pinwire::bench
