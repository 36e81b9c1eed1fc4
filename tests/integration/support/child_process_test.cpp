#include "tests/support/child_process.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

child_options shell(const std::string& script) {
    child_options options;
    options.arguments = {"-c", script};
    return options;
}

TEST(ChildProcess, TellsExitCodesFromSignals) {
    child_process leaves("/bin/sh", shell("exit 7"));
    EXPECT_EQ(leaves.wait(10s), (exit_status{.code = 7}));
    EXPECT_EQ(leaves.wait(0ms), (exit_status{.code = 7}));

    child_process stays("/bin/sh", shell("sleep 60"));
    EXPECT_TRUE(stays.running());
    EXPECT_EQ(stays.wait(10ms), std::nullopt);
    EXPECT_TRUE(stays.kill(SIGKILL));
    EXPECT_EQ(stays.wait(10s), (exit_status{.signal = SIGKILL}));
    EXPECT_FALSE(stays.kill(SIGKILL));
}

TEST(ChildProcess, HasItsEnvironmentItsDirectoryAndBothOutputsInOneFile) {
    const temp_dir files;
    auto options = shell("echo $PINWIRE_CHILD; pwd; echo wrong >&2");
    options.environment = {{"PINWIRE_CHILD", "here"}};
    options.working_directory = files.path();
    options.output = files / "out";
    child_process child("/bin/sh", std::move(options));
    ASSERT_EQ(child.wait(10s), exit_status{});
    EXPECT_EQ(child.output(), "here\n" + files.path().string() + "\nwrong\n");
}

TEST(ChildProcess, SaysWhyAProgramCannotStart) {
    EXPECT_THROW(child_process("/nowhere/at/all", {}), std::system_error);
}

TEST(ChildProcess, EndsWithItsObject) {
    pid_t pid = 0;
    {
        child_process child("/bin/sh", shell("sleep 60"));
        pid = child.pid();
        EXPECT_EQ(::kill(pid, 0), 0);
    }
    EXPECT_EQ(::kill(pid, 0), -1);
}

TEST(ChildProcess, StopsAndContinues) {
    const temp_dir files;
    auto options = shell("while :; do echo x; sleep 0.01; done");
    options.output = files / "out";
    child_process child("/bin/sh", std::move(options));
    EXPECT_TRUE(eventually([&] { return child.output().size() > 4; }, 10s, "it writes"));
    EXPECT_TRUE(child.kill(SIGSTOP));
    const auto state = "/proc/" + std::to_string(child.pid()) + "/stat";
    const auto stopped = [&] { return read_file(state).find(") T ") != std::string::npos; };
    EXPECT_TRUE(eventually(stopped, 10s, "it is stopped"));
    const auto size = child.output().size();
    EXPECT_TRUE(never_within([&] { return child.output().size() > size + 2; }, 100ms, "it writes"));
    EXPECT_TRUE(child.kill(SIGCONT));
    EXPECT_TRUE(eventually([&] { return child.output().size() > size + 4; }, 10s, "it goes on"));
}

TEST(RunProgram, ThrowsWithWhatTheProgramSaid) {
    EXPECT_EQ(run_program("/bin/sh", {"-c", "echo fine; echo noise >&2"}, 10s), "fine\n");
    try {
        run_program("/bin/sh", {"-c", "echo the reason >&2; exit 3"}, 10s);
        FAIL() << "it did not throw";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("exit code 3\nthe reason"), std::string::npos);
    }
    EXPECT_THROW(run_program("/bin/sh", {"-c", "sleep 60"}, 20ms), std::runtime_error);
}

}  // namespace
}  // namespace pinwire::test
