#include "common/core/route_choice.hpp"

#include <algorithm>

#include "common/core/calling_code.hpp"
#include "common/core/prefixes.hpp"

namespace pinwire {
namespace {

bool contains(const std::vector<std::string>& sorted, std::string_view text) {
    return std::binary_search(sorted.begin(), sorted.end(), text, std::less<>());
}

// Digits of the longest of these that `text` begins with; 0: of none.
int longest_start(const std::vector<std::string>& sorted, std::string_view text) {
    if (sorted.empty()) return 0;
    return by_longest_prefix(text, text.size(), [&sorted](std::string_view prefix) {
        return contains(sorted, prefix) ? static_cast<int>(prefix.size()) : 0;
    });
}

bool names(const route_terms& terms, std::string_view account) {
    return std::any_of(terms.accounts.begin(), terms.accounts.end(), [&](const auto& one) {
        return one.view() == account;
    });
}

class judgement {
public:
    judgement(const route_wish& wish, among_equals equals)
        : wish_(wish), country_(country_of(wish.digits).code), equals_(equals) {}

    // Whether it competes; then with its rank, else with what keeps it out.
    bool competes(route_candidate& route) const {
        route.rank = route_rank();
        route.standing = keeps_out(route);
        if (route.standing != route_standing::taken) return false;
        const auto& terms = *route.terms;
        route.rank.paused = route.paused;
        route.rank.unhealthy = !route.healthy;
        route.rank.for_everybody = terms.accounts.empty();
        route.rank.priority = terms.priority;
        if (equals_ == among_equals::price) {
            route.rank.price = price_for(wish_.digits, terms.prices, terms.price);
        }
        return true;
    }

private:
    route_standing keeps_out(route_candidate& route) const {
        const auto& terms = *route.terms;
        if (terms.channel != wish_.channel) return route_standing::other_channel;
        if (terms.retired) return route_standing::retired;
        if (!terms.accounts.empty() && !names(terms, wish_.account))
            return route_standing::other_account;
        const auto where = fits(terms, route.rank);
        if (where != route_standing::taken) return where;
        return route.tried ? route_standing::refused : route_standing::taken;
    }

    route_standing fits(const route_terms& terms, route_rank& rank) const {
        const bool named_place = !terms.countries.empty() || !terms.prefixes.empty();
        if (!terms.networks.empty()) {
            if (!wish_.network.empty()) {
                rank.network = -longest_start(terms.networks, wish_.network);
                return rank.network < 0 ? route_standing::taken : route_standing::other_network;
            }
            if (!named_place) return route_standing::other_network;
        }
        if (!named_place) return route_standing::taken;
        int digits = longest_start(terms.prefixes, wish_.digits);
        if (!country_.empty() && contains(terms.countries, country_))
            digits = std::max(digits, static_cast<int>(country_.size()));
        rank.place = -digits;
        return digits > 0 ? route_standing::taken : route_standing::other_place;
    }

    const route_wish& wish_;
    std::string_view country_;
    among_equals equals_;
};

bool is_equal(const route_candidate& route, const route_rank& best) {
    return route.standing == route_standing::taken && route.rank == best;
}

// By what a route loses against a better one.
route_standing lost_by(const route_rank& one, const route_rank& best) {
    if (one.paused != best.paused) return route_standing::paused;
    if (one.unhealthy != best.unhealthy) return route_standing::unhealthy;
    if (one.for_everybody != best.for_everybody) return route_standing::less_account;
    if (one.network != best.network) return route_standing::less_network;
    if (one.place != best.place) return route_standing::less_place;
    if (one.priority != best.priority) return route_standing::priority;
    return route_standing::price;
}

struct field {
    const route_rank* best = nullptr;  // null: nobody competes
    std::uint64_t weights = 0;         // of all that are equal to the best
    std::size_t equals = 0;
};

field judge(std::span<route_candidate> routes, const route_wish& wish, among_equals equals) {
    const judgement by(wish, equals);
    field all;
    for (auto& route : routes) {
        if (!by.competes(route)) continue;
        const bool better = all.best == nullptr || route.rank < *all.best;
        if (better) {
            all.best = &route.rank;
            all.weights = 0;
            all.equals = 0;
        }
        if (route.rank != *all.best) continue;
        all.weights += route.terms->weight;
        ++all.equals;
    }
    return all;
}

}  // namespace

void route_terms::make_ready() {
    for (auto* list : {&countries, &prefixes, &networks})
        std::sort(list->begin(), list->end());
}

std::optional<std::size_t> choose_route(
    std::span<route_candidate> routes,
    const route_wish& wish,
    among_equals equals,
    std::uint32_t random
) {
    const auto all = judge(routes, wish, equals);
    if (all.best == nullptr) return std::nullopt;
    // where nobody has any weight, each counts as one
    const std::uint64_t total = all.weights > 0 ? all.weights : all.equals;
    std::uint64_t at = (static_cast<std::uint64_t>(random) * total) >> 32;  // 0 to total - 1
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (!is_equal(routes[i], *all.best)) continue;
        const std::uint64_t part = all.weights > 0 ? routes[i].terms->weight : 1;
        if (at < part) return i;
        at -= part;
    }
    return std::nullopt;
}

std::vector<route_explanation> explain_routes(
    std::span<route_candidate> routes, const route_wish& wish, among_equals equals
) {
    const auto all = judge(routes, wish, equals);
    std::vector<route_explanation> told;
    for (auto& route : routes) {
        route_explanation one;
        one.route = &route;
        one.price = price_for(wish.digits, route.terms->prices, route.terms->price);
        if (route.standing == route_standing::taken && all.best != nullptr) {
            if (route.rank != *all.best) {
                route.standing = lost_by(route.rank, *all.best);
            } else if (all.weights > 0 && route.terms->weight == 0) {
                route.standing = route_standing::no_weight;
            } else {
                const auto part = all.weights > 0 ? route.terms->weight : 1;
                one.share = static_cast<double>(part) /
                            static_cast<double>(all.weights > 0 ? all.weights : all.equals);
            }
        }
        told.push_back(one);
    }
    std::stable_sort(told.begin(), told.end(), [](const auto& a, const auto& b) {
        const bool a_in = a.route->standing >= route_standing::paused;
        const bool b_in = b.route->standing >= route_standing::paused;
        if (a_in != b_in) return a_in;
        if (a_in && a.route->rank != b.route->rank) return a.route->rank < b.route->rank;
        return a.share > b.share;
    });
    return told;
}

std::string_view to_string(route_standing standing) {
    switch (standing) {
        case route_standing::other_channel:
            return "other_channel";
        case route_standing::retired:
            return "retired";
        case route_standing::other_account:
            return "other_account";
        case route_standing::other_network:
            return "other_network";
        case route_standing::other_place:
            return "other_place";
        case route_standing::refused:
            return "refused";
        case route_standing::paused:
            return "paused";
        case route_standing::unhealthy:
            return "unhealthy";
        case route_standing::less_account:
            return "less_account";
        case route_standing::less_network:
            return "less_network";
        case route_standing::less_place:
            return "less_place";
        case route_standing::priority:
            return "priority";
        case route_standing::price:
            return "price";
        case route_standing::no_weight:
            return "no_weight";
        case route_standing::taken:
            return "taken";
    }
    return "?";
}

}  // namespace pinwire
