#include "common/config/job_price.hpp"

#include <algorithm>
#include <vector>

#include "common/config/price.hpp"
#include "common/core/route_choice.hpp"

namespace pinwire::config {
namespace {

bool takes_new(const settings& settings, const route_settings& route) {
    const auto carrier = settings.carriers.find(route.carrier);
    const bool retired = carrier != settings.carriers.end() && carrier->second.retired;
    return !route.paused && !retired;
}

// What the choice asks of it but for its prices: a table of them is long, and isn't copied.
route_terms places_of(const route_settings& from) {
    route_terms made;
    made.channel = from.channel;
    made.accounts = from.accounts;
    made.countries = from.countries;
    made.prefixes = from.prefixes;
    made.networks = from.networks;
    made.priority = from.priority;
    made.weight = static_cast<unsigned>(from.weight);
    made.make_ready();
    return made;
}

}  // namespace

std::int64_t price_of(const settings& settings, const job& of, std::string_view network) {
    std::vector<route_terms> terms;
    std::vector<const route_settings*> routes;
    for (const auto& [name, route] : settings.routes) {
        if (route.channel != of.channel || !takes_new(settings, route)) continue;
        terms.push_back(places_of(route));
        routes.push_back(&route);
    }
    std::vector<route_candidate> candidates(terms.size());
    for (std::size_t i = 0; i < terms.size(); ++i)
        candidates[i].terms = &terms[i];
    route_wish wish;
    wish.channel = of.channel;
    wish.account = of.account.view();
    wish.digits = of.to.digits();
    wish.network = network;
    std::int64_t price = 0;
    for (const auto& told : explain_routes(candidates, wish, among_equals::weight)) {
        if (told.share <= 0) continue;
        const auto at = static_cast<std::size_t>(told.route->terms - terms.data());
        price = std::max(price, price_on(*routes[at], of.to));
    }
    return price == 0 ? 0 : price * parts_of(of);
}

}  // namespace pinwire::config
