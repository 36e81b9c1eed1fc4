// Strict reader of an absolute http or https URL, as strangers hand them to us (report_url) and as
// operators write them (carriers, providers). What could be read in two ways is refused, not
// repaired. Errors are values that name the rule. Pure.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace pinwire {

inline constexpr std::size_t url_length_max = 2048;

enum class url_fault {
    too_long,       // more than url_length_max characters
    bad_character,  // control character, space, non-ASCII, or one that URLs may not hold
    bad_escape,     // % without two hex digits behind it
    bad_scheme,     // neither http:// nor https://
    has_userinfo,   // user:password@
    has_fragment,   // #…
    bad_host,       // empty host or label, label over 63, host over 253, or not LDH
    odd_ipv4,       // decimal, octal, hex or short spelling of an IPv4 address
    bad_ipv6,       // not an IPv6 literal in brackets
    bad_port,       // not 1..65535
};

std::string_view to_string(url_fault fault);
[[noreturn]] void throw_exception_from_error(url_fault fault, const boost::source_location& where);

class url {
public:
    static boost::system::result<url, url_fault> parse(std::string_view text);

    bool is_https() const { return https_; }
    std::string_view scheme() const { return https_ ? "https" : "http"; }
    const std::string& host() const {
        return host_;
    }  // lower case; an IPv6 literal without brackets
    bool host_is_ipv6() const { return ipv6_; }
    bool host_is_ipv4() const { return ipv4_; }
    std::uint16_t port() const { return port_; }
    const std::string& target() const { return target_; }  // path and query, at least "/"
    std::string authority(
    ) const;  // what belongs in the Host header: no port if it is the scheme's own
    std::string origin() const;  // scheme://host:port, port always there
    std::string to_string() const;

    friend bool operator==(const url&, const url&) = default;

private:
    url() = default;
    bool https_ = true;
    bool ipv4_ = false;
    bool ipv6_ = false;
    std::uint16_t port_ = 443;
    std::string host_;
    std::string target_ = "/";
};

}  // namespace pinwire
