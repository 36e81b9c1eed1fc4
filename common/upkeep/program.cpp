#include "common/upkeep/program.hpp"

#include <CLI/CLI.hpp>

namespace pinwire::upkeep {
namespace {

constexpr int wrong_usage = 2;  // as for a wrong configuration; the library has codes of its own

}  // namespace

std::optional<int> read_command_line(
    int argc, const char* const* argv, const std::string& description, command_line& into
) {
    CLI::App app(description);
    app.add_option("--config", into.config_file, "The configuration file")->capture_default_str();
    app.add_option("--instance", into.options.instance, "Name of this instance on this machine")
        ->capture_default_str();
    app.set_version_flag("--version", PINWIRE_VERSION);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? 0 : wrong_usage;
    }
    return std::nullopt;
}

}  // namespace pinwire::upkeep
