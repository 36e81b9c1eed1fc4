// Reads pinwire.toml and every secret that it names, checks all of it and returns either settings
// or all mistakes at once, never the first only. An adapter: it opens files; the environment comes
// in as an argument. Thread-safe: no state. What has no key, range or default here stands in no
// configuration: keys() lists the one table that the loader, the printer and the docs test share.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/settings.hpp"

namespace pinwire::config {

// One thing wrong (or doubtful: a warning) in the file.
struct mistake {
    std::string file;
    unsigned line = 0;    // 1 and up; 0: a key that isn't there at all
    std::string key;      // "routes.es.tps"; empty: the file as a whole
    std::string what;     // what is wrong; never a secret's text
    std::string allowed;  // what would be right; may be empty

    // "pinwire.toml:12: routes.es.tps: is 0; allowed: 0.01 to 100000"
    std::string to_string() const;
};

struct load_result {
    std::shared_ptr<const config::settings> settings;  // null if there are mistakes
    std::vector<mistake> mistakes;                     // in the file's order
    std::vector<mistake> warnings;                     // never stop a start
    std::string fingerprint;  // of the file's text: the same for all who read the same

    explicit operator bool() const noexcept { return settings != nullptr; }
};

struct load_options {
    // What $CREDENTIALS_DIRECTORY in a secret's path stands for; main passes the environment's.
    std::optional<std::string> credentials_directory;
    // false: secret files aren't opened (for tools whose user may not read them); the settings then
    // hold empty secrets and no key ring.
    bool read_secrets = true;
};

load_result load(const std::filesystem::path& file, const load_options& options = {});
// The same for text that is already here; relative secret paths count from `file`'s folder.
load_result load_text(
    std::string_view text, const std::filesystem::path& file, const load_options& options = {}
);

// One key of the table; NAME stands for a name of the operator's choice.
struct key_description {
    std::string key;       // "routes.NAME.tps"
    std::string type;      // "duration", "integer", "text", "secret file", …
    std::string fallback;  // the default as it would be written; empty: none
    std::string allowed;   // range or alternatives; may be empty
    bool required = false;
};
std::vector<key_description> keys();

// The effective settings as TOML, defaults included. Secrets appear as their paths only.
std::string print_settings(const settings& settings);

// "1500ms", "5s", "2m", "48h", "30d"; nothing else. Negative values don't exist.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string to_duration_text(std::chrono::milliseconds value);

}  // namespace pinwire::config
