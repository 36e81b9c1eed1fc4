// A program that a test starts and ends: its arguments, its environment, its output in a file. The
// process is killed and reaped with the object, and killed by the kernel when the thread that
// started it dies: start it from the test's main thread. Signals go to this one process id, which
// stays ours until it is reaped. Throws std::system_error where the program can't be started.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pinwire::test {

struct child_options {
    std::vector<std::string> arguments;                            // without the program's own name
    std::vector<std::pair<std::string, std::string>> environment;  // added to ours, or replacing it
    std::filesystem::path output;             // stdout, appended; empty: /dev/null
    std::filesystem::path errors;             // stderr, appended; empty: where stdout goes
    std::filesystem::path working_directory;  // empty: ours
};

struct exit_status {
    int code = 0;    // of exit(), 0 when a signal ended it
    int signal = 0;  // that ended it, 0 when it ended by itself

    bool operator==(const exit_status&) const = default;
};
std::string to_string(exit_status status);

class child_process {
public:
    child_process(const std::filesystem::path& program, child_options options);
    ~child_process();
    child_process(child_process&& other) noexcept;
    child_process& operator=(child_process&& other) noexcept;

    pid_t pid() const { return pid_; }
    bool running() const;

    // False if it has ended already. SIGSTOP and SIGCONT too.
    bool kill(int signal);

    // Its end, or nothing when the limit is over first. May be asked again after the end.
    std::optional<exit_status> wait(std::chrono::milliseconds limit);

    // All that it has written to options.output so far.
    std::string output() const;

private:
    void end();
    void reap(int flags);

    pid_t pid_ = -1;
    int pidfd_ = -1;
    std::filesystem::path output_;
    std::optional<exit_status> status_;
};

// Runs a program to its end and hands back its stdout. Throws std::runtime_error, with what it
// wrote to stderr, when it fails or takes longer than the limit.
std::string run_program(
    const std::filesystem::path& program,
    std::vector<std::string> arguments,
    std::chrono::milliseconds limit
);

// The whole file; empty if there is none.
std::string read_file(const std::filesystem::path& file);

}  // namespace pinwire::test
