#include "cli/top/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

namespace pinwire::cli {
namespace {

constexpr const char* to_alternate = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr const char* back = "\x1b[0m\x1b[?25h\x1b[?1049l";

}  // namespace

terminal::terminal(int input, int output)
    : input_(input), output_(output), has_keys_(::tcgetattr(input, &before_) == 0) {
    enter();
}

terminal::~terminal() {
    leave();
}

void terminal::enter() {
    if (entered_) return;
    entered_ = true;
    if (has_keys_) {
        auto raw = before_;
        // Signals still come from keys. No flow control: a halted terminal would halt us.
        raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
        raw.c_iflag &= ~static_cast<tcflag_t>(IXON);
        raw.c_cc[VMIN] = 0;
        raw.c_cc[VTIME] = 0;
        ::tcsetattr(input_, TCSANOW, &raw);
    }
    write_all(to_alternate);
}

void terminal::leave() {
    if (!entered_) return;
    entered_ = false;
    write_all(back);
    if (has_keys_) ::tcsetattr(input_, TCSANOW, &before_);
}

bool terminal::draw(const std::string& text) {
    return write_all(text);
}

bool terminal::write_all(const std::string& text) const {
    std::size_t written = 0;
    while (written < text.size()) {
        const auto now = ::write(output_, text.data() + written, text.size() - written);
        if (now < 0 && errno == EINTR) continue;
        if (now <= 0) return false;
        written += static_cast<std::size_t>(now);
    }
    return true;
}

screen_size size_of_terminal(int descriptor) {
    screen_size made;
    winsize found{};
    if (::ioctl(descriptor, TIOCGWINSZ, &found) != 0) return made;
    if (found.ws_col > 0) made.columns = found.ws_col;
    if (found.ws_row > 0) made.rows = found.ws_row;
    return made;
}

}  // namespace pinwire::cli
