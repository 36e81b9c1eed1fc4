#include "common/config/suggestion.hpp"

#include <algorithm>
#include <numeric>

namespace pinwire::config {

namespace {

// Insertions, deletions and replacements that turn one into the other.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 1; i <= left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i;
        for (std::size_t j = 1; j <= right.size(); ++j) {
            const auto replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
        }
    }
    return row.back();
}

}  // namespace

std::string nearest(std::string_view given, const std::vector<std::string>& known) {
    constexpr std::size_t length_max = 64;  // the work grows with the square
    if (given.size() > length_max) return {};
    std::string best;
    std::size_t best_distance = std::max<std::size_t>(2, given.size() / 3) + 1;
    for (const auto& name : known) {
        const auto found = distance(given, name);
        if (found >= best_distance) continue;
        best_distance = found;
        best = name;
    }
    return best;
}

}  // namespace pinwire::config
