#include "common/core/url.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>

#include "common/core/ip_address.hpp"

namespace pinwire {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z');
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

bool all(std::string_view text, bool (*predicate)(char)) {
    return std::all_of(text.begin(), text.end(), predicate);
}

// Rules about single characters, for the whole text.
std::optional<url_fault> check_characters(std::string_view text) {
    static constexpr std::string_view refused = "\"<>\\^`{|}";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c <= 0x20 || c >= 0x7f || refused.find(text[i]) != std::string_view::npos) {
            return url_fault::bad_character;
        }
        if (text[i] == '%' &&
            (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2]))) {
            return url_fault::bad_escape;
        }
    }
    return std::nullopt;
}

// 1..65535, no sign, no leading zero; 0 if it is none.
std::uint16_t read_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || text[0] == '0' || !all(text, is_digit)) return 0;
    unsigned value = 0;
    for (char c : text)
        value = value * 10 + static_cast<unsigned>(c - '0');
    return value <= 65535 ? static_cast<std::uint16_t>(value) : 0;
}

bool label_is_sound(std::string_view label) {
    if (label.empty() || label.size() > 63) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    return all(label, [](char c) { return is_alnum(c) || c == '-'; });
}

// Resolvers read "2130706433", "0x7f.1" or "127.1" as addresses; so whatever ends like a number
// must be a dotted quad.
bool ends_like_a_number(std::string_view host) {
    if (!host.empty() && host.back() == '.') host.remove_suffix(1);
    const auto last = host.substr(host.rfind('.') + 1);
    if (last.empty()) return false;
    return all(last, is_digit) || (last.starts_with("0x") && all(last.substr(2), is_hex));
}

std::optional<url_fault> check_name(std::string_view host) {
    if (ends_like_a_number(host)) return url_fault::odd_ipv4;
    if (host.empty() || host.size() > 253) return url_fault::bad_host;
    for (std::size_t start = 0; start <= host.size();) {
        const auto dot = std::min(host.find('.', start), host.size());
        if (!label_is_sound(host.substr(start, dot - start))) return url_fault::bad_host;
        start = dot + 1;
    }
    return std::nullopt;
}

bool starts_with_no_case(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && lower(text.substr(0, prefix.size())) == prefix;
}

}  // namespace

std::string_view to_string(url_fault fault) {
    switch (fault) {
        case url_fault::too_long:
            return "URL is longer than 2048 characters";
        case url_fault::bad_character:
            return "URL has a character that URLs may not hold";
        case url_fault::bad_escape:
            return "URL has a % without two hex digits behind it";
        case url_fault::bad_scheme:
            return "URL starts with neither http:// nor https://";
        case url_fault::has_userinfo:
            return "URL holds a user name or password";
        case url_fault::has_fragment:
            return "URL has a fragment";
        case url_fault::bad_host:
            return "URL's host is not a DNS name";
        case url_fault::odd_ipv4:
            return "URL's IPv4 address is not a dotted quad";
        case url_fault::bad_ipv6:
            return "URL's IPv6 address is malformed";
        case url_fault::bad_port:
            return "URL's port is not a number from 1 to 65535";
    }
    return "unknown";
}

void throw_exception_from_error(url_fault fault, const boost::source_location&) {
    throw std::invalid_argument(std::string(to_string(fault)));
}

boost::system::result<url, url_fault> url::parse(std::string_view text) {
    if (text.size() > url_length_max) return url_fault::too_long;
    if (const auto fault = check_characters(text)) return *fault;

    url out;
    if (starts_with_no_case(text, "https://")) {
        text.remove_prefix(8);
    } else if (starts_with_no_case(text, "http://")) {
        out.https_ = false;
        out.port_ = 80;
        text.remove_prefix(7);
    } else {
        return url_fault::bad_scheme;
    }
    if (text.find('#') != std::string_view::npos) return url_fault::has_fragment;

    const auto end = std::min(text.find_first_of("/?"), text.size());
    auto authority = text.substr(0, end);
    const auto rest = text.substr(end);
    if (authority.find('@') != std::string_view::npos) return url_fault::has_userinfo;
    out.target_ = rest.starts_with('/') ? std::string(rest) : '/' + std::string(rest);

    if (authority.starts_with('[')) {
        const auto close = authority.find(']');
        if (close == std::string_view::npos) return url_fault::bad_ipv6;
        const auto address = ip_address::parse(authority.substr(1, close - 1));
        if (!address || !address->is_v6()) return url_fault::bad_ipv6;
        out.host_ = address->to_string();  // one spelling
        out.ipv6_ = true;
        authority.remove_prefix(close + 1);
        if (!authority.empty() && authority[0] != ':') return url_fault::bad_ipv6;
    } else {
        const auto host = authority.substr(0, authority.find(':'));
        out.host_ = lower(host);
        const auto address = ip_address::parse(out.host_);
        out.ipv4_ = address && address->is_v4();
        if (!out.ipv4_) {
            if (const auto fault = check_name(out.host_)) return *fault;
        }
        authority.remove_prefix(host.size());
    }
    if (!authority.empty()) {
        out.port_ = read_port(authority.substr(1));
        if (out.port_ == 0) return url_fault::bad_port;
    }
    return out;
}

std::string url::authority() const {
    auto out = ipv6_ ? '[' + host_ + ']' : host_;
    if (port_ != (https_ ? 443 : 80)) out += ':' + std::to_string(port_);
    return out;
}

std::string url::origin() const {
    auto out = std::string(scheme()) + "://";
    out += ipv6_ ? '[' + host_ + ']' : host_;
    return out + ':' + std::to_string(port_);
}

std::string url::to_string() const {
    return std::string(scheme()) + "://" + authority() + target_;
}

}  // namespace pinwire
