#include "tests/support/kafka_cluster.hpp"

#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

// Long enough for Maven's first download.
std::string run_node(std::vector<std::string> arguments) {
    auto answer = run_program(script("kafka-node"), std::move(arguments), 180s);
    while (!answer.empty() && answer.back() == '\n')
        answer.pop_back();
    return answer;
}

std::string environment(const char* name, const char* fallback) {
    const char* value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : fallback;
}

}  // namespace

std::string kafka_cluster::shared_bootstrap() {
    auto bootstrap = environment("PINWIRE_TEST_KAFKA", "");
    if (bootstrap.empty())
        throw std::runtime_error(
            "PINWIRE_TEST_KAFKA is not set: this test needs a real Apache Kafka; run it through "
            "scripts/test, or start one with scripts/kafka-node and export its address"
        );
    return bootstrap;
}

kafka_cluster::kafka_cluster() {
    start();
}

kafka_cluster::kafka_cluster(std::uint16_t proxy) : proxy_(proxy) {
    start();
}

std::string kafka_cluster::behind() const {
    auto port = read_file(directory_ / "kafka" / "behind");
    std::erase(port, '\n');
    return "127.0.0.1:" + port;
}

kafka_cluster::~kafka_cluster() {
    try {
        run_node({"destroy", directory_ / "kafka"});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
}

void kafka_cluster::kill9() {
    run_node({"kill", directory_ / "kafka"});
}

void kafka_cluster::stop() {
    run_node({"stop", directory_ / "kafka"});
}

void kafka_cluster::start() {
    const auto version = environment("PINWIRE_TEST_KAFKA_VERSION", "4.2.0");
    const auto owner = std::to_string(::getpid());
    std::vector<std::string> arguments = {"start", "--version", version, "--owner", owner};
    if (proxy_ != 0) arguments.insert(arguments.end(), {"--behind", std::to_string(proxy_)});
    arguments.push_back(directory_ / "kafka");
    bootstrap_ = run_node(std::move(arguments));
}

}  // namespace pinwire::test
