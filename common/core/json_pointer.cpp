#include "common/core/json_pointer.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace pinwire {
namespace {

using nlohmann::json;

std::optional<std::string> unescape(std::string_view token) {
    std::string name;
    for (std::size_t at = 0; at < token.size(); ++at) {
        if (token[at] != '~') {
            name += token[at];
            continue;
        }
        ++at;
        if (at == token.size() || (token[at] != '0' && token[at] != '1')) return std::nullopt;
        name += token[at] == '0' ? '~' : '/';
    }
    return name;
}

const json* step(const json& value, const std::string& name) {
    if (value.is_object()) {
        const auto found = value.find(name);
        return found == value.end() ? nullptr : &*found;
    }
    if (!value.is_array() || name.empty() || (name.size() > 1 && name[0] == '0')) return nullptr;
    std::size_t index = 0;
    const auto* last = name.data() + name.size();
    const auto [end, error] = std::from_chars(name.data(), last, index);
    if (error != std::errc() || end != last || index >= value.size()) return nullptr;
    return &value[index];
}

// Splits the first token off.
std::string_view next_token(std::string_view& pointer) {
    pointer.remove_prefix(1);
    const auto token = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(token.size());
    return token;
}

}  // namespace

bool is_json_pointer(std::string_view text) {
    if (text.empty()) return true;
    if (text.front() != '/') return false;
    while (!text.empty())
        if (!unescape(next_token(text))) return false;
    return true;
}

const json* at_pointer(const json& value, std::string_view pointer) {
    if (!is_json_pointer(pointer)) return nullptr;
    const json* found = &value;
    while (found != nullptr && !pointer.empty())
        found = step(*found, *unescape(next_token(pointer)));
    return found;
}

std::string scalar_at(const json& value, std::string_view pointer) {
    const json* found = at_pointer(value, pointer);
    if (found == nullptr) return {};
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number_integer() || found->is_boolean()) return found->dump();
    return {};
}

}  // namespace pinwire
