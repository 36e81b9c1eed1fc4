#include "tests/support/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <utility>

#include "tests/support/temp_dir.hpp"

namespace pinwire::test {
namespace {

[[noreturn]] void fail(int error, const std::string& what) {
    throw std::system_error(error, std::system_category(), what);
}

// Everything that exec needs, made before fork: between fork and exec nothing may allocate.
struct launch_plan {
    std::string program;
    std::vector<char*> argv;
    std::vector<char*> envp;
    std::string output;
    std::string errors;  // empty: where stdout goes
    std::string directory;
    pid_t parent = 0;
};

std::vector<char*> pointers(std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (auto& text : strings)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> merged_environment(
    const std::vector<std::pair<std::string, std::string>>& added
) {
    std::map<std::string, std::string, std::less<>> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const auto split = text.find('=');
        if (split != std::string_view::npos)
            variables.emplace(text.substr(0, split), text.substr(split + 1));
    }
    for (const auto& [name, value] : added)
        variables[name] = value;
    std::vector<std::string> result;
    for (const auto& [name, value] : variables)
        result.push_back(name + "=" + value);
    return result;
}

// Only async-signal-safe calls here. Gives the error back by a pipe that exec closes.
[[noreturn]] void become(const launch_plan& plan, int report) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);  // it died before prctl
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int flags = O_WRONLY | O_CREAT | O_APPEND;
    const int in = ::open("/dev/null", O_RDONLY);
    const int out = ::open(plan.output.c_str(), flags, 0644);
    const int err = plan.errors.empty() ? out : ::open(plan.errors.c_str(), flags, 0644);
    const bool ready = in >= 0 && out >= 0 && err >= 0 && ::dup2(in, 0) >= 0 &&
                       ::dup2(out, 1) >= 0 && ::dup2(err, 2) >= 0 &&
                       (plan.directory.empty() || ::chdir(plan.directory.c_str()) == 0);
    if (ready) {
        ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
        ::execve(plan.program.c_str(), plan.argv.data(), plan.envp.data());
    }
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(report, &error, sizeof(error));
    ::_exit(127);
}

}  // namespace

std::string to_string(exit_status status) {
    return status.signal != 0 ? fmt::format("ended by signal {}", status.signal)
                              : fmt::format("exit code {}", status.code);
}

child_process::child_process(const std::filesystem::path& program, child_options options)
    : output_(options.output) {
    std::vector<std::string> arguments;
    arguments.push_back(program.string());
    for (auto& argument : options.arguments)
        arguments.push_back(std::move(argument));
    auto environment = merged_environment(options.environment);
    launch_plan plan;
    plan.program = program.string();
    plan.argv = pointers(arguments);
    plan.envp = pointers(environment);
    plan.output = options.output.empty() ? "/dev/null" : options.output.string();
    plan.errors = options.errors.string();
    plan.directory = options.working_directory.string();
    plan.parent = ::getpid();

    int report[2];
    if (::pipe2(report, O_CLOEXEC) != 0) fail(errno, "pipe2");
    pid_ = ::fork();
    if (pid_ == 0) become(plan, report[1]);
    const int fork_error = errno;
    ::close(report[1]);
    int error = 0;
    const auto size = pid_ < 0 ? 0 : ::read(report[0], &error, sizeof(error));
    ::close(report[0]);
    if (pid_ < 0) fail(fork_error, "fork");
    if (size == sizeof(error)) {
        reap(0);
        fail(error, "starting " + program.string());
    }
    // By number: the declaration in glibc 2.36 lacks its extern "C".
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    if (pidfd_ < 0) {
        const int open_error = errno;
        end();
        fail(open_error, "pidfd_open");
    }
}

child_process::~child_process() {
    end();
}

child_process::child_process(child_process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      output_(std::move(other.output_)),
      status_(other.status_) {}

child_process& child_process::operator=(child_process&& other) noexcept {
    if (this != &other) {
        end();
        pid_ = std::exchange(other.pid_, -1);
        pidfd_ = std::exchange(other.pidfd_, -1);
        output_ = std::move(other.output_);
        status_ = other.status_;
    }
    return *this;
}

void child_process::end() {
    if (pid_ > 0 && !status_) {
        ::kill(pid_, SIGKILL);
        reap(0);
    }
    if (pidfd_ >= 0) ::close(std::exchange(pidfd_, -1));
}

void child_process::reap(int flags) {
    int raw = 0;
    pid_t result = 0;
    do
        result = ::waitpid(pid_, &raw, flags);
    while (result < 0 && errno == EINTR);
    if (result != pid_) return;
    exit_status status;
    if (WIFSIGNALED(raw))
        status.signal = WTERMSIG(raw);
    else
        status.code = WEXITSTATUS(raw);
    status_ = status;
}

bool child_process::running() const {
    if (pid_ <= 0 || status_) return false;
    pollfd watched{pidfd_, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 0;
}

bool child_process::kill(int signal) {
    return running() && ::kill(pid_, signal) == 0;
}

std::optional<exit_status> child_process::wait(std::chrono::milliseconds limit) {
    if (pid_ <= 0 || status_) return status_;
    const auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now()
        );
        pollfd watched{pidfd_, POLLIN, 0};
        const int timeout = static_cast<int>(std::max<long long>(left.count(), 0));
        const int result = ::poll(&watched, 1, timeout);
        if (result > 0) {
            reap(WNOHANG);
            return status_;
        }
        if (result == 0) return std::nullopt;
        if (errno != EINTR) fail(errno, "poll");
    }
}

std::string child_process::output() const {
    return read_file(output_);
}

std::string run_program(
    const std::filesystem::path& program,
    std::vector<std::string> arguments,
    std::chrono::milliseconds limit
) {
    const temp_dir files;
    child_options options;
    options.arguments = std::move(arguments);
    options.output = files / "out";
    options.errors = files / "err";
    child_process child(program, std::move(options));
    const auto status = child.wait(limit);
    if (status == exit_status{}) return child.output();
    throw std::runtime_error(fmt::format(
        "{}: {}\n{}",
        program.string(),
        status ? to_string(*status) : fmt::format("not done within {} ms", limit.count()),
        read_file(files / "err")
    ));
}

std::string read_file(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

}  // namespace pinwire::test
