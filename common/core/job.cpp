#include "common/core/job.hpp"

#include <algorithm>
#include <array>

#include "common/core/word_table.hpp"

namespace pinwire {
namespace {

constexpr std::array channel_words{
    word<channel>{channel::sms, "sms"},
    word<channel>{channel::voice, "voice"},
};
constexpr std::array dialect_words{
    word<dialect>{dialect::nrs360, "360nrs"},
    word<dialect>{dialect::infobip, "infobip"},
};
constexpr std::array format_words{
    word<report_format>{report_format::nrs360, "360nrs"},
    word<report_format>{report_format::infobip, "infobip"},
    word<report_format>{report_format::standard, "standard"},
};
constexpr std::array pin_type_words{
    word<pin_type>{pin_type::numeric, "numeric"},
    word<pin_type>{pin_type::alpha, "alpha"},
    word<pin_type>{pin_type::alphanumeric, "alphanumeric"},
    word<pin_type>{pin_type::hex, "hex"},
};
constexpr std::array policy_words{
    word<lookup_policy>{lookup_policy::skip, "skip"},
    word<lookup_policy>{lookup_policy::hlr_lookup, "hlr_lookup"},
    word<lookup_policy>{lookup_policy::nc_needed, "ncNeeded"},
};

// PROTOCOLS 2.5.
constexpr std::array<std::string_view, 22> languages{
    "en", "es", "ca", "da", "nl", "fr", "de", "it",    "ja",    "ko",    "no",
    "pl", "ru", "sv", "fi", "hr", "sl", "ro", "pt_pt", "pt_br", "zh_cn", "zh_tw"};

}  // namespace

std::string_view to_string(channel value) {
    return text_of(channel_words, value);
}
std::string_view to_string(dialect value) {
    return text_of(dialect_words, value);
}
std::string_view to_string(report_format value) {
    return text_of(format_words, value);
}
std::string_view to_string(pin_type value) {
    return text_of(pin_type_words, value);
}
std::string_view to_string(lookup_policy value) {
    return text_of(policy_words, value);
}

std::optional<channel> parse_channel(std::string_view text) {
    return value_of<channel>(channel_words, text);
}
std::optional<dialect> parse_dialect(std::string_view text) {
    return value_of<dialect>(dialect_words, text);
}
std::optional<report_format> parse_report_format(std::string_view text) {
    return value_of<report_format>(format_words, text);
}
std::optional<pin_type> parse_pin_type(std::string_view text) {
    return value_of<pin_type>(pin_type_words, text);
}
std::optional<lookup_policy> parse_lookup_policy(std::string_view text) {
    return value_of<lookup_policy>(policy_words, text);
}

bool is_language(std::string_view text) {
    return std::find(languages.begin(), languages.end(), text) != languages.end();
}

}  // namespace pinwire
