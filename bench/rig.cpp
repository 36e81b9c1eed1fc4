#include "bench/rig.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>

#include "common/runtime/deadline.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::bench {
namespace {

kafka::settings kafka_settings_of(const options& from) {
    kafka::settings made;
    made.bootstrap_servers = from.kafka;
    made.client_id = "pinwire-bench";
    return made;
}

std::string new_run() {
    std::string out;
    for (const auto byte : random_bytes<4>())
        out += fmt::format("{:02x}", byte);
    return out;
}

double share(double part, std::size_t of) {
    return of == 0 ? 0 : part / static_cast<double>(of);
}

}  // namespace

const process_cost* costs::find(std::string_view name) const {
    for (const auto& one : processes) {
        if (one.name == name) return &one;
    }
    return nullptr;
}

costs cost_of(const rig_reading& before, const rig_reading& after, std::size_t jobs) {
    costs made;
    const double elapsed_us =
        std::chrono::duration<double, std::micro>(after.at - before.at).count();
    for (std::size_t i = 0; i < after.processes.size(); ++i) {
        const double cpu = after.processes[i].cpu_us - before.processes.at(i).cpu_us;
        process_cost one;
        one.name = after.processes[i].name;
        one.cpu_us_per_job = share(cpu, jobs);
        one.cores = cpu / elapsed_us;
        one.memory_kib = after.processes[i].memory_kib;
        const auto& earlier = before.processes.at(i).threads_us;
        for (const auto& [name, us] : after.processes[i].threads_us) {
            const auto found = earlier.find(name);
            const double since = found == earlier.end() ? 0 : found->second;
            one.threads_us_per_job[name] = share(us - since, jobs);
        }
        made.processes.push_back(std::move(one));
    }
    const auto difference = [](std::int64_t later, std::int64_t earlier) {
        return static_cast<double>(later - earlier);
    };
    made.wal_bytes_per_job =
        share(difference(after.database.wal_bytes, before.database.wal_bytes), jobs);
    made.writing_per_job = share(difference(after.database.writing, before.database.writing), jobs);
    made.commits_per_job = share(difference(after.database.commits, before.database.commits), jobs);
    const auto seen = after.simulator - before.simulator;
    made.lookups_per_job = share(static_cast<double>(seen.lookups), jobs);
    made.sends_per_job = share(static_cast<double>(seen.sends), jobs);
    made.reports_per_request = share(static_cast<double>(seen.finals), seen.report_requests);
    made.dlr_retries = seen.dlr_retries;
    return made;
}

rig::rig(boost::asio::io_context& context, const options& from)
    : given(from),
      ex(context.get_executor()),
      run(new_run()),
      producer(ex, kafka_settings_of(from)),
      simulator(context, from.sim, from.account),
      database(from.conninfo) {}

job_maker rig::jobs_of_phase(int phase) const {
    return {given.topic, given.account, simulator.report_url(), run, phase};
}

awaitable<rig_reading> rig::read() {
    rig_reading made;
    made.at = std::chrono::steady_clock::now();
    for (const auto& [name, pid] : given.processes)
        made.processes.push_back(usage_of(name, pid));
    if (given.postmaster != 0) made.processes.push_back(usage_of_postgres(given.postmaster));
    auto own = usage_of("bench", ::getpid());
    own.cpu_us = own_cpu_us();
    made.processes.push_back(std::move(own));
    made.database = database.read();
    made.simulator = co_await simulator.counts();
    co_return made;
}

awaitable<void> rig::produce(const job_maker& jobs, std::size_t first, std::size_t count) {
    std::vector<kafka::message> many;
    many.reserve(count);
    for (std::size_t place = first; place < first + count; ++place)
        many.push_back(jobs.make(place, std::nullopt));
    const auto answers = co_await producer.produce_all(std::move(many));
    for (const auto& answer : answers) {
        if (!answer.ok) throw std::runtime_error("Kafka takes no jobs: " + answer.name);
    }
}

awaitable<std::uint64_t> rig::wait_for_finals(
    std::uint64_t before, std::uint64_t wanted, std::chrono::seconds limit
) {
    const auto by = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto now = co_await simulator.counts();
        const auto finals = now.finals - before;
        if (finals >= wanted || std::chrono::steady_clock::now() >= by) co_return finals;
        co_await sleep_for(std::chrono::milliseconds(50));
    }
}

}  // namespace pinwire::bench
