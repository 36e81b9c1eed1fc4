#include "common/carriers/balance.hpp"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "common/carriers/wire.hpp"
#include "common/core/json_reader.hpp"

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

std::optional<balance> read_balance_object(const http_response& response, const char* key) {
    nlohmann::json body;
    if (response.status != 200 || read_json(response.body, body)) return std::nullopt;
    const auto amount = amount_of(body, key);
    if (!amount) return std::nullopt;
    return balance{*amount, wire::code_word(wire::text_of(body, "currency"))};
}

}  // namespace pinwire::carriers
