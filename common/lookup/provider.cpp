#include "common/lookup/provider.hpp"

#include <array>

#include "common/core/prefixes.hpp"

namespace pinwire::lookup {

std::span<const std::string_view> placeholders() {
    static constexpr auto all =
        std::to_array<std::string_view>({"number", "+number", "key", "secret"});
    return all;
}

bool description::mentions(std::string_view placeholder) const {
    return target.find(placeholder) != std::string::npos ||
           body.find(placeholder) != std::string::npos;
}

bool provider::covers(const msisdn& number) const {
    if (number.empty()) return false;
    const auto& countries = settings_.countries;
    return countries.empty() || begins_with_any(number.digits(), countries);
}

}  // namespace pinwire::lookup
