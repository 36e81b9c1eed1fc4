// What every service's main does around its parts: reads the command line and the whole
// configuration and names each mistake, opens the log, hardens the process, runs one life after the
// other (lives.hpp) until SIGTERM or SIGINT, and gives the exit code: 0 ended in order, 1 cut short
// or fatal (systemd restarts it), 2 the command line or the configuration is wrong.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "common/upkeep/lives.hpp"

namespace pinwire::upkeep {

struct command_line {
    std::string config_file = "/etc/pinwire/pinwire.toml";
    run_options options;
};

// The exit code if the program ends here: help or the version was asked for, or a mistake named.
std::optional<int>
read_command_line(int argc, const char* const* argv, const std::string& description, command_line&);

template <class Service>
class life_of final : public life {
public:
    life_of(
        boost::asio::io_context& io,
        std::shared_ptr<const config::settings> settings,
        const run_options& options
    )
        : service_(io, std::move(settings), options) {}

    awaitable<int> run() override { return service_.run(); }
    void stop() override { service_.stop(); }

private:
    Service service_;
};

// A whole main. Service: made of io_context, settings and run_options; run() and stop().
template <class Service>
int service_main(int argc, const char* const* argv, const std::string& description) {
    command_line given;
    if (const auto code = read_command_line(argc, argv, description, given)) return *code;
    return run_lives(
        given.config_file,
        given.options,
        [](boost::asio::io_context& io, auto settings, const run_options& options) {
            return std::make_unique<life_of<Service>>(io, std::move(settings), options);
        }
    );
}

}  // namespace pinwire::upkeep
