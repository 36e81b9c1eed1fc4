#include "common/core/dlt_codec.hpp"

#include <nlohmann/json.hpp>

#include "common/core/text.hpp"

namespace pinwire {
namespace {

using nlohmann::json;
using fault = std::optional<dlt_fault>;

constexpr std::size_t id_max = 30;
constexpr std::size_t telemarketer_max = 255;

fault read_id(
    const json& given, const char* name, std::size_t most, const char* rule, std::string& into
) {
    const auto at = given.find(name);
    if (at == given.end()) return std::nullopt;
    const auto field = std::string("india_dlt.") + name;
    if (!at->is_string()) return dlt_fault{"wrong_type", field, "a string"};
    const auto& text = *at->get_ptr<const std::string*>();
    if (text.empty() || characters_in(text) > most || has_control_characters(text))
        return dlt_fault{"bad_value", field, rule};
    into = text;
    return std::nullopt;
}

}  // namespace

fault read_dlt(const json& root, india_dlt& ids) {
    const auto at = root.find("india_dlt");
    if (at == root.end()) return std::nullopt;
    if (!at->is_object()) return dlt_fault{"wrong_type", "india_dlt", "an object"};
    constexpr auto rule = "1 to 30 characters, no control characters";
    constexpr auto long_rule = "1 to 255 characters, no control characters";
    auto wrong = read_id(*at, "principal_entity_id", id_max, rule, ids.principal_entity_id);
    if (!wrong && ids.empty())
        wrong = dlt_fault{"missing_field", "india_dlt.principal_entity_id", "required"};
    if (!wrong) wrong = read_id(*at, "content_template_id", id_max, rule, ids.content_template_id);
    if (!wrong)
        wrong = read_id(*at, "telemarketer_id", telemarketer_max, long_rule, ids.telemarketer_id);
    return wrong;
}

void write_dlt(const india_dlt& given, json& into) {
    if (given.empty()) return;
    auto& made = into["india_dlt"] = json::object();
    const auto add = [&made](const char* name, const std::string& id) {
        if (!id.empty()) made[name] = id;
    };
    add("principal_entity_id", given.principal_entity_id);
    add("content_template_id", given.content_template_id);
    add("telemarketer_id", given.telemarketer_id);
}

}  // namespace pinwire
