#include "api/infobip/placeholders.hpp"

#include <nlohmann/json.hpp>

#include "api/infobip/messages.hpp"
#include "common/core/placeholder.hpp"
#include "common/core/text.hpp"

namespace pinwire::api {
namespace {

constexpr const char* member = "placeholders";
constexpr std::size_t placeholders_max = 50;
constexpr std::size_t name_max = 64;

bool is_name(const std::string& text) {
    return !text.empty() && text.size() <= name_max && text != "pin" &&
           text.find_first_of("{}") == std::string::npos && !has_control_characters(text);
}

}  // namespace

std::optional<infobip_placeholders> read_infobip_placeholders(const infobip_members& from) {
    const auto* given = from.object(member);
    if (given == nullptr) return std::nullopt;
    if (given->size() > placeholders_max) {
        from.fault(member, "at most 50");
        return std::nullopt;
    }
    infobip_placeholders made;
    for (const auto& [name, value] : given->items()) {
        if (!is_name(name)) {
            from.fault(member, "names must not be pin and must not contain braces");
            return std::nullopt;
        }
        const auto* text = value.get_ptr<const std::string*>();
        if (text == nullptr || characters_in(*text) > infobip_text_max) {
            from.fault(member, "values must be strings of at most 1600 characters");
            return std::nullopt;
        }
        made.emplace(name, *text);
    }
    return made;
}

std::optional<std::string> fill_infobip_text(
    std::string_view text, const infobip_placeholders& values
) {
    const auto pins = placeholders_in(dialect::infobip, text);
    std::string made;
    auto rest = text;
    while (!rest.empty()) {
        const auto open = rest.find("{{");
        const auto close =
            open == std::string_view::npos ? std::string_view::npos : rest.find("}}", open);
        if (close == std::string_view::npos) break;
        const auto value = values.find(std::string(rest.substr(open + 2, close - open - 2)));
        // behind the first brace only: "{{{name}}" has its mark one further
        const auto taken = value == values.end() ? open + 1 : close + 2;
        made += rest.substr(0, value == values.end() ? taken : open);
        if (value != values.end()) made += value->second;
        rest.remove_prefix(taken);
    }
    made += rest;
    if (placeholders_in(dialect::infobip, made) != pins || !is_infobip_text(made) ||
        characters_in(made) > infobip_text_max)
        return std::nullopt;
    return made;
}

}  // namespace pinwire::api
