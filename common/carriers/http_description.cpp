#include "common/carriers/http_description.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/core/form.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/text_template.hpp"

namespace pinwire::carriers {
namespace {

constexpr auto sms_names = std::to_array<std::string_view>({
    "to",
    "to_plus",
    "from",
    "text",
    "reference",
    "dlr_url",
    "validity_minutes",
    "validity_seconds",
    "parts",
    "username",
    "secret",
    "dlt_entity",
    "dlt_template",
    "dlt_telemarketer",
});
constexpr auto voice_names = std::to_array<std::string_view>({
    "to",
    "to_plus",
    "from",
    "text",
    "reference",
    "dlr_url",
    "validity_minutes",
    "validity_seconds",
    "username",
    "secret",
    "language",
    "speech_rate",
    "repeat_dtmf",
    "voice_name",
    "machine_detection",
    "press_key",
});
constexpr auto pull_names = std::to_array<std::string_view>({
    "id",
    "reference",
    "to",
    "to_plus",
    "username",
    "secret",
});

// What the connection or the template's own keys settle.
constexpr auto settled_headers = std::to_array<std::string_view>({
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "transfer-encoding",
    "upgrade",
});

std::string unknown(const std::string& name, placeholders known) {
    return "holds " + name + ", which stands for nothing; known are " + placeholders_text(known);
}

bool is_token(std::string_view name) {
    constexpr std::string_view others = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [others](char c) {
        const bool plain =
            (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        return plain || others.find(c) != std::string_view::npos;
    });
}

std::string lower(std::string_view name) {
    std::string made(name);
    for (char& c : made)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return made;
}

// Something for each placeholder: figures where a number may stand without quotes, else what is
// most likely to break out of its place.
std::string_view sample_of(std::string_view name) {
    constexpr auto figures = std::to_array<std::string_view>(
        {"to", "validity_minutes", "validity_seconds", "parts", "speech_rate"}
    );
    if (std::find(figures.begin(), figures.end(), name) != figures.end()) return "1";
    if (name == "machine_detection" || name == "press_key") return "true";
    return "a\"'&=<>\\{}\r\n%\xE2\x82\xAC";
}

}  // namespace

placeholders placeholders_of(channel on) {
    if (on == channel::voice) return voice_names;
    return sms_names;
}

placeholders placeholders_of_pull() {
    return pull_names;
}

std::string placeholders_text(placeholders known) {
    std::string all;
    for (const auto name : known)
        all += (all.empty() ? "{" : ", {") + std::string(name) + "}";
    return all;
}

std::string target_fault(std::string_view target, placeholders known) {
    if (!target.starts_with('/')) return "doesn't begin with a slash";
    for (const char c : target)
        if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
            c == '#')
            return "holds a character that a path or query can't have as it is";
    const auto parsed = text_template::parse(target, known);
    return parsed ? std::string() : unknown(parsed.error(), known);
}

std::string header_fault(std::string_view line, placeholders known) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    if (colon == std::string_view::npos || !is_token(name)) return "is no \"Name: value\"";
    const auto& settled = settled_headers;
    if (std::find(settled.begin(), settled.end(), lower(name)) != settled.end())
        return "names a header that isn't set here";
    for (const char c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return "holds a control character";
    const auto parsed = text_template::parse(line.substr(colon + 1), known);
    if (!parsed) return unknown(parsed.error(), known);
    if (parsed->holds("text")) return "holds {text}, which a header can't carry unharmed";
    return {};
}

std::string body_fault(const http_request_template& given, placeholders known) {
    using body_kind = http_request_template::body_kind;
    const auto parsed = text_template::parse(given.body, known);
    if (!parsed) return unknown(parsed.error(), known);
    if (given.body.empty()) return {};
    if (given.kind == body_kind::json) {
        nlohmann::json read;
        const auto fault = read_json(parsed->fill(escaping::json, sample_of), read);
        if (fault)
            return "isn't JSON once it is filled in (" + std::string(to_string(*fault)) +
                   "); does each placeholder stand in quotes?";
    }
    if (given.kind == body_kind::form) {
        const auto filled = parsed->fill(escaping::form, sample_of);
        if (!form::parse(filled)) return "isn't a form once it is filled in";
    }
    return {};
}

}  // namespace pinwire::carriers
