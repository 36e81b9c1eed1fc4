// pinwire-callback: reads the command line and the configuration, runs a callback until SIGTERM,
// exits with its code.
#include <CLI/CLI.hpp>

#include "callback/callback.hpp"
#include "common/upkeep/program.hpp"

int main(int argc, char** argv) {
    CLI::App app("Takes delivery reports from carriers and posts reports to customers");
    std::string file = "/etc/pinwire/pinwire.toml";
    pinwire::callback::run_options options;
    app.add_option("--config", file, "The configuration file")->capture_default_str();
    app.add_option("--instance", options.instance, "Name of this instance on this machine")
        ->capture_default_str();
    app.set_version_flag("--version", PINWIRE_VERSION);
    CLI11_PARSE(app, argc, argv);

    return pinwire::upkeep::run_program(
        file,
        [&options](boost::asio::io_context& io, auto settings) {
            return std::make_unique<pinwire::callback::callback>(io, std::move(settings), options);
        }
    );
}
