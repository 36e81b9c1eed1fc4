#include "common/config/route_terms.hpp"

namespace pinwire::config {

route_terms terms_of(const settings& all, const route_settings& from) {
    route_terms made;
    made.name = from.name;
    made.channel = from.channel;
    made.accounts = from.accounts;
    made.countries = from.countries;
    made.prefixes = from.prefixes;
    made.networks = from.networks;
    made.priority = from.priority;
    made.weight = static_cast<unsigned>(from.weight);
    made.price = from.price;
    made.prices = from.prices;
    const auto carrier = all.carriers.find(from.carrier);
    made.retired = carrier != all.carriers.end() && carrier->second.retired;
    made.make_ready();
    return made;
}

}  // namespace pinwire::config
