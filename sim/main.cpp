// pinwire-sim: reads the command line, starts the simulator, waits for SIGTERM or SIGINT.
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "common/runtime/asio.hpp"
#include "sim/simulator.hpp"

namespace {

namespace sim = pinwire::sim;
using std::chrono::milliseconds;

struct options {
    sim::settings settings;
    std::string listen = "127.0.0.1:0";
    std::string address_file;
    std::vector<std::string> secrets;  // NAME=FILE
    std::int64_t dlr_delay_ms = 50;
    std::int64_t dlr_retry_ms = 1000;
    std::int64_t batch_wait_ms = 20;
};

void read_listen(options& given) {
    const auto colon = given.listen.rfind(':');
    if (colon == std::string::npos) throw std::runtime_error("--listen wants HOST:PORT");
    std::string host = given.listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    const std::string port = given.listen.substr(colon + 1);
    if (port.empty() || port.size() > 5 ||
        port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535)
        throw std::runtime_error("--listen wants HOST:PORT");
    given.settings.address = host;
    given.settings.port = static_cast<std::uint16_t>(std::stoi(port));
}

void read_secrets(options& given) {
    for (const std::string& one : given.secrets) {
        const auto equals = one.find('=');
        if (equals == std::string::npos || equals == 0)
            throw std::runtime_error("--customer-secret wants NAME=FILE");
        std::ifstream file(one.substr(equals + 1));
        std::string line;
        if (!std::getline(file, line))
            throw std::runtime_error("can't read " + one.substr(equals + 1));
        given.settings.customer_secrets[one.substr(0, equals)].push_back(line);
    }
}

// Readers see the whole line or no file.
void write_address(const std::string& file, const std::string& address) {
    if (file.empty()) return;
    const std::string fresh = file + ".new";
    {
        std::ofstream out(fresh, std::ios::trunc);
        out << address << '\n';
        if (!out.flush()) throw std::runtime_error("can't write " + fresh);
    }
    std::filesystem::rename(fresh, file);
}

void declare(CLI::App& app, options& given) {
    sim::settings& to = given.settings;
    app.add_option("--listen", given.listen, "HOST:PORT, port 0: any")->capture_default_str();
    app.add_option("--address-file", given.address_file, "gets http://HOST:PORT, atomically");
    app.add_option("--key", to.key, "what carriers and providers ask for")->capture_default_str();
    app.add_option(
        "--customer-secret", given.secrets, "NAME=FILE with a whsec_ secret; repeatable"
    );
    app.add_option("--dlr-delay", given.dlr_delay_ms, "ms from the answer to the report")
        ->capture_default_str();
    app.add_option("--dlr-retry", given.dlr_retry_ms, "ms between tries")->capture_default_str();
    app.add_option("--dlr-tries", to.dlr_tries_max, "tries for one report")->capture_default_str();
    app.add_option("--dlr-connections", to.dlr_per_endpoint_max, "posts at once to one origin")
        ->capture_default_str();
    app.add_option("--dlr-batch", to.dlr_batch_max, "reports in one request")
        ->capture_default_str();
    app.add_option("--dlr-batch-wait", given.batch_wait_ms, "ms that a batch is collected")
        ->capture_default_str();
    app.add_option("--log-max", to.log_max, "log entries in memory")->capture_default_str();
    app.add_option("--log-file", to.log_file, "append the log as JSON lines");
}

int run(options& given) {
    read_listen(given);
    read_secrets(given);
    given.settings.dlr_delay = milliseconds(given.dlr_delay_ms);
    given.settings.dlr_retry = milliseconds(given.dlr_retry_ms);
    given.settings.dlr_batch_wait = milliseconds(given.batch_wait_ms);
    std::signal(SIGPIPE, SIG_IGN);
    boost::asio::io_context context(1);
    sim::simulator simulator(context, given.settings);
    boost::asio::signal_set signals(context, SIGTERM, SIGINT);
    simulator.start();
    write_address(given.address_file, simulator.base_url());
    std::fprintf(stderr, "event=listening address=%s\n", simulator.base_url().c_str());
    std::exception_ptr failed;
    signals.async_wait([&](boost::system::error_code error, int) {
        if (error) return;
        const auto ended = [&](std::exception_ptr fault) {
            failed = fault;
            context.stop();
        };
        boost::asio::co_spawn(context, simulator.stop(milliseconds(2000)), ended);
    });
    context.run();
    if (failed) std::rethrow_exception(failed);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    options given;
    CLI::App app("Plays carriers, lookup provider, handset and customer, for demos and tests");
    declare(app, given);
    CLI11_PARSE(app, argc, argv);
    try {
        return run(given);
    } catch (const std::exception& fault) {
        std::fprintf(stderr, "pinwire-sim: %s\n", fault.what());
        return 1;
    }
}
