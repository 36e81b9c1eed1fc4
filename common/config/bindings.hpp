// One maker of bindings for each kind of value: text, numbers, durations, choices, addresses,
// paths, lists. Each fills in type, allowed, read and write. The target must outlive the binding.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/config/visitor.hpp"

namespace pinwire::config {

// Says what is wrong with a text, empty if nothing is.
using text_check = std::function<std::string(const std::string&)>;

struct text_rule {
    std::string allowed = "";
    text_check check;
    std::string type = "text";
};

binding required(binding made);

binding text(std::string name, std::string& target, text_rule rule = {});
binding flag(std::string name, bool& target);
binding real(std::string name, double& target, double min, double max);
binding integer_value(
    std::string name,
    std::int64_t min,
    std::int64_t max,
    std::function<void(std::int64_t)> set,
    std::function<std::int64_t()> get
);
binding duration_value(
    std::string name,
    milliseconds min,
    milliseconds max,
    milliseconds unit,
    std::function<void(milliseconds)> set,
    std::function<milliseconds()> get
);
binding choice(
    std::string name,
    std::vector<std::string> allowed,
    std::function<void(std::size_t)> set,
    std::function<std::size_t()> get
);
binding word(std::string name, std::string& target, std::vector<std::string> allowed);
binding listen(std::string name, listen_address& target);
// A list of texts; `put` takes one item and says what is wrong with it.
binding text_list(
    std::string name,
    std::string type,
    std::string allowed,
    std::size_t items_max,
    std::function<void()> clear,
    text_check put,
    std::function<std::vector<std::string>()> get
);

template <class Integer>
binding integer(std::string name, Integer& target, std::int64_t min, std::int64_t max) {
    return integer_value(
        std::move(name),
        min,
        max,
        [&target](std::int64_t v) { target = static_cast<Integer>(v); },
        [&target] { return static_cast<std::int64_t>(target); }
    );
}

template <class Duration>
binding duration(std::string name, Duration& target, milliseconds min, milliseconds max) {
    return duration_value(
        std::move(name),
        min,
        max,
        milliseconds(Duration(1)),
        [&target](milliseconds v) { target = std::chrono::duration_cast<Duration>(v); },
        [&target] { return milliseconds(target); }
    );
}

template <class Enum>
binding choice_of(std::string name, Enum& target, std::vector<std::pair<std::string, Enum>> table) {
    std::vector<std::string> names;
    for (const auto& [text, value] : table)
        names.push_back(text);
    auto set = [&target, table](std::size_t at) { target = table[at].second; };
    auto get = [&target, table] {
        for (std::size_t i = 0; i < table.size(); ++i)
            if (table[i].second == target) return i;
        return std::size_t{0};
    };
    return choice(std::move(name), std::move(names), std::move(set), std::move(get));
}

// A list whose items are read by `parse` (empty optional: refused) and written by `print`.
template <class Item, class Parse, class Print>
binding list(
    std::string name,
    std::vector<Item>& target,
    std::string type,
    std::string allowed,
    std::size_t items_max,
    Parse parse,
    Print print
) {
    auto put = [&target, parse](const std::string& text) -> std::string {
        auto item = parse(text);
        if (!item) return "is none";
        target.push_back(std::move(*item));
        return {};
    };
    auto get = [&target, print] {
        std::vector<std::string> texts;
        for (const auto& item : target)
            texts.push_back(print(item));
        return texts;
    };
    return text_list(
        std::move(name),
        std::move(type),
        std::move(allowed),
        items_max,
        [&target] { target.clear(); },
        std::move(put),
        std::move(get)
    );
}

// `"text"` with TOML's escapes.
std::string in_quotes(std::string_view text);

}  // namespace pinwire::config
