// What all commands share: the options that each of them takes, the exit codes, and the one
// exception that carries an exit code. A command prints its answer to stdout, as a table for
// people or as JSON for programs; what went wrong goes to stderr, in words.
#pragma once

#include <filesystem>
#include <stdexcept>
#include <string>

namespace pinwire::cli {

enum class exit_code : int {
    ok = 0,
    failed = 1,      // it was tried and didn't go well, or what was asked for isn't there
    wrong = 2,       // the command line, the configuration or a job is wrong: nothing was done
    unreachable = 3  // Kafka or PostgreSQL can't be reached
};

struct common_options {
    std::filesystem::path config_file = "/etc/pinwire/pinwire.toml";
    bool json = false;
};

// The text says what happened, where, and what to do.
class failure : public std::runtime_error {
public:
    failure(exit_code code, const std::string& text) : std::runtime_error(text), code_(code) {}
    exit_code code() const noexcept { return code_; }

private:
    exit_code code_;
};

}  // namespace pinwire::cli
