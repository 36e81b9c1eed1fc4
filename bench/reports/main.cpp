// pinwire-bench-reports: measures the callback alone, in and out, that scripts/bench --reports has
// started: DLRs are posted to it for jobs that stand in the tables, and reports received from it.
// Ends with 0 only if every report came, and came once.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "bench/reports/rig.hpp"
#include "common/core/time_format.hpp"

namespace {

using namespace pinwire;
using namespace pinwire::bench;

struct measure {
    const char* name;
    std::vector<finding> (*run)(report_rig&);
    bool usual;  // part of a run that names none
};

// In this order: the first reading of the memory has to come first, and what 10,000 connections
// took stays with the heap.
constexpr measure measures[] = {
    {"idle", measure_idle, true},
    {"latency", measure_latency, true},
    {"fairness", measure_fairness, true},
    {"intake", measure_intake, true},
    {"flow", measure_flow, true},
    {"drain", measure_drain, true},
    {"batches", measure_batches, true},
    {"hot", measure_hot, true},
    {"answers", measure_answers, true},
    {"transaction", measure_transaction, true},
    {"waiting", measure_waiting, true},
    {"connections", measure_connections, true},
    {"million", measure_million, false},
};

void say(std::string_view what) {
    fmt::print(stderr, "pinwire-bench-reports: {}\n", what);
}

std::vector<std::string> names() {
    std::vector<std::string> made;
    for (const auto& one : measures)
        made.emplace_back(one.name);
    return made;
}

struct command_line {
    report_options wanted;
    std::vector<std::string> processes;  // NAME=PID
    std::int64_t span = 10;
    std::int64_t left_open = 30;
};

void declare(CLI::App& app, command_line& given) {
    report_options& to = given.wanted;
    app.add_option("--conninfo", to.conninfo, "of the tables' owner")->required();
    app.add_option("--ring-file", to.ring_file, "the key ring")->required();
    app.add_option("--listen-port", to.listen_port, "where DLRs are posted to")->required();
    app.add_option("--receive-port", to.receive_port, "of the customers' endpoints")->required();
    app.add_option("--process", given.processes, "NAME=PID to be measured; repeatable");
    app.add_option("--postmaster", to.postmaster, "PostgreSQL's first process");
    app.add_option("--kafka-kind", to.kafka_kind, "a word for the table");
    app.add_option("--only", to.only, "measures, by name")
        ->delimiter(',')
        ->check(CLI::IsMember(names()));
    app.add_option("--jobs", to.jobs, "of the flow")->check(CLI::Range(1000, 500'000));
    app.add_option("--backlog", to.backlog, "reports to be drained")
        ->check(CLI::Range(1000, 1'000'000));
    app.add_option("--million", to.million, "rows that wait")->check(CLI::Range(1000, 2'000'000));
    app.add_option("--seconds", given.span, "of each open loop")->check(CLI::Range(5, 120));
    app.add_option("--left-open", given.left_open, "seconds that a transaction stays open")
        ->check(CLI::Range(10, 1200));
    app.add_option("--json", to.json, "a file for programs");
}

void read_rest(command_line& given) {
    for (const auto& one : given.processes) {
        const auto equals = one.find('=');
        if (equals == std::string::npos) throw std::runtime_error("--process wants NAME=PID");
        given.wanted.processes.emplace_back(
            one.substr(0, equals), static_cast<pid_t>(std::stol(one.substr(equals + 1)))
        );
    }
    given.wanted.span = std::chrono::seconds(given.span);
    given.wanted.left_open = std::chrono::seconds(given.left_open);
}

std::string load_averages() {
    std::ifstream file("/proc/loadavg");
    std::string one, five, fifteen;
    file >> one >> five >> fifteen;
    return fmt::format("{} {} {}", one, five, fifteen);
}

std::string to_text(const finding& one) {
    const auto verdict = !one.holds ? "" : *one.holds ? "reached" : "NOT reached";
    auto text = fmt::format("\n{}{}\n", one.name, one.complete ? "" : "   NOT COMPLETE");
    text += fmt::format("    found  {}\n", one.found);
    if (!one.aim.empty()) text += fmt::format("    aim    {}: {}\n", one.aim, verdict);
    if (!one.cost.empty()) text += fmt::format("    us CPU each: {}\n", one.cost);
    return text + fmt::format("    load as it began: {}\n", one.load);
}

std::string to_json(const std::string& head, const std::vector<finding>& all) {
    nlohmann::ordered_json made;
    made["about"] = head;
    for (const auto& one : all) {
        auto& line = made["measures"].emplace_back(nlohmann::ordered_json::object());
        line["name"] = one.name;
        line["complete"] = one.complete;
        if (one.holds) line["reached"] = *one.holds;
        line["load"] = one.load;
        for (const auto& [name, value] : one.figures)
            line["figures"][name] = value;
    }
    return made.dump(2) + "\n";
}

int run(const report_options& wanted) {
    report_rig on(wanted);
    const auto head = fmt::format(
        "Reports, {}: {} cores, load before {}, Kafka: {}, {}\n",
        format_rfc3339(std::chrono::system_clock::now()),
        std::thread::hardware_concurrency(),
        load_averages(),
        wanted.kafka_kind,
        on.jobs.about()
    );
    fmt::print("{}", head);
    std::vector<finding> all;
    bool warm = false;
    for (const auto& one : measures) {
        const auto& only = wanted.only;
        const bool named = std::find(only.begin(), only.end(), one.name) != only.end();
        if (only.empty() ? !one.usual : !named) continue;
        if (one.run != measure_idle && !std::exchange(warm, true)) {
            say("warming up");
            on.warm_up();
        }
        say(one.name);
        const auto load = load_averages();
        for (auto& found : one.run(on)) {
            found.load = load;
            fmt::print("{}", to_text(found));  // each at once: a run may be cut short
            std::fflush(stdout);
            all.push_back(std::move(found));
        }
    }
    if (!wanted.json.empty()) {
        std::ofstream out(wanted.json, std::ios::trunc);
        out << to_json(head, all);
        if (!out.flush()) throw std::runtime_error(wanted.json + ": can't be written");
    }
    const auto whole = [](const finding& one) { return one.complete; };
    return std::all_of(all.begin(), all.end(), whole) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    command_line given;
    CLI::App app("Measures a running callback; scripts/bench --reports starts one and calls this");
    declare(app, given);
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        read_rest(given);
        return run(given.wanted);
    } catch (const std::exception& fault) {
        fmt::print(stderr, "pinwire-bench-reports: {}\n", fault.what());
        return 1;
    }
}
