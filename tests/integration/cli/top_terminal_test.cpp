// `pinwire top` on a terminal: a pseudo-terminal with a program on it that must leave it as it was,
// however it ends. Neither database nor Kafka is there: it shows that, and goes on.
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <system_error>

#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

constexpr const char* to_alternate = "\x1b[?1049h";
constexpr const char* back_again = "\x1b[?25h\x1b[?1049l";

// The program with a terminal of its own as its controlling one.
class on_terminal {
public:
    explicit on_terminal(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), test::program("pinwire").string());
        std::vector<char*> words;
        for (auto& one : arguments)
            words.push_back(one.data());
        words.push_back(nullptr);
        winsize size{24, 80, 0, 0};
        pid_ = ::forkpty(&master_, nullptr, nullptr, &size);
        if (pid_ < 0) throw std::system_error(errno, std::generic_category(), "forkpty");
        if (pid_ == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            ::execv(words.front(), words.data());
            ::_exit(127);
        }
        // So that there is a terminal to look at when the program has ended.
        slave_ = ::open(::ptsname(master_), O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    ~on_terminal() {
        hang_up();
        if (!ended_) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
    }
    on_terminal(const on_terminal&) = delete;
    on_terminal& operator=(const on_terminal&) = delete;

    void hang_up() {
        if (slave_ >= 0) ::close(slave_);
        if (master_ >= 0) ::close(master_);
        slave_ = master_ = -1;
    }
    void type(const std::string& keys) const {
        EXPECT_EQ(::write(master_, keys.data(), keys.size()), static_cast<ssize_t>(keys.size()));
    }
    void signal(int which) const { ::kill(pid_, which); }
    void resize(unsigned short columns, unsigned short rows) const {
        winsize size{rows, columns, 0, 0};
        ::ioctl(master_, TIOCSWINSZ, &size);
    }
    bool echoes() const {
        termios now{};
        EXPECT_EQ(::tcgetattr(slave_, &now), 0);
        return (now.c_lflag & ECHO) != 0 && (now.c_lflag & ICANON) != 0 &&
               (now.c_iflag & IXON) != 0;
    }

    // All that it has written so far.
    const std::string& seen() {
        pollfd one{master_, POLLIN, 0};
        while (master_ >= 0 && ::poll(&one, 1, 0) > 0 && (one.revents & POLLIN) != 0) {
            std::array<char, 4096> some{};
            const auto got = ::read(master_, some.data(), some.size());
            if (got <= 0) break;
            seen_.append(some.data(), static_cast<std::size_t>(got));
        }
        return seen_;
    }
    bool shows(const std::string& text) { return seen().find(text) != std::string::npos; }

    // 128 + the signal that ended it; -1: it still runs.
    int code() {
        int status = 0;
        if (!ended_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
            ended_ = true;
            code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        }
        return code_;
    }
    bool has_stopped() const {
        siginfo_t info{};
        return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0 &&
               info.si_pid == pid_;
    }

private:
    int master_ = -1;
    int slave_ = -1;
    pid_t pid_ = -1;
    bool ended_ = false;
    int code_ = -1;
    std::string seen_;
};

class CliTopTerminal : public cli_test {
protected:
    void SetUp() override {
        const int probe = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        const bool there = probe >= 0 && ::grantpt(probe) == 0 && ::unlockpt(probe) == 0;
        if (probe >= 0) ::close(probe);
        if (!there) GTEST_SKIP() << "no terminal can be had here";
        cli_test::SetUp();
    }

    std::unique_ptr<on_terminal> start() {
        write_config(config());
        auto made = std::make_unique<on_terminal>(std::vector<std::string>{
            "top", "--interval", "0.5", "--config", (directory_ / "pinwire.toml").string()});
        EXPECT_TRUE(test::eventually(
            [&] {
                return made->shows("PostgreSQL can't be asked") &&
                       made->shows("Kafka can't be asked");
            },
            60s,
            "the first screen"
        ));
        return made;
    }
    static void expect_left(on_terminal& one) {
        ASSERT_TRUE(
            test::eventually([&] { return !one.seen().empty() && one.code() >= 0; }, 60s, "its end")
        );
        EXPECT_EQ(one.code(), 0) << one.seen();
        EXPECT_TRUE(one.echoes());
        EXPECT_TRUE(one.seen().ends_with(back_again)) << one.seen();
    }
    // From the corner to the last column, as it was drawn last; empty: not whole yet.
    static std::string last_frame(on_terminal& one) {
        const auto& all = one.seen();
        const auto end = all.rfind("\x1b[J");
        const auto begin = all.rfind("\x1b[H", end);
        if (end == std::string::npos || begin == std::string::npos) return {};
        return all.substr(begin, end - begin);
    }
};

TEST_F(CliTopTerminal, ComesBackAtAKeyPress) {
    const auto top = start();
    EXPECT_TRUE(top->shows(to_alternate));
    EXPECT_TRUE(top->shows("Kafka can't be asked"));
    EXPECT_FALSE(top->echoes()) << "keys aren't to be drawn over the screen";
    top->type("xyz");
    EXPECT_EQ(top->code(), -1);
    top->type("q");
    expect_left(*top);
}

TEST_F(CliTopTerminal, ComesBackAtInterruptAndTermination) {
    const auto interrupted = start();
    interrupted->type("\x03");  // control and C
    expect_left(*interrupted);
    const auto terminated = start();
    terminated->signal(SIGTERM);
    expect_left(*terminated);
}

TEST_F(CliTopTerminal, EndsWhenTheTerminalIsGone) {
    const auto top = start();
    top->hang_up();
    EXPECT_TRUE(test::eventually([&] { return top->code() >= 0; }, 60s, "its end"));
    EXPECT_EQ(top->code(), 0);
}

TEST_F(CliTopTerminal, DrawsAnewForAnotherSize) {
    const auto top = start();
    top->resize(30, 6);
    const auto fits = [&] {
        const auto frame = last_frame(*top);
        const auto lines = 1 + std::count(frame.begin(), frame.end(), '\n');
        return !frame.empty() && lines <= 6;
    };
    EXPECT_TRUE(test::eventually(fits, 60s, "a smaller screen")) << last_frame(*top);
    top->type("q");
    expect_left(*top);
}

TEST_F(CliTopTerminal, LendsTheTerminalWhileItIsStopped) {
    const auto top = start();
    top->type("\x1a");  // control and Z
    ASSERT_TRUE(test::eventually([&] { return top->has_stopped(); }, 60s, "it stops"));
    EXPECT_TRUE(top->echoes());
    EXPECT_TRUE(top->seen().ends_with(back_again));
    const auto before = top->seen().size();
    top->signal(SIGCONT);
    const auto drawn = [&] { return top->seen().find(to_alternate, before) != std::string::npos; };
    EXPECT_TRUE(test::eventually(drawn, 60s, "its screen"));
    top->type("q");
    expect_left(*top);
}

}  // namespace
}  // namespace pinwire::cli
