// Rows of text under a heading, each column as wide as its widest cell, for people. Control
// characters of strangers' texts are shown as '?': they could steer a terminal.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pinwire::cli {

class table {
public:
    explicit table(std::vector<std::string> heading) : heading_(std::move(heading)) {}

    // As many cells as the heading has.
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const noexcept { return rows_.empty(); }
    // Each line ends with a newline.
    std::string text() const;

private:
    std::vector<std::string> heading_;
    std::vector<std::vector<std::string>> rows_;
};

std::string printable(std::string_view text);

}  // namespace pinwire::cli
