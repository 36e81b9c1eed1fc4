#include "bench/reports/rig.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <thread>

#include "bench/bare_server.hpp"

namespace pinwire::bench {

using std::chrono::steady_clock;

report_rig::report_rig(const report_options& from)
    : given(from),
      jobs(from.conninfo, from.ring_file),
      receiver(from.receive_port, jobs.prefix(), report_jobs::jobs_max) {}

std::vector<usage> report_rig::usage_now() const {
    std::vector<usage> made;
    for (const auto& [name, pid] : given.processes)
        made.push_back(usage_of(name, pid));
    if (given.postmaster != 0) made.push_back(usage_of_postgres(given.postmaster));
    auto own = usage_of("bench", ::getpid());
    own.cpu_us = own_cpu_us();
    made.push_back(std::move(own));
    return made;
}

std::uint64_t report_rig::callback_kib() const {
    for (const auto& [name, pid] : given.processes) {
        if (name == "callback") return usage_of(name, pid).memory_kib;
    }
    throw std::runtime_error("--process callback=PID is missing");
}

std::string report_rig::cost_since(const std::vector<usage>& before, std::size_t count) const {
    std::string text;
    const auto after = usage_now();
    for (std::size_t i = 0; i < after.size(); ++i) {
        const double us = after[i].cpu_us - before.at(i).cpu_us;
        const double each = us / static_cast<double>(std::max<std::size_t>(count, 1));
        text += fmt::format("{}{} {:.0f}", text.empty() ? "" : ", ", after[i].name, each);
        if (after[i].name != "callback") continue;
        std::string threads;
        for (const auto& [name, of] : after[i].threads_us) {
            const auto found = before[i].threads_us.find(name);
            const double since = found == before[i].threads_us.end() ? 0 : found->second;
            const double share =
                (of - since) / static_cast<double>(std::max<std::size_t>(count, 1));
            if (share >= 1) threads += fmt::format(" {} {:.0f}", name, share);
        }
        text += fmt::format(" ({} )", threads.substr(threads.empty() ? 0 : 1));
    }
    return text;
}

posting report_rig::dlrs(std::size_t first, std::size_t count, told what) const {
    posting made;
    made.port = given.listen_port;
    made.count = count;
    made.make = [this, first, what](std::size_t number) { return jobs.dlr(first + number, what); };
    return made;
}

std::size_t report_rig::wait_for(std::size_t first, std::size_t count, std::chrono::seconds limit)
    const {
    const auto by = steady_clock::now() + limit;
    std::size_t missing = first;  // all before it have come
    const auto advance = [&] {
        while (missing < first + count && receiver.came_at(missing) != steady_clock::time_point())
            ++missing;
    };
    for (advance(); missing < first + count && steady_clock::now() < by; advance())
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return moments(first, count).size();
}

std::vector<steady_clock::time_point> report_rig::moments(std::size_t first, std::size_t count)
    const {
    std::vector<steady_clock::time_point> made;
    made.reserve(count);
    for (std::size_t job = first; job < first + count; ++job) {
        const auto at = receiver.came_at(job);
        if (at != steady_clock::time_point()) made.push_back(at);
    }
    std::sort(made.begin(), made.end());
    return made;
}

void report_rig::wait_until_settled() const {
    const auto now = std::chrono::system_clock::now();
    const auto by = steady_clock::now() + given.limit;
    while (!jobs.settled_since(now)) {
        if (steady_clock::now() > by) throw std::runtime_error("the settler doesn't catch up");
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
}

void report_rig::warm_up() {
    constexpr std::size_t enough = 5000;
    const auto first = jobs.add(enough, receiver.quick(), report_format::standard);
    post_all(dlrs(first, enough, told::delivered));
    if (wait_for(first, enough, given.limit) < enough)
        throw std::runtime_error("reports were missing while it was warmed up");
    wait_until_settled();
}

const bare_rates& report_rig::bare() {
    if (bare_) return *bare_;
    const bare_server server(0);
    const auto rate_of = [&server](std::size_t count, std::function<post(std::size_t)> make) {
        posting what;
        what.port = server.port();
        what.count = count;
        what.make = std::move(make);
        return post_all(what).per_second;
    };
    const std::string body(420, 'r');  // as long as a report of the dialect `standard`
    const auto report = [&body](std::size_t) {
        post one;
        one.target = "/dlr";
        one.body = body;
        return one;
    };
    rate_of(2000, report);  // warm
    bare_rates made;
    made.dlrs =
        rate_of(40'000, [this](std::size_t number) { return jobs.dlr(number, told::delivered); });
    made.reports = rate_of(40'000, report);
    bare_ = made;
    return *bare_;
}

double steady_rate(const std::vector<steady_clock::time_point>& moments) {
    if (moments.size() < 10) return 0;
    const auto first = moments[moments.size() / 10];
    const auto last = moments[moments.size() * 9 / 10];
    const auto between = moments.size() * 9 / 10 - moments.size() / 10;
    return static_cast<double>(between) / std::max(seconds_of(last - first), 1e-6);
}

double seconds_of(steady_clock::duration span) {
    return std::chrono::duration<double>(span).count();
}

double mib(std::uint64_t kib) {
    return static_cast<double>(kib) / 1024;
}

}  // namespace pinwire::bench
