// What a telephone number, or a network, begins with: whether with any of some prefixes, and what
// stands under the longest of them. Digits only. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire {

// For lists that stay as they were written, and short.
inline bool begins_with_any(std::string_view digits, std::span<const std::string> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [digits](const std::string& one) {
        return !one.empty() && digits.starts_with(one);
    });
}

// The longest beginning of `digits` for which `find` finds something (a pointer, or a value that
// may be none); else what it says of none.
template <class Find>
auto by_longest_prefix(std::string_view digits, std::size_t longest, Find find)
    -> decltype(find(digits)) {
    for (auto length = std::min(longest, digits.size()); length > 0; --length)
        if (auto found = find(digits.substr(0, length))) return found;
    return {};
}

// The entry of a map by prefix; null: none.
template <class Map>
const typename Map::mapped_type* find_by_prefix(const Map& all, std::string_view digits) {
    if (all.empty()) return nullptr;
    return by_longest_prefix(digits, digits.size(), [&all](std::string_view prefix) {
        const auto found = all.find(prefix);
        return found == all.end() ? nullptr : &found->second;
    });
}

// Many of them, looked up by what the number begins with.
class prefix_set {
public:
    prefix_set() = default;
    explicit prefix_set(const std::vector<std::string>& prefixes)
        : all_(prefixes.begin(), prefixes.end()) {
        for (const auto& one : all_)
            longest_ = std::max(longest_, one.size());
    }

    bool empty() const noexcept { return all_.empty(); }
    bool holds(std::string_view digits) const {
        return by_longest_prefix(digits, longest_, [this](std::string_view prefix) {
            return all_.contains(prefix);
        });
    }

private:
    std::set<std::string, std::less<>> all_;
    std::size_t longest_ = 0;
};

}  // namespace pinwire
