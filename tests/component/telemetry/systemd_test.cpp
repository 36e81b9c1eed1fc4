// What systemd would receive, on a real datagram socket in its place; and the process guard, in a
// child, since it can't be undone.
#include "common/telemetry/systemd.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdlib>
#include <string>

#include "common/telemetry/process_guard.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::telemetry {
namespace {

namespace asio = boost::asio;

class Systemd : public testing::Test {
protected:
    Systemd() {
        const auto path = (folder / "notify").string();
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        const auto* bound = reinterpret_cast<const sockaddr*>(&address);
        if (::bind(fd, bound, sizeof(address)) != 0) throw std::runtime_error("bind");
        const timeval limit{5, 0};
        ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
        ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
    }
    ~Systemd() override {
        ::unsetenv("NOTIFY_SOCKET");
        ::unsetenv("WATCHDOG_USEC");
        ::unsetenv("WATCHDOG_PID");
        ::close(fd);
    }
    // The next message; empty if none comes in time, or none is there if it may not wait.
    std::string next(bool wait = true) {
        char buffer[1024];
        const auto got = ::recv(fd, buffer, sizeof(buffer), wait ? 0 : MSG_DONTWAIT);
        return got < 0 ? std::string() : std::string(buffer, static_cast<std::size_t>(got));
    }

    test::temp_dir folder;
    int fd = -1;
};

TEST_F(Systemd, HearsReadyStatusAndStopping) {
    notify_ready("3 partitions");
    notify_status("one\nREADY=0");
    notify_stopping();
    EXPECT_EQ(next(), "READY=1\nSTATUS=3 partitions");
    EXPECT_EQ(next(), "STATUS=one READY=0");
    EXPECT_EQ(next(), "STOPPING=1");
}

TEST_F(Systemd, IsFedByTheLoopUntilItIsNotAlive) {
    ::setenv("WATCHDOG_USEC", "20000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(watchdog_interval(), std::chrono::milliseconds(20));
    asio::io_context context{1};
    int asked = 0;
    // Alive three times; then not, and the loop is stopped.
    const auto alive = [&asked, &context] {
        if (++asked == 4) context.stop();
        return asked < 4;
    };
    const auto rethrow = [](std::exception_ptr error) {
        if (error) std::rethrow_exception(error);
    };
    const auto start = std::chrono::steady_clock::now();
    asio::co_spawn(context, feed_watchdog(alive), rethrow);
    context.run();
    EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(30));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(next(), "WATCHDOG=1");
    EXPECT_EQ(next(false), "");
}

TEST_F(Systemd, WithoutAWatchdogIsNotFed) {
    EXPECT_EQ(watchdog_interval(), std::nullopt);
    asio::io_context context{1};
    bool ended = false;
    const auto note = [&ended](std::exception_ptr) { ended = true; };
    asio::co_spawn(context, feed_watchdog(), note);
    context.run();
    EXPECT_TRUE(ended);
    EXPECT_EQ(next(false), "");
}

TEST(ProcessGuard, LeavesNoCoreDumpAndSurvivesSigpipe) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        harden_process();
        rlimit core{1, 1};
        ::getrlimit(RLIMIT_CORE, &core);
        const bool dumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0;
        std::raise(SIGPIPE);
        ::_exit(dumpable || core.rlim_cur != 0 || core.rlim_max != 0 ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

}  // namespace
}  // namespace pinwire::telemetry
