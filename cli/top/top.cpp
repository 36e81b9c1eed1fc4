#include "cli/top/top.hpp"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <optional>
#include <system_error>
#include <thread>

#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/top/json.hpp"
#include "cli/top/looker.hpp"
#include "cli/top/page.hpp"
#include "cli/top/picture.hpp"
#include "cli/top/screen.hpp"
#include "cli/top/sources.hpp"
#include "cli/top/terminal.hpp"

namespace pinwire::cli {
namespace {

std::chrono::milliseconds interval_of(const top_options& options) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(options.interval_seconds * 1000));
}

exit_code show_once(
    sources& from,
    const installation& known,
    const common_options& common,
    const top_options& options
) {
    const auto before = from.take();
    std::this_thread::sleep_for(interval_of(options));
    const auto made = make_picture(&before, from.take());
    if (common.json) {
        print_json(picture_json(made, known));
    } else {
        const bool shown = ::isatty(STDOUT_FILENO) != 0;
        const auto size = shown ? size_of_terminal(STDOUT_FILENO) : unbounded;
        print(plain_text(make_screen(made, known, size)));
    }
    const bool all_there = made.now.database.what && made.now.kafka.what;
    return all_there ? exit_code::ok : exit_code::unreachable;
}

// Signals as something to read; blocked for all threads that are started later.
class signals {
public:
    signals() {
        sigemptyset(&set_);
        for (const int one : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT})
            sigaddset(&set_, one);
        sigset_t blocked = set_;
        sigaddset(&blocked, SIGPIPE);
        ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
        descriptor_ = ::signalfd(-1, &set_, SFD_CLOEXEC | SFD_NONBLOCK);
        if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    }
    ~signals() { ::close(descriptor_); }
    signals(const signals&) = delete;
    signals& operator=(const signals&) = delete;

    int descriptor() const noexcept { return descriptor_; }
    // 0: none any more.
    int next() const {
        signalfd_siginfo one{};
        return ::read(descriptor_, &one, sizeof one) == sizeof one ? static_cast<int>(one.ssi_signo)
                                                                   : 0;
    }

private:
    sigset_t set_{};
    int descriptor_ = -1;
};

class live_screen {
public:
    live_screen(sources& from, installation known, std::chrono::milliseconds interval)
        : known_(std::move(known)),
          screen_(STDIN_FILENO, STDOUT_FILENO),
          looker_([&from] { return from.take(); }, interval) {}

    void run() {
        bool goes_on = draw();
        while (goes_on)
            goes_on = wait() && take_signals() && take_keys() && take_look();
        screen_.leave();  // and not only when the look that is under way has ended
    }

private:
    enum place { from_signals, from_looker, from_output, from_keys };

    bool wait() {
        waited_ = {
            pollfd{signals_.descriptor(), POLLIN, 0},
            pollfd{looker_.descriptor(), POLLIN, 0},
            pollfd{STDOUT_FILENO, 0, 0},  // tells when nobody is there any more
            pollfd{screen_.has_keys() ? STDIN_FILENO : -1, POLLIN, 0}};
        const int ready = ::poll(waited_.data(), waited_.size(), -1);
        if (ready < 0 && errno != EINTR) return false;
        return (waited_[from_output].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
    }

    bool take_signals() {
        bool anew = false;
        while (const int one = signals_.next()) {
            if (one == SIGTSTP) {
                screen_.leave();
                ::raise(SIGSTOP);
                screen_.enter();
                anew = true;
            } else if (one == SIGWINCH || one == SIGCONT) {
                anew = true;
            } else {
                return false;
            }
        }
        return !anew || draw();
    }

    bool take_keys() {
        if ((waited_[from_keys].revents & (POLLIN | POLLHUP | POLLERR)) == 0) return true;
        std::array<char, 64> keys{};
        const auto got = ::read(STDIN_FILENO, keys.data(), keys.size());
        if (got < 0) return errno == EINTR || errno == EAGAIN;
        if (got == 0) return (waited_[from_keys].revents & POLLHUP) == 0;
        for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i)
            if (keys[i] == 'q' || keys[i] == 'Q') return false;
        return true;
    }

    bool take_look() {
        auto now = looker_.newest();
        if (!now) return true;
        auto made = make_picture(seen_ ? &shown_.now : nullptr, std::move(*now));
        shown_ = std::move(made);
        seen_ = true;
        return draw();
    }

    bool draw() {
        const auto size = size_of_terminal(STDOUT_FILENO);
        const screen_line at_first{cut("pinwire top: looking", size.columns), line_style::heading};
        return screen_.draw(ansi_text(seen_ ? make_screen(shown_, known_, size) : screen{at_first})
        );
    }

    installation known_;
    signals signals_;  // before the thread
    terminal screen_;
    looker looker_;
    picture shown_;
    bool seen_ = false;
    std::array<pollfd, 4> waited_{};
};

}  // namespace

exit_code top(const common_options& common, const top_options& options) {
    const auto settings = load_settings(common, {});
    installation known;
    for (const auto& [name, route] : settings.routes)
        known.tps[name] = route.tps;
    const auto metrics = options.metrics.empty() ? metrics_of(settings) : options.metrics;
    sources from(common, options.database, settings, metrics);
    if (options.once || common.json || ::isatty(STDOUT_FILENO) == 0)
        return show_once(from, known, common, options);
    live_screen(from, std::move(known), interval_of(options)).run();
    return exit_code::ok;
}

}  // namespace pinwire::cli
