// A screen in the making: lines that are cut at its width, until its rows are full. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/top/screen.hpp"

namespace pinwire::cli {

using cells = std::vector<std::string>;

// What was cut off shows as '~'.
std::string cut(std::string text, int columns);

class page {
public:
    explicit page(screen_size size) : size_(size) {}

    int rows_left() const { return size_.rows - static_cast<int>(lines_.size()); }
    int columns() const { return size_.columns; }

    void add(std::string text, line_style style = line_style::plain);
    // On two lines what doesn't fit on one; `indent` is what the second begins with.
    void add_folded(std::string text, std::string_view indent, line_style style);
    // Side by side behind a label, and on further lines what doesn't fit.
    void add_items(std::string_view label, const std::vector<std::string>& items);
    // At most so many of the rows, each with as many cells as the heading.
    void add_table(const cells& heading, const std::vector<cells>& rows, int most);

    screen take() { return std::move(lines_); }

private:
    screen_size size_;
    screen lines_;
};

// Routes and endpoints, in what room is left; the ones in trouble first.
void add_tables(const picture&, const installation&, page&);

}  // namespace pinwire::cli
