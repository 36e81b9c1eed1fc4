// The terminal while something is drawn over it: on its alternate screen, without echo, without the
// cursor. The destructor puts everything back as it was.
#pragma once

#include <termios.h>

#include <string>

#include "cli/top/screen.hpp"

namespace pinwire::cli {

class terminal {
public:
    // `output` is a terminal; `input` needn't be one: then no keys are read.
    terminal(int input, int output);
    ~terminal();
    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    bool has_keys() const noexcept { return has_keys_; }

    // For the time that somebody else has the terminal.
    void leave();
    void enter();

    // False: nobody is there any more.
    bool draw(const std::string& text);

private:
    bool write_all(const std::string& text) const;

    int input_;
    int output_;
    termios before_{};
    bool has_keys_;  // behind before_, which is read at the same time
    bool entered_ = false;
};

// 80 by 24 where it can't be told.
screen_size size_of_terminal(int descriptor);

}  // namespace pinwire::cli
