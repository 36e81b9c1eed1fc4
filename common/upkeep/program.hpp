// What every service's main does around its parts: reads the command line and the whole
// configuration and names each mistake, opens the log, hardens the process, runs the loop until
// SIGTERM or SIGINT, and gives the exit code: 0 ended in order, 1 cut short or fatal (systemd
// restarts it), 2 the configuration is wrong.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/config/settings.hpp"
#include "common/telemetry/log.hpp"
#include "common/upkeep/run_options.hpp"

namespace pinwire::upkeep {

struct command_line {
    std::string config_file = "/etc/pinwire/pinwire.toml";
    run_options options;
};

// The exit code if the program ends here: help or the version was asked for, or a mistake named.
std::optional<int>
read_command_line(int argc, const char* const* argv, const std::string& description, command_line&);

// Null: mistakes were printed. Opens the log and hardens the process.
std::shared_ptr<const config::settings> begin_program(const std::string& file);

template <class Make>
int run_program(const std::string& file, Make make) {
    const auto settings = begin_program(file);
    if (!settings) return 2;
    int code = 1;
    try {
        boost::asio::io_context io(1);
        auto service = make(io, settings);
        boost::asio::signal_set signals(io, SIGTERM, SIGINT);
        signals.async_wait([&service](boost::system::error_code error, int) {
            if (!error) service->stop();
        });
        boost::asio::co_spawn(
            io,
            service->run(),
            [&code, &signals, &io](std::exception_ptr error, int result) {
                signals.cancel();
                io.stop();  // adapters wait on their queues for as long as they live
                if (error) std::rethrow_exception(error);
                code = result;
            }
        );
        io.run();
        // what was cancelled ends while the service is still there, and its adapters' waits after
        io.restart();
        io.poll();
        service.reset();
        io.restart();
        io.poll();
    } catch (const std::exception& error) {
        telemetry::log_error("ended", {{"error", std::string(error.what())}});
        return 1;
    }
    return code;
}

// A whole main. Service: made of io_context, settings and run_options; run() and stop().
template <class Service>
int service_main(int argc, const char* const* argv, const std::string& description) {
    command_line given;
    if (const auto code = read_command_line(argc, argv, description, given)) return *code;
    return run_program(given.config_file, [&given](boost::asio::io_context& io, auto settings) {
        return std::make_unique<Service>(io, std::move(settings), given.options);
    });
}

}  // namespace pinwire::upkeep
