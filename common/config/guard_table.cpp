#include "common/config/guard_table.hpp"

#include "common/config/bindings.hpp"
#include "common/config/rules.hpp"

namespace pinwire::config {
namespace {

constexpr std::size_t digits_max = 15;
constexpr std::size_t items_max = 10'000;
constexpr auto digits_allowed = "1 to 15 digits, the first not 0";

std::optional<std::string> digits_of(const std::string& text) {
    return is_digits(text, digits_max) ? std::optional(text) : std::nullopt;
}

binding digits_list(std::string name, std::vector<std::string>& target, std::string type) {
    const auto print = [](const std::string& text) { return text; };
    return list(
        std::move(name), target, std::move(type), digits_allowed, items_max, digits_of, print
    );
}

// A list that isn't there is something else than an empty one.
binding countries_in(std::optional<std::vector<std::string>>& target) {
    auto made = text_list(
        "countries",
        "calling codes",
        digits_allowed,
        items_max,
        [&target] { target.emplace(); },
        [&target](const std::string& text) -> std::string {
            if (!digits_of(text)) return "is none";
            target->push_back(text);
            return {};
        },
        [&target] { return target.value_or(std::vector<std::string>()); }
    );
    made.write = [&target, write = std::move(made.write)] { return target ? write() : ""; };
    return made;
}

binding limit(cap which, cap_table& target) {
    binding made;
    made.name = std::string(to_string(which));
    made.type = "limit";
    made.allowed = "MOST/WINDOW, as \"20/1d\"; \"\": none";
    made.read = [which, &target](const node& given, const read_context& c) -> std::string {
        std::string read;
        auto wrong = text("", read).read(given, c);
        if (!wrong.empty()) return wrong;
        const auto parsed = read.empty() ? rate_limit() : parse_rate_limit(read);
        if (!parsed) return "is no limit";
        target[which] = *parsed;
        return {};
    };
    made.write = [which, &target] {
        const auto found = target.find(which);
        if (found == target.end()) return std::string();
        return in_quotes(found->second.bounded() ? to_string(found->second) : std::string());
    };
    return made;
}

void walk_caps(visitor& v, cap_table& caps, bool of_all) {
    for (const auto which : all_caps)
        if (of_all || !is_of_all_accounts(which)) v.key(limit(which, caps));
}

void walk_conversion(visitor& v, conversion_settings& c) {
    using namespace std::chrono_literals;
    constexpr auto week = std::chrono::hours(24 * 7);
    v.key(real("warn_below", c.warn_below, 0, 1));
    v.key(real("stop_below", c.stop_below, 0, 1));
    v.key(integer("least", c.least, 1, 1'000'000'000));
    v.key(duration("window", c.window, 1s, week));
    v.key(duration("after", c.after, 0ms, week));
    v.key(duration("stop_for", c.stop_for, 1s, 52 * week));
    v.key(integer("digits_dropped", c.digits_dropped, 2, 5));
}

}  // namespace

void walk_guard(visitor& v, guard_settings& g) {
    v.key(countries_in(g.destinations.countries));
    v.key(digits_list("blocked_prefixes", g.destinations.blocked_prefixes, "prefixes"));
    v.key(digits_list("blocked_numbers", g.destinations.blocked_numbers, "numbers"));
    v.key(flag("refuse_premium", g.destinations.refuse_premium));
    v.section("caps", [&g](visitor& sub) { walk_caps(sub, g.caps, true); });
    std::vector<std::string> present;
    for (const auto& [name, own] : g.accounts)
        present.push_back(name.str());
    v.named("accounts", present, [&g](const std::string& one, visitor& sub) {
        walk_caps(sub, g.accounts[account_name(one)], false);
    });
    v.section("conversion", [&g](visitor& sub) { walk_conversion(sub, g.conversion); });
}

}  // namespace pinwire::config
