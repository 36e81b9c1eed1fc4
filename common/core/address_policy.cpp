#include "common/core/address_policy.hpp"

#include <algorithm>

namespace pinwire {
namespace {

struct v4_block {
    std::uint32_t base;
    unsigned prefix;
};

constexpr std::uint32_t quad(unsigned a, unsigned b, unsigned c, unsigned d) {
    return a << 24 | b << 16 | c << 8 | d;
}

// The IANA special-purpose registry, multicast and reserved space, and the metadata services that
// hide in ordinary address space.
constexpr v4_block forbidden_v4[] = {
    {quad(0, 0, 0, 0), 8},         // this network
    {quad(10, 0, 0, 0), 8},        // private
    {quad(100, 64, 0, 0), 10},     // carrier-grade NAT, Alibaba's metadata
    {quad(127, 0, 0, 0), 8},       // loopback
    {quad(168, 63, 129, 16), 32},  // Azure's WireServer
    {quad(169, 254, 0, 0), 16},    // link-local, most clouds' metadata
    {quad(172, 16, 0, 0), 12},     // private
    {quad(192, 0, 0, 0), 24},      // protocol assignments, Oracle's metadata
    {quad(192, 0, 2, 0), 24},      // documentation
    {quad(192, 31, 196, 0), 24},   // AS112
    {quad(192, 52, 193, 0), 24},   // AMT relays
    {quad(192, 88, 99, 0), 24},    // 6to4 relays
    {quad(192, 168, 0, 0), 16},    // private
    {quad(192, 175, 48, 0), 24},   // AS112
    {quad(198, 18, 0, 0), 15},     // benchmarks
    {quad(198, 51, 100, 0), 24},   // documentation
    {quad(203, 0, 113, 0), 24},    // documentation
    {quad(224, 0, 0, 0), 4},       // multicast
    {quad(240, 0, 0, 0), 4},       // reserved, broadcast
};

bool public_v4(const ip_address::v4_bytes& bytes) {
    const auto address = quad(bytes[0], bytes[1], bytes[2], bytes[3]);
    return std::none_of(std::begin(forbidden_v4), std::end(forbidden_v4), [&](const v4_block& b) {
        return (address ^ b.base) >> (32 - b.prefix) == 0;
    });
}

// Only global unicast space, minus the parts of it that tunnel, document or route by other rules.
bool public_v6(const ip_address::v6_bytes& b) {
    if ((b[0] & 0xe0) != 0x20) return false;                               // not 2000::/3
    if (b[0] == 0x20 && b[1] == 0x01 && (b[2] & 0xfe) == 0) return false;  // 2001::/23
    if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8)
        return false;                                                      // 2001:db8::/32
    if (b[0] == 0x20 && b[1] == 0x02) return false;                        // 2002::/16
    if (b[0] == 0x3f && b[1] == 0xff && (b[2] & 0xf0) == 0) return false;  // 3fff::/20
    static constexpr std::uint8_t as112[] = {0x26, 0x20, 0x00, 0x4f, 0x80, 0x00};
    if (std::equal(std::begin(as112), std::end(as112), b.begin())) return false;  // as in IPv4
    // ISATAP: an IPv4 address behind a fixed interface id, in anybody's prefix.
    const bool isatap = (b[8] & 0xfd) == 0 && b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe;
    return !isatap;
}

std::optional<ip_address> nat64_inside(const ip_address& address) {
    static constexpr std::uint8_t prefix[12] = {0x00, 0x64, 0xff, 0x9b};
    if (!address.is_v6()) return std::nullopt;
    const auto& bytes = address.v6();
    if (!std::equal(std::begin(prefix), std::end(prefix), bytes.begin())) return std::nullopt;
    return ip_address(ip_address::v4_bytes{bytes[12], bytes[13], bytes[14], bytes[15]});
}

bool any_contains(const std::vector<cidr>& blocks, const ip_address& address) {
    return std::any_of(blocks.begin(), blocks.end(), [&](const cidr& block) {
        if (block.contains(address)) return true;
        // A block that was itself written in mapped form means the IPv4 addresses inside.
        const auto base = block.base().mapped_v4();
        return base && block.prefix() >= 96 && cidr(*base, block.prefix() - 96).contains(address);
    });
}

// What a translator or the system's own stack would dial in the end.
ip_address dialled(const ip_address& given) {
    const auto address = given.mapped_v4().value_or(given);
    return nat64_inside(address).value_or(address);
}

bool same_blocks(const std::vector<cidr>& left, const std::vector<cidr>& right) {
    const auto same = [](const cidr& a, const cidr& b) {
        return a.base() == b.base() && a.prefix() == b.prefix();
    };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(), same);
}

}  // namespace

std::string_view to_string(address_verdict verdict) {
    switch (verdict) {
        case address_verdict::allowed:
            return "allowed";
        case address_verdict::forbidden_address:
            return "address is private, local or reserved";
        case address_verdict::denied_here:
            return "address is one of our own";
        case address_verdict::forbidden_port:
            return "port is not allowed";
    }
    return "unknown";
}

bool is_public_unicast(const ip_address& address) {
    if (const auto inside = address.mapped_v4()) return public_v4(inside->v4());
    return address.is_v4() ? public_v4(address.v4()) : public_v6(address.v6());
}

address_verdict address_policy::judge(const ip_address& address, std::uint16_t port) const {
    if (!port_allowed(port)) return address_verdict::forbidden_port;
    return is_door(address, port) ? address_verdict::denied_here : judge_address(address);
}

bool address_policy::is_door(const ip_address& address, std::uint16_t port) const {
    const door it{dialled(address), port};
    return std::find(rules_.doors.begin(), rules_.doors.end(), it) != rules_.doors.end();
}

address_verdict address_policy::judge_address(const ip_address& given) const {
    const auto address = given.mapped_v4().value_or(given);
    if (any_contains(rules_.deny, address)) return address_verdict::denied_here;

    const bool own = std::find(rules_.own.begin(), rules_.own.end(), address) != rules_.own.end();
    if (own && !names(address)) return address_verdict::denied_here;

    const bool listed = any_contains(rules_.allow, address);
    if (const auto inside = nat64_inside(address)) {
        // Never better than the address that the translator would dial, whatever is listed.
        const auto verdict = judge_address(*inside);
        if (verdict != address_verdict::allowed) return verdict;
        return rules_.nat64 || listed ? address_verdict::allowed
                                      : address_verdict::forbidden_address;
    }
    return listed || is_public_unicast(address) ? address_verdict::allowed
                                                : address_verdict::forbidden_address;
}

bool address_policy::names(const ip_address& given) const {
    const auto address = given.mapped_v4().value_or(given);
    return std::any_of(rules_.allow.begin(), rules_.allow.end(), [&](const cidr& block) {
        const auto whole = block.prefix() == (block.base().is_v4() ? 32U : 128U);
        return whole && block.base().mapped_v4().value_or(block.base()) == address;
    });
}

bool address_policy::port_allowed(std::uint16_t port) const {
    if (!rules_.ports.empty()) {
        return std::find(rules_.ports.begin(), rules_.ports.end(), port) != rules_.ports.end();
    }
    if (port == 443 || port == 8443) return true;
    return rules_.allow_http && (port == 80 || port == 8080);
}

bool same_rules(const address_rules& left, const address_rules& right) {
    return left.allow_http == right.allow_http && left.ports == right.ports &&
           left.nat64 == right.nat64 && left.own == right.own && left.doors == right.doors &&
           same_blocks(left.allow, right.allow) && same_blocks(left.deny, right.deny);
}

}  // namespace pinwire
