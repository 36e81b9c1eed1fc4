#include "common/carriers/balance.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pinwire::carriers {

std::optional<double> amount_of(const nlohmann::json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (found == object.end()) return std::nullopt;
    double amount = 0;
    if (found->is_number()) {
        amount = found->get<double>();
    } else if (found->is_string()) {
        const auto& text = found->get_ref<const std::string&>();
        const auto read = std::from_chars(
            text.data(), text.data() + text.size(), amount, std::chars_format::fixed
        );
        if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
    } else {
        return std::nullopt;
    }
    if (!std::isfinite(amount)) return std::nullopt;
    return amount;
}

}  // namespace pinwire::carriers
