#include "common/lookup/provider.hpp"

#include <algorithm>

namespace pinwire::lookup {

bool description::mentions(std::string_view placeholder) const {
    return target.find(placeholder) != std::string::npos ||
           body.find(placeholder) != std::string::npos;
}

bool provider::covers(const msisdn& number) const {
    if (number.empty()) return false;
    const auto begins = [&](const std::string& prefix) {
        return !prefix.empty() && number.digits().starts_with(prefix);
    };
    const auto& prefixes = settings_.countries;
    return prefixes.empty() || std::any_of(prefixes.begin(), prefixes.end(), begins);
}

}  // namespace pinwire::lookup
