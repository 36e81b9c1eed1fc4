// An IPv4 or IPv6 address and a CIDR block as plain values, without a socket library, so that pure
// code can judge them. Text is read strictly: dotted quad without leading zeros, or an IPv6 literal
// without a zone. Errors: an empty optional. No threads, no state.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pinwire {

class ip_address {
public:
    using v4_bytes = std::array<std::uint8_t, 4>;
    using v6_bytes = std::array<std::uint8_t, 16>;

    ip_address() = default;  // 0.0.0.0
    explicit ip_address(const v4_bytes& bytes);
    explicit ip_address(const v6_bytes& bytes) : v6_(true), bytes_(bytes) {}

    // "192.0.2.7" or "2001:db8::7"; no brackets, no zone, no odd IPv4 spelling.
    static std::optional<ip_address> parse(std::string_view text);

    bool is_v6() const { return v6_; }
    bool is_v4() const { return !v6_; }
    v4_bytes v4() const;                           // only if is_v4()
    const v6_bytes& v6() const { return bytes_; }  // only if is_v6()

    // The IPv4 address inside ::ffff:a.b.c.d, else nothing.
    std::optional<ip_address> mapped_v4() const;

    std::string to_string() const;

    friend auto operator<=>(const ip_address&, const ip_address&) = default;

private:
    bool v6_ = false;
    v6_bytes bytes_{};  // an IPv4 address fills the first four
};

// A block of addresses of one family. Bits below the prefix are ignored.
class cidr {
public:
    cidr(const ip_address& base, unsigned prefix) : base_(base), prefix_(prefix) {}

    // "10.0.0.0/8", "fd00::/8", or a single address.
    static std::optional<cidr> parse(std::string_view text);

    bool contains(const ip_address& address) const;  // a mapped address is not unwrapped here
    const ip_address& base() const { return base_; }
    unsigned prefix() const { return prefix_; }
    std::string to_string() const;

private:
    ip_address base_;
    unsigned prefix_;
};

}  // namespace pinwire
