#include "cli/settings_file.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "common/config/files.hpp"
#include "common/reports/signature.hpp"

namespace pinwire::cli {
namespace {

secret read_secret(const std::filesystem::path& file, const std::string& key) {
    auto read = config::read_secret_file(file);
    if (auto* text = std::get_if<secret>(&read)) return std::move(*text);
    throw failure(
        exit_code::wrong,
        fmt::format("{} ({}): {}", key, file.string(), std::get<std::string>(read))
    );
}

void read_secret(config::secret_file& into, const std::string& key) {
    if (!into.path.empty()) into.value = read_secret(into.path, key);
}

key_ring read_ring(const std::filesystem::path& file) {
    const auto text = read_secret(file, "keys.ring_file");
    try {
        return key_ring::parse(text.reveal());
    } catch (const std::runtime_error& error) {
        throw failure(
            exit_code::wrong, fmt::format("keys.ring_file ({}): {}", file.string(), error.what())
        );
    }
}

void read_webhook_secrets(config::settings& settings) {
    for (auto& [name, account] : settings.accounts) {
        const auto key = "accounts." + name.str() + ".webhook_secret_files";
        for (const auto& file : account.webhook_secret_files) {
            const auto text = read_secret(file, key);
            try {
                account.webhook_secrets.push_back(reports::parse_webhook_secret(text.reveal()));
            } catch (const std::runtime_error& error) {
                throw failure(
                    exit_code::wrong, fmt::format("{} ({}): {}", key, file.string(), error.what())
                );
            }
        }
    }
}

}  // namespace

config::load_options load_options_of(bool read_secrets) {
    config::load_options options;
    options.read_secrets = read_secrets;
    if (const char* directory = std::getenv("CREDENTIALS_DIRECTORY")) {
        options.credentials_directory = directory;
    }
    return options;
}

config::settings load_settings(const common_options& common, const needed_secrets& needed) {
    const auto loaded = config::load(common.config_file, load_options_of(false));
    if (!loaded) {
        std::string all = "the configuration is wrong:";
        for (const auto& mistake : loaded.mistakes)
            all += "\n  " + mistake.to_string();
        throw failure(exit_code::wrong, all);
    }
    config::settings settings = *loaded.settings;
    if (needed.postgres) read_secret(settings.postgres.password, "postgres.password_file");
    if (needed.kafka) read_secret(settings.kafka.sasl_password, "kafka.sasl_password_file");
    if (needed.webhooks) {
        read_webhook_secrets(settings);
        auto& credentials = settings.callback.reports.proxy_credentials;
        read_secret(credentials, "callback.reports.proxy_credentials_file");
    }
    if (needed.keys) settings.keys.ring = read_ring(settings.keys.ring_file);
    return settings;
}

}  // namespace pinwire::cli
