#include "common/core/prices.hpp"

#include "common/core/prefixes.hpp"

namespace pinwire {

std::int64_t price_for(std::string_view digits, const price_table& prices, std::int64_t otherwise) {
    const auto* found = find_by_prefix(prices, digits);
    return found == nullptr ? otherwise : *found;
}

}  // namespace pinwire
