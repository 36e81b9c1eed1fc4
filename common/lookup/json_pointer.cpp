#include "common/lookup/json_pointer.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace pinwire::lookup {
namespace {

using nlohmann::json;

std::optional<std::string> unescaped(std::string_view step) {
    std::string name;
    for (std::size_t at = 0; at < step.size(); ++at) {
        if (step[at] != '~') {
            name += step[at];
            continue;
        }
        ++at;
        if (at == step.size() || (step[at] != '0' && step[at] != '1')) return std::nullopt;
        name += step[at] == '0' ? '~' : '/';
    }
    return name;
}

const json* element_of(const json& array, std::string_view step) {
    const bool padded = step.size() > 1 && step.front() == '0';
    std::size_t place = 0;
    const auto* end = step.data() + step.size();
    const auto read = std::from_chars(step.data(), end, place);
    if (step.empty() || padded || read.ec != std::errc() || read.ptr != end) return nullptr;
    return place < array.size() ? &array[place] : nullptr;
}

const json* child_of(const json& parent, std::string_view step) {
    const auto name = unescaped(step);
    if (!name) return nullptr;
    if (parent.is_array()) return element_of(parent, *name);
    if (!parent.is_object()) return nullptr;
    const auto found = parent.find(*name);
    return found == parent.end() ? nullptr : &*found;
}

// The step in front, which is taken off: "/a/b" gives "a" and leaves "/b".
std::string_view take_step(std::string_view& pointer) {
    pointer.remove_prefix(1);
    const auto step = pointer.substr(0, pointer.find('/'));
    pointer.remove_prefix(step.size());
    return step;
}

}  // namespace

bool is_json_pointer(std::string_view text) {
    if (!text.empty() && text.front() != '/') return false;
    while (!text.empty())
        if (!unescaped(take_step(text))) return false;
    return true;
}

const json* find_at(const json& in, std::string_view pointer) {
    const json* here = &in;
    if (!pointer.empty() && pointer.front() != '/') return nullptr;
    while (here && !pointer.empty())
        here = child_of(*here, take_step(pointer));
    return here;
}

}  // namespace pinwire::lookup
