#include "api/infobip/messages.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "api/infobip/members.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/placeholder.hpp"
#include "common/core/sender.hpp"
#include "common/core/text.hpp"

namespace pinwire::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t word_max = 64;
constexpr std::size_t dtmf_max = 8;
constexpr int length_min = 4;
constexpr int length_max = 16;

constexpr std::array<std::string_view, 22> languages{
    "en", "es", "ca", "da", "nl", "fr", "de", "it",    "ja",    "ko",    "no",
    "pl", "ru", "sv", "fi", "hr", "sl", "ro", "pt_pt", "pt_br", "zh_cn", "zh_tw"};

std::string type_name(pin_type type) {
    std::string name(to_string(type));
    upper_case(name);
    return name;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
        text.replace(at, what.size(), with);
}

// The caller's own placeholder becomes ours before anything is kept.
void read_text(const infobip_members& from, postgres::message_template& into) {
    const auto mark = placeholder_of(dialect::infobip);
    const auto own = from.text("pinPlaceholder", word_max);
    auto text = from.text("messageText", infobip_text_max);
    if (!text) return;
    if (own && !own->empty() && *own != mark) replace_all(*text, *own, mark);
    if (!has_valid_placeholders(dialect::infobip, *text))
        from.fault("messageText", "must contain {{pin}}");
    else if (!is_infobip_text(*text) || characters_in(*text) > infobip_text_max)
        from.fault("messageText", "at most 1600 characters, no control characters");
    into.text = *std::move(text);
}

void read_pin(
    const infobip_members& from, const infobip_reading& how, postgres::message_template& into
) {
    if (const auto name = from.text("pinType", word_max)) {
        constexpr std::array types{
            pin_type::numeric, pin_type::alpha, pin_type::alphanumeric, pin_type::hex};
        const auto found = std::ranges::find(types, *name, type_name);
        if (found == types.end())
            from.fault("pinType", "must be NUMERIC, ALPHA, HEX or ALPHANUMERIC");
        else
            into.pin_type = *found;
    }
    const int least = how.strict ? infobip_strict_length_min : length_min;
    if (const auto length = from.integer("pinLength", least, length_max))
        into.pin_length = static_cast<std::uint8_t>(*length);
}

// An empty one takes the sender away.
void read_sender(const infobip_members& from, postgres::message_template& into) {
    const char* name = from.has("senderId") ? "senderId" : "sender";
    const auto sender = from.text(name, word_max);
    if (!sender) return;
    if (!sender->empty() && !is_sender(*sender))
        from.fault(name, "at most 11 letters, digits and spaces, or at most 15 digits");
    into.sender = *sender;
}

void read_voice(const infobip_members& from, postgres::message_template& into) {
    if (const auto language = from.text("language", word_max)) {
        if (!language->empty() && !infobip_language(*language))
            from.fault("language", "is not supported");
        into.language = *language;
    }
    if (const auto dtmf = from.text("repeatDTMF", dtmf_max)) {
        if (dtmf->find_first_not_of("0123456789*#") != std::string::npos)
            from.fault("repeatDTMF", "must be digits, * and #");
        into.repeat_dtmf = *dtmf;
    }
    if (const auto rate = from.number("speechRate", 0.5, 2.0)) into.speech_rate = rate;
    if (const auto voice = from.text("voiceName", word_max)) {
        if (has_control_characters(*voice))
            from.fault("voiceName", "must be text without control characters");
        into.voice_name = *voice;
    }
}

void read_regional(
    const infobip_members& top, infobip_faults& faults, postgres::message_template& into
) {
    const auto* regional = top.object("regional");
    if (regional == nullptr) return;
    into.regional.clear();
    const infobip_members below(*regional, faults, "regional.");
    const auto* india = below.object("indiaDlt");
    if (india == nullptr) return;
    const infobip_members from(*india, faults, "regional.indiaDlt.");
    from.require("principalEntityId");
    ordered_json kept = ordered_json::object();
    const auto keep = [&](const char* name, std::size_t most) {
        const auto value = from.text(name, most);
        if (!value) return;
        if (has_control_characters(*value)) from.fault(name, "no control characters");
        kept[name] = *value;
    };
    keep("contentTemplateId", 30);
    keep("principalEntityId", 30);
    keep("teleMarketerId", 255);
    ordered_json made = ordered_json::object();
    made["indiaDlt"] = std::move(kept);
    into.regional = made.dump();
}

}  // namespace

bool is_infobip_text(std::string_view text) {
    return std::ranges::none_of(text, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7F;
    });
}

std::optional<std::string> infobip_language(std::string_view given) {
    std::string spelled(given);
    std::ranges::transform(spelled, spelled.begin(), [](char c) {
        if (c == '-') return '_';
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    if (std::ranges::find(languages, spelled) == languages.end()) return std::nullopt;
    return spelled;
}

india_dlt infobip_dlt(std::string_view regional) {
    json read;
    if (regional.empty() || read_json(regional, read) || !read.is_object()) return {};
    const auto india = read.find("indiaDlt");
    if (india == read.end() || !india->is_object()) return {};
    const auto text = [&](const char* name) {
        const auto at = india->find(name);
        return at != india->end() && at->is_string() ? at->get<std::string>() : std::string();
    };
    india_dlt made;
    made.principal_entity_id = text("principalEntityId");
    if (made.empty()) return made;
    made.content_template_id = text("contentTemplateId");
    made.telemarketer_id = text("teleMarketerId");
    return made;
}

infobip_faults read_infobip_message(
    const json& body, const infobip_reading& how, postgres::message_template& into
) {
    infobip_faults faults;
    const infobip_members from(body, faults);
    if (how.creating) {
        from.require("messageText");
        from.require("pinType");
        if (how.strict) into.pin_length = std::max(into.pin_length, infobip_strict_length_min);
    }
    read_text(from, into);
    read_pin(from, how, into);
    read_sender(from, into);
    read_voice(from, into);
    read_regional(from, faults, into);
    return faults;
}

ordered_json infobip_message_json(const postgres::message_template& of, infobip_version version) {
    ordered_json made = ordered_json::object();
    const auto add = [&made](const char* name, const std::string& value) {
        if (!value.empty()) made[name] = value;
    };
    const bool v1 = version == infobip_version::v1;
    made["messageId"] = of.id;
    made["applicationId"] = of.application;
    made["pinPlaceholder"] = placeholder_of(dialect::infobip);
    made["messageText"] = of.text;
    made["pinLength"] = of.pin_length;
    made["pinType"] = type_name(of.pin_type);
    if (v1) add("sender", of.sender);
    add("language", of.language);
    add("voiceName", of.voice_name);
    if (!v1) add("senderId", of.sender);
    add("repeatDTMF", of.repeat_dtmf);
    if (of.speech_rate) made["speechRate"] = *of.speech_rate;
    if (!of.regional.empty()) made["regional"] = ordered_json::parse(of.regional);
    return made;
}

}  // namespace pinwire::api
