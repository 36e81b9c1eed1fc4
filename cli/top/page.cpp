#include "cli/top/page.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pinwire::cli {
namespace {

constexpr std::size_t label_width = 10;

}  // namespace

std::string cut(std::string text, int columns) {
    const auto width = static_cast<std::size_t>(std::max(1, columns));
    if (text.size() <= width) return text;
    text.resize(width);
    text.back() = '~';
    return text;
}

void page::add(std::string text, line_style style) {
    if (rows_left() <= 0) return;
    text.erase(text.find_last_not_of(' ') + 1);
    lines_.push_back({cut(std::move(text), size_.columns), style});
}

void page::add_folded(std::string text, std::string_view indent, line_style style) {
    text.erase(text.find_last_not_of(' ') + 1);
    const auto width = static_cast<std::size_t>(std::max(1, size_.columns));
    const auto at = text.size() <= width ? std::string::npos : text.rfind(' ', width);
    if (at == std::string::npos || at <= indent.size()) return add(std::move(text), style);
    add(text.substr(0, at), style);
    add(std::string(indent) + text.substr(text.find_first_not_of(' ', at)), style);
}

void page::add_items(std::string_view label, const std::vector<std::string>& items) {
    std::string line(label);
    line.resize(label_width, ' ');
    bool first = true;
    for (const auto& one : items) {
        const auto width = line.size() + one.size() + (first ? 0 : 3);
        if (!first && width > static_cast<std::size_t>(size_.columns)) {
            add(line);
            line.assign(label_width, ' ');
            first = true;
        }
        line += (first ? "" : "   ") + one;
        first = false;
    }
    add(line);
}

void page::add_table(const cells& heading, const std::vector<cells>& rows, int most) {
    const auto count = std::min(rows.size(), static_cast<std::size_t>(std::max(0, most)));
    std::vector<std::size_t> widths;
    for (const auto& one : heading)
        widths.push_back(one.size());
    for (std::size_t i = 0; i < count; ++i)
        for (std::size_t j = 0; j < widths.size(); ++j)
            widths[j] = std::max(widths[j], rows[i][j].size());
    const auto line_of = [&widths](const cells& of) {
        std::string line;
        for (std::size_t j = 0; j < widths.size(); ++j)
            line += fmt::format("{:<{}}  ", of[j], widths[j]);
        return line;
    };
    add(line_of(heading), line_style::heading);
    for (std::size_t i = 0; i < count; ++i)
        add(line_of(rows[i]));
}

}  // namespace pinwire::cli
