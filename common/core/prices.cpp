#include "common/core/prices.hpp"

namespace pinwire {

std::int64_t price_for(std::string_view digits, const price_table& prices, std::int64_t otherwise) {
    if (prices.empty()) return otherwise;
    for (std::size_t length = digits.size(); length > 0; --length) {
        const auto found = prices.find(digits.substr(0, length));
        if (found != prices.end()) return found->second;
    }
    return otherwise;
}

}  // namespace pinwire
