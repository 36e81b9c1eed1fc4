#include "common/upkeep/program.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "common/config/loader.hpp"
#include "common/telemetry/process_guard.hpp"

namespace pinwire::upkeep {
namespace {

telemetry::log_options log_options_of(const config::log_settings& from) {
    telemetry::log_options made;
    made.level = static_cast<telemetry::log_level>(from.level);
    made.format = static_cast<telemetry::log_format>(from.format);
    return made;
}

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
        return app.exit(error);
    }
    return std::nullopt;
}

std::shared_ptr<const config::settings> begin_program(const std::string& file) {
    const char* allow = std::getenv("PINWIRE_ALLOW_CORE");
    telemetry::harden_process(allow != nullptr && std::string(allow) == "1");
    config::load_options options;
    if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY")) {
        options.credentials_directory = directory;
    }
    const auto loaded = config::load(file, options);
    for (const auto& mistake : loaded.mistakes) {
        std::fprintf(stderr, "%s\n", mistake.to_string().c_str());
    }
    if (!loaded) return nullptr;
    telemetry::open_log(log_options_of(loaded.settings->log));
    for (const auto& warning : loaded.warnings) {
        telemetry::log_warn("configuration", {{"warning", warning.to_string()}});
    }
    return loaded.settings;
}

}  // namespace pinwire::upkeep
