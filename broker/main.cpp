// pinwire-broker: the embedded broker as a process of its own, until SIGTERM or SIGINT.
#include <fmt/format.h>
#include <pthread.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "broker/embedded_broker.hpp"

namespace {

struct options {
    std::vector<std::string> topics;
    int brokers = 1;
    std::string address_file;
};

// Readers see the whole address or no file.
void write_address(const std::string& path, const std::string& address) {
    const std::string fresh = path + ".new";
    {
        std::ofstream out(fresh, std::ios::trunc);
        out << address << '\n';
        if (!out.flush()) throw std::runtime_error(fmt::format("{}: can't be written", fresh));
    }
    std::filesystem::rename(fresh, path);
}

int run(const options& wanted, const sigset_t& ends) {
    std::vector<pinwire::broker::topic> topics;
    for (const auto& text : wanted.topics)
        topics.push_back(pinwire::broker::parse_topic(text));
    const pinwire::broker::embedded_broker broker(wanted.brokers, topics);
    if (!wanted.address_file.empty()) {
        write_address(wanted.address_file, broker.bootstrap_servers());
    }
    fmt::print("{}\n", broker.bootstrap_servers());
    std::fflush(stdout);
    int caught = 0;
    sigwait(&ends, &caught);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    options wanted;
    CLI::App app(
        "pinwire-broker: an embedded stand-in for Apache Kafka, for development and the demo.\n"
        "Prints its bootstrap servers and runs until SIGTERM or SIGINT.\n"
        "\n"
        "Limits: everything is in memory; a partition keeps its newest 5 MiB or 100,000 messages,\n"
        "older ones go without a word; no admin interface, no TLS, no passwords; record times are\n"
        "the producers'. A topic that isn't named is made with 4 partitions when it is first used."
    );
    app.set_version_flag("--version", PINWIRE_VERSION);
    app.add_option("--topic", wanted.topics, "A topic to make: NAME:PARTITIONS; repeatable")
        ->take_all();
    app.add_option("--brokers", wanted.brokers, "Brokers in the cluster")
        ->check(CLI::Range(1, 9))
        ->capture_default_str();
    app.add_option(
        "--address-file", wanted.address_file, "Gets the bootstrap servers once it is up"
    );
    CLI11_PARSE(app, argc, argv);

    // Before any thread starts, so that only sigwait sees them.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(wanted, ends);
    } catch (const std::exception& error) {
        fmt::print(stderr, "pinwire-broker: {}\n", error.what());
        return 1;
    }
}
