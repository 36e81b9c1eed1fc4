#include "api/infobip/members.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/core/json_reader.hpp"
#include "common/core/text.hpp"

namespace pinwire::api {

using nlohmann::json;

bool read_infobip_body(std::string_view bytes, json& into, infobip_faults& faults) {
    const auto fault = read_json(bytes, into);
    if (!fault && into.is_object()) return true;
    if (fault == json_fault::duplicate_key)
        faults.add("body", "no name twice in one object");
    else if (fault == json_fault::too_deep)
        faults.add("body", "nested too deeply");
    else
        faults.add("body", "must be a JSON object");
    return false;
}

infobip_members::infobip_members(const json& object, infobip_faults& faults, std::string prefix)
    : object_(object), faults_(faults), prefix_(std::move(prefix)) {}

const json* infobip_members::find(const char* name) const {
    const auto at = object_.find(name);
    return at == object_.end() || at->is_null() ? nullptr : &*at;
}

void infobip_members::fault(const char* name, std::string_view rule) const {
    faults_.add(prefix_ + name, rule);
}

void infobip_members::require(const char* name) const {
    if (!has(name)) fault(name, "is required");
}

const json* infobip_members::object(const char* name) const {
    const auto* at = find(name);
    if (at == nullptr || at->is_object()) return at;
    fault(name, "must be an object");
    return nullptr;
}

std::optional<std::string> infobip_members::text(const char* name, std::size_t characters_max)
    const {
    const auto* at = find(name);
    if (at == nullptr) return std::nullopt;
    if (!at->is_string()) {
        fault(name, "must be a string");
        return std::nullopt;
    }
    const auto& value = *at->get_ptr<const std::string*>();
    if (characters_in(value) <= characters_max) return value;
    fault(name, fmt::format("at most {} characters", characters_max));
    return std::nullopt;
}

std::optional<std::int64_t> infobip_members::integer(
    const char* name, std::int64_t least, std::int64_t most
) const {
    const auto* at = find(name);
    if (at == nullptr) return std::nullopt;
    const auto value = integer_of(*at, least, most);
    if (!value) fault(name, fmt::format("must be an integer from {} to {}", least, most));
    return value;
}

std::optional<double> infobip_members::number(const char* name, double least, double most) const {
    const auto* at = find(name);
    if (at == nullptr) return std::nullopt;
    if (at->is_number()) {
        const auto value = at->get<double>();
        if (value >= least && value <= most) return value;
    }
    fault(name, fmt::format("must be a number from {} to {}", least, most));
    return std::nullopt;
}

std::optional<bool> infobip_members::boolean(const char* name) const {
    const auto* at = find(name);
    if (at == nullptr) return std::nullopt;
    if (at->is_boolean()) return at->get<bool>();
    fault(name, "must be true or false");
    return std::nullopt;
}

}  // namespace pinwire::api
