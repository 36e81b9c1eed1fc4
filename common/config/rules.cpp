#include "common/config/rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/core/address_policy.hpp"
#include "common/core/conninfo.hpp"
#include "common/core/placeholder.hpp"
#include "common/core/text.hpp"
#include "common/core/url.hpp"
#include "common/core/zone_offset.hpp"

namespace pinwire::config {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_word(char c, std::string_view more) {
    return is_digit(c) || is_letter(c) || more.find(c) != std::string_view::npos;
}
bool is_word(std::string_view text, std::string_view more, std::size_t max) {
    if (text.empty() || text.size() > max) return false;
    return std::all_of(text.begin(), text.end(), [more](char c) { return is_word(c, more); });
}

}  // namespace

bool is_name(std::string_view text) {
    return is_word(text, "-_", 40);
}

bool is_digits(std::string_view text, std::size_t max) {
    return !text.empty() && text.size() <= max && text.front() != '0' &&
           std::all_of(text.begin(), text.end(), is_digit);
}

bool is_sender(std::string_view text) {
    if (text.empty()) return false;
    if (std::all_of(text.begin(), text.end(), is_digit)) return text.size() <= 15;
    return is_word(text, " ", 11) && text.front() != ' ' && text.back() != ' ';
}

bool is_inner_host(const std::string& host) {
    if (const auto address = ip_address::parse(host)) return !is_public_unicast(*address);
    if (host.find('.') == std::string::npos) return true;
    constexpr std::string_view reserved = ".internal";  // for private use, never in public DNS
    return host.size() > reserved.size() &&
           host.compare(host.size() - reserved.size(), reserved.size(), reserved) == 0;
}

text_rule url_rule() {
    const auto check = [](const std::string& text) -> std::string {
        const auto parsed = url::parse(text);
        if (!parsed) return std::string(to_string(parsed.error()));
        if (text.back() == '/') return "ends with a slash";
        if (text.find('?') != std::string::npos) return "has a query";
        return {};
    };
    return {"http:// or https://, without a query and a slash at the end", check, "URL"};
}

text_rule proxy_rule() {
    const auto check = [](const std::string& text) -> std::string {
        const auto parsed = url::parse(text);
        if (!parsed) return std::string(to_string(parsed.error()));
        const auto authority = text.substr(text.find("//") + 2);
        const auto end_of_host = authority.find(']');
        const auto colon = authority.find(':', end_of_host == std::string::npos ? 0 : end_of_host);
        if (parsed->is_https()) return "is https; only the way to the proxy itself is meant";
        if (colon == std::string::npos) return "names no port";
        if (authority.find_first_of("/?") != std::string::npos) return "has a path";
        return {};
    };
    return {"http://HOST:PORT", check, "URL"};
}

text_rule header_name_rule() {
    const auto check = [](const std::string& text) {
        return std::string(is_word(text, "-_", 64) ? "" : "is no header's name");
    };
    return {"letters, digits, - and _; at most 64", check};
}

text_rule topic_rule() {
    const auto check = [](const std::string& text) {
        const bool fine = is_word(text, "._-", 249) && text != "." && text != "..";
        return std::string(fine ? "" : "is no topic's name");
    };
    return {"1 to 249 of letters, digits, . _ -", check};
}

text_rule group_rule() {
    const auto check = [](const std::string& text) {
        return std::string(is_word(text, "._-", 200) ? "" : "is no group's name");
    };
    return {"1 to 200 of letters, digits, . _ -", check};
}

text_rule bootstrap_rule() {
    const auto check = [](const std::string& text) -> std::string {
        std::size_t at = 0;
        while (at <= text.size()) {
            const auto comma = std::min(text.find(',', at), text.size());
            const auto one = text.substr(at, comma - at);
            const auto colon = one.rfind(':');
            if (colon == std::string::npos || colon == 0 || !is_digits(one.substr(colon + 1), 5) ||
                std::stoi(one.substr(colon + 1)) > 65535)
                return in_quotes(one) + " is no HOST:PORT";
            if (!is_word(one.substr(0, colon), ".-_[]:", 255))
                return in_quotes(one) + " has no host";
            at = comma + 1;
        }
        return {};
    };
    return {"HOST:PORT, several with commas between them", check};
}

text_rule conninfo_rule() {
    const auto check = [](const std::string& text) -> std::string {
        const auto read = read_conninfo(text);
        if (!read.wrong.empty()) return read.wrong;
        for (const auto* secret : {"password", "sslpassword"})
            if (read.values.count(secret))
                return fmt::format("holds {}=; it belongs into a file (password_file)", secret);
        if (read.values.empty()) return "is empty";
        return {};
    };
    return {"libpq's key=value form, without a password", check};
}

text_rule time_zone_rule() {
    const auto check = [](const std::string& text) -> std::string {
        if (!zone_offset(text)) return in_quotes(text) + " is no fixed offset";
        return {};
    };
    return {"a fixed offset: \"UTC\", \"+02:00\"", check};
}

text_rule printable_rule(std::size_t max) {
    const auto check = [max](const std::string& text) -> std::string {
        if (text.empty()) return "is empty";
        if (text.size() > max) return fmt::format("has {} bytes", text.size());
        const auto bad = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
        if (std::any_of(text.begin(), text.end(), bad)) return "holds a control character";
        return {};
    };
    return {fmt::format("1 to {} bytes, no control characters", max), check};
}

// As the job codec has it: what it refuses would be answered "ok" and end a dead letter.
text_rule account_text_rule(dialect spoken) {
    const bool once = spoken == dialect::nrs360;
    const std::string placeholder(placeholder_of(spoken));
    auto allowed = fmt::format(
        "text with {} {}; at most {} characters, no control characters but line breaks and tabs",
        placeholder,
        once ? "exactly once" : "in it",
        message_text_max
    );
    auto check = [spoken, placeholder](const std::string& text) -> std::string {
        const auto count = placeholders_in(spoken, text);
        if (count == 0) return "has no " + placeholder;
        if (!has_valid_placeholders(spoken, text))
            return fmt::format("has {} {} times", placeholder, count);
        if (!is_utf8(text)) return "is no UTF-8";
        if (!is_message_text(text)) return "has a control character";
        const auto characters = characters_in(text);
        if (characters > message_text_max) return fmt::format("has {} characters", characters);
        return {};
    };
    return {std::move(allowed), std::move(check)};
}

}  // namespace pinwire::config
