// pinwire-bench: drives a pipeline that scripts/bench has started, one measurement after the other,
// and prints what it found. Ends with 0 only if every job came out at the other end.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <thread>

#include "bench/findings.hpp"
#include "bench/options.hpp"
#include "common/core/time_format.hpp"

namespace {

using namespace pinwire;
using namespace pinwire::bench;

struct command_line {
    options wanted;
    std::string kafka_kind = "embedded";
    std::vector<std::string> processes;  // NAME=PID
    std::int64_t seconds = 20;
    std::int64_t limit = 180;
    std::int64_t api_seconds = 10;
    std::string api_key_file;
    std::string ring_file;
};

void declare(CLI::App& app, command_line& given) {
    options& to = given.wanted;
    app.add_option("--kafka", to.kafka, "bootstrap servers")->required();
    app.add_option("--kafka-kind", given.kafka_kind, "a word for the table");
    app.add_option("--topic", to.topic, "where jobs go")->capture_default_str();
    app.add_option("--conninfo", to.conninfo, "of a role that may read the tables")->required();
    app.add_option("--sim", to.sim, "the simulator, http://HOST:PORT")->required();
    app.add_option("--account", to.account, "whose jobs")->capture_default_str();
    app.add_option("--process", given.processes, "NAME=PID to be measured; repeatable");
    app.add_option("--postmaster", to.postmaster, "PostgreSQL's first process");
    app.add_option("--jobs", to.jobs, "saturation; 0: none")->capture_default_str();
    app.add_option("--backlog", to.backlog, "jobs under way at most")
        ->check(CLI::Range(1000, 50'000))
        ->capture_default_str();
    app.add_option("--rate", to.rate, "open loop, jobs a second")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    app.add_option("--seconds", given.seconds, "open loop; 0: none")->capture_default_str();
    app.add_option("--requests", to.requests, "bare HTTP; 0: none")->capture_default_str();
    app.add_option("--limit", given.limit, "seconds for each measurement")->capture_default_str();
    app.add_option("--api-port", to.api_port, "pinwire-api on loopback; 0: none");
    app.add_option("--api-key-file", given.api_key_file, "the account's key");
    app.add_option("--ring-file", given.ring_file, "the key ring, for PINs to be guessed");
    app.add_option("--api-seconds", given.api_seconds, "of each rate")->capture_default_str();
    app.add_option("--request-rates", to.request_rates, "orders a second")->delimiter(',');
    app.add_option("--guess-rates", to.guess_rates, "guesses a second; 0: all that are answered")
        ->delimiter(',');
    app.add_option("--trouble", to.trouble, "how a carrier misbehaves, in place of the open loop")
        ->check(CLI::IsMember({"hang", "reset", "garbage", "throttle", "dns", "certificate"}));
    app.add_option("--front-port", to.front_port, "the sick carrier's; 0: it has none");
    app.add_option("--names-port", to.names_port, "of the name server that knows it");
    app.add_option("--front-certificates", to.front_certificates, "right.pem and wrong.pem");
    app.add_option("--json", to.json, "a file for programs");
}

void read_processes(command_line& given) {
    for (const auto& one : given.processes) {
        const auto equals = one.find('=');
        if (equals == std::string::npos) throw std::runtime_error("--process wants NAME=PID");
        given.wanted.processes.emplace_back(
            one.substr(0, equals), static_cast<pid_t>(std::stol(one.substr(equals + 1)))
        );
    }
    const auto text_of = [](const std::string& path) {
        std::ifstream file(path);
        std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
        while (!text.empty() && text.back() == '\n')
            text.pop_back();
        return text;
    };
    given.wanted.api_key = text_of(given.api_key_file);
    given.wanted.ring = text_of(given.ring_file);
    given.wanted.api_span = std::chrono::seconds(given.api_seconds);
    given.wanted.span = std::chrono::seconds(given.seconds);
    given.wanted.limit = std::chrono::seconds(given.limit);
}

std::string load_averages() {
    std::ifstream file("/proc/loadavg");
    std::string one, five, fifteen;
    file >> one >> five >> fifteen;
    return fmt::format("{} {} {}", one, five, fifteen);
}

void say(std::string_view what) {
    fmt::print(stderr, "pinwire-bench: {}\n", what);
}

awaitable<void> warm_up(rig& on) {
    say("warming up");
    const auto before = co_await on.simulator.counts();
    co_await on.produce(on.jobs_of_phase(0), 0, on.given.warm_up);
    const auto limit = std::min(on.given.limit, std::chrono::seconds(30));
    const auto came = co_await on.wait_for_finals(before.finals, on.given.warm_up, limit);
    if (came < on.given.warm_up)
        throw std::runtime_error(fmt::format(
            "only {} of {} jobs came through the pipeline while it was warmed up",
            came,
            on.given.warm_up
        ));
}

awaitable<void> measure(rig& on, findings& found) {
    found.postgres = on.database.version();
    found.durability = on.database.durability();
    sick_carrier sick(on.given, on.simulator);  // well as yet
    co_await warm_up(on);
    if (on.given.jobs > 0) {
        say(fmt::format("saturation: {} jobs", on.given.jobs));
        found.saturation = co_await measure_saturation(on);
        if (!found.saturation->complete()) co_return;  // what is left would spoil the next
    }
    if (!on.given.trouble.empty()) {
        say(fmt::format("trouble: {}, {}/s", on.given.trouble, on.given.rate));
        found.trouble = co_await measure_trouble(on, sick);
    } else if (on.given.span.count() > 0) {
        say(fmt::format("open loop: {}/s for {} s", on.given.rate, on.given.span.count()));
        found.open_loop = co_await measure_open_loop(on);
    }
    if (on.given.api_port != 0) {
        say("API");
        found.api = co_await measure_api(on);
    }
}

void measure_pipeline(const options& wanted, findings& found) {
    boost::asio::io_context context(1);
    rig on(context, wanted);
    boost::asio::signal_set signals(context, SIGINT, SIGTERM);
    bool interrupted = false;
    signals.async_wait([&](boost::system::error_code error, int) {
        if (error) return;
        interrupted = true;
        context.stop();
    });
    std::exception_ptr failed;
    boost::asio::co_spawn(context, measure(on, found), [&](std::exception_ptr error) {
        failed = error;
        context.stop();
    });
    context.run();
    if (failed) std::rethrow_exception(failed);
    if (interrupted) throw std::runtime_error("interrupted");
}

int run(const command_line& given) {
    const auto& wanted = given.wanted;
    findings found;
    found.at = format_rfc3339(std::chrono::system_clock::now());
    found.cores = std::thread::hardware_concurrency();
    found.load = load_averages();
    found.kafka = given.kafka_kind;
    if (wanted.requests > 0) {
        say("bare HTTP");
        found.bare = measure_bare_http(wanted.requests);
    }
    measure_pipeline(wanted, found);
    fmt::print("{}", to_table(found));
    if (!wanted.json.empty()) {
        std::ofstream out(wanted.json, std::ios::trunc);
        out << to_json(found);
        if (!out.flush()) throw std::runtime_error(wanted.json + ": can't be written");
    }
    const bool whole = (!found.saturation || found.saturation->complete()) &&
                       (!found.open_loop || found.open_loop->complete()) &&
                       (!found.trouble || found.trouble->complete()) &&
                       (!found.api || found.api->complete());
    return whole ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    command_line given;
    CLI::App app("Measures a running pipeline; scripts/bench starts one and calls this");
    declare(app, given);
    CLI11_PARSE(app, argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        read_processes(given);
        return run(given);
    } catch (const std::exception& fault) {
        fmt::print(stderr, "pinwire-bench: {}\n", fault.what());
        return 1;
    }
}
