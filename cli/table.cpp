#include "cli/table.hpp"

#include <algorithm>

#include "common/core/text.hpp"

namespace pinwire::cli {
namespace {

using widths = std::vector<std::size_t>;

void widen(widths& all, const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < all.size() && i < row.size(); ++i)
        all[i] = std::max(all[i], characters_in(printable(row[i])));
}

void add_line(std::string& to, const widths& all, const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < all.size() && i < row.size(); ++i) {
        const auto cell = printable(row[i]);
        line += cell;
        line.append(all[i] - characters_in(cell) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    to += line + "\n";
}

}  // namespace

std::string printable(std::string_view text) {
    std::string out(text);
    std::replace_if(
        out.begin(),
        out.end(),
        [](char c) {
            const auto byte = static_cast<unsigned char>(c);
            return byte < 0x20 || byte == 0x7F;
        },
        '?'
    );
    return out;
}

std::string table::text() const {
    widths all(heading_.size(), 0);
    widen(all, heading_);
    for (const auto& row : rows_)
        widen(all, row);
    std::string out;
    add_line(out, all, heading_);
    for (const auto& row : rows_)
        add_line(out, all, row);
    return out;
}

}  // namespace pinwire::cli
