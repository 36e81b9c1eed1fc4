// The picture as lines of text for a terminal of some size: what is wrong first, then the figures,
// then as many routes and endpoints as there is room for. Pure; printable ASCII only.
#pragma once

#include <string>
#include <vector>

#include "cli/top/picture.hpp"

namespace pinwire::cli {

struct screen_size {
    int columns = 80;
    int rows = 24;
};
// For what is no terminal: everything is there, one line for each of them.
inline constexpr screen_size unbounded{1'000'000, 1'000'000};

enum class line_style { plain, heading, light, grave };

struct screen_line {
    std::string text;  // no wider than the screen
    line_style style = line_style::plain;
};
using screen = std::vector<screen_line>;

// No more lines than the screen has rows.
screen make_screen(const picture&, const installation&, screen_size);

// Each line ends with a newline.
std::string plain_text(const screen&);
// Over what stood there before, from the upper left corner on, without a flicker.
std::string ansi_text(const screen&);

}  // namespace pinwire::cli
