// Which addresses may be dialled. Method: a table of known cases, then properties over a walk
// through the whole IPv4 space (a prime step, so that every block of the list is met many times).
#include "common/core/address_policy.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

ip_address ip(std::string_view text) {
    const auto read = ip_address::parse(text);
    if (!read) throw std::invalid_argument(std::string(text));
    return *read;
}

ip_address v4_of(std::uint32_t n) {
    const auto byte = [n](int shift) { return static_cast<std::uint8_t>(n >> shift); };
    return ip_address(ip_address::v4_bytes{byte(24), byte(16), byte(8), byte(0)});
}

ip_address inside(std::string_view prefix, std::uint32_t n) {
    auto bytes = ip(prefix).v6();
    for (int i = 0; i < 4; ++i)
        bytes[12 + i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
    return ip_address(bytes);
}

template <class Check>
void walk_v4(Check check) {
    for (std::uint64_t n = 0; n < (1ull << 32); n += 65'521)
        check(static_cast<std::uint32_t>(n));
    for (auto edge :
         {"168.63.129.15",
          "168.63.129.16",
          "168.63.129.17",
          "169.254.169.254",
          "192.0.0.192",
          "127.0.0.1",
          "8.8.8.8",
          "255.255.255.255"}) {
        const auto b = ip(edge).v4();
        check(std::uint32_t{b[0]} << 24 | b[1] << 16 | b[2] << 8 | b[3]);
    }
}

TEST(AddressPolicy, RefusesEveryKnownDisguise) {
    for (auto text :
         {"0.0.0.0",
          "0.1.2.3",
          "10.1.2.3",
          "100.64.0.1",
          "100.100.100.200",
          "127.0.0.1",
          "127.255.255.254",
          "168.63.129.16",
          "169.254.169.254",
          "172.16.0.1",
          "172.31.255.255",
          "192.0.0.192",
          "192.0.2.1",
          "192.31.196.1",
          "192.52.193.1",
          "192.88.99.1",
          "192.168.1.1",
          "192.175.48.1",
          "198.18.0.1",
          "198.19.255.255",
          "198.51.100.1",
          "203.0.113.1",
          "224.0.0.1",
          "239.255.255.255",
          "240.0.0.1",
          "255.255.255.255",
          "::",
          "::1",
          "::127.0.0.1",
          "::8.8.8.8",
          "::ffff:10.0.0.1",
          "::ffff:0:8.8.8.8",
          "64:ff9b::8.8.8.8",
          "64:ff9b::10.0.0.1",
          "64:ff9b:1::1",
          "100::1",
          "2001::1",
          "2001:0:1::1",
          "2001:1ff::1",
          "2001:db8::1",
          "2002:0a00:0001::1",
          "2620:4f:8000::1",
          "2620:4f:8000:ffff::1",
          "3fff::1",
          "3fff:fff::1",
          "5f00::1",
          "fc00::1",
          "fd00:ec2::254",
          "fe80::1",
          "fec0::1",
          "ff02::1",
          "2a00::5efe:10.0.0.1",
          "2a00::200:5efe:10.0.0.1"}) {
        EXPECT_FALSE(is_public_unicast(ip(text))) << text;
        EXPECT_EQ(address_policy().judge_address(ip(text)), address_verdict::forbidden_address)
            << text;
    }
}

TEST(AddressPolicy, AllowsOrdinaryAddresses) {
    for (auto text :
         {"8.8.8.8",
          "1.1.1.1",
          "9.255.255.255",
          "11.0.0.0",
          "100.63.255.255",
          "100.128.0.0",
          "168.63.129.15",
          "168.63.129.17",
          "172.15.255.255",
          "172.32.0.0",
          "192.0.1.0",
          "198.17.255.255",
          "198.20.0.0",
          "223.255.255.255",
          "::ffff:8.8.8.8",
          "2001:200::1",
          "2001:4860:4860::8888",
          "2a00:1450::1",
          "2003::1",
          "2620:4f:7fff::1",
          "2620:4f:8001::1",
          "3ffe::1",
          "3fff:1000::1"}) {
        EXPECT_EQ(address_policy().judge_address(ip(text)), address_verdict::allowed) << text;
    }
}

TEST(AddressPolicy, JudgesMappedAddressesByTheAddressInside) {
    address_rules rules;
    rules.allow.push_back(*cidr::parse("10.0.0.0/8"));
    rules.deny.push_back(*cidr::parse("10.1.0.0/16"));
    const address_policy policy(rules);
    walk_v4([&](std::uint32_t n) {
        EXPECT_EQ(policy.judge_address(inside("::ffff:0:0", n)), policy.judge_address(v4_of(n)));
    });
}

TEST(AddressPolicy, NeverJudgesNat64BetterThanTheAddressInside) {
    address_rules open;
    open.nat64 = true;
    address_rules listed;
    listed.allow.push_back(*cidr::parse("64:ff9b::/96"));
    address_rules denied = open;
    denied.deny.push_back(*cidr::parse("8.0.0.0/8"));
    for (const auto& rules : {address_rules{}, open, listed, denied}) {
        const address_policy policy(rules);
        walk_v4([&](std::uint32_t n) {
            if (policy.judge_address(v4_of(n)) == address_verdict::allowed) return;
            EXPECT_NE(policy.judge_address(inside("64:ff9b::", n)), address_verdict::allowed)
                << v4_of(n).to_string();
        });
    }
    EXPECT_EQ(address_policy(open).judge_address(ip("64:ff9b::8.8.8.8")), address_verdict::allowed);
}

ip_address six_to_four(std::uint32_t n) {
    auto bytes = ip("2002::1").v6();
    for (int i = 0; i < 4; ++i)
        bytes[2 + i] = static_cast<std::uint8_t>(n >> (24 - 8 * i));
    return ip_address(bytes);
}

// Nobody's server is reached by these alone, so not even those with a public address inside.
TEST(AddressPolicy, RefusesEveryOtherFormWithAnIpv4AddressInside) {
    address_rules open;
    open.nat64 = true;
    open.allow.push_back(*cidr::parse("0.0.0.0/0"));
    const address_policy policy(open);
    walk_v4([&](std::uint32_t n) {
        for (const auto& form :
             {six_to_four(n),
              inside("::", n),              // compatible
              inside("::ffff:0:0:0", n),    // translated
              inside("64:ff9b:1::", n),     // NAT64 of one's own
              inside("2001::", n),          // Teredo, its client
              inside("2a00::5efe:0:0", n),  // ISATAP
              inside("2a00::200:5efe:0:0", n)})
            EXPECT_EQ(policy.judge_address(form), address_verdict::forbidden_address)
                << form.to_string();
    });
}

TEST(AddressPolicy, DialsOurOwnServersOnlyWhereTheyAreNamedAndTheirDoorsNever) {
    address_rules rules;
    rules.ports = {443, 5432};
    rules.nat64 = true;
    rules.allow.push_back(*cidr::parse("10.0.0.0/8"));
    rules.own = {ip("10.0.0.7"), ip("8.8.8.8")};
    rules.doors = {{ip("10.0.0.7"), 5432}, {ip("127.0.0.1"), 5432}};
    const auto judged = [&rules](std::string_view text, std::uint16_t port) {
        return address_policy(rules).judge(ip(text), port);
    };
    EXPECT_EQ(judged("10.0.0.7", 443), address_verdict::denied_here);
    EXPECT_EQ(judged("::ffff:10.0.0.7", 443), address_verdict::denied_here);
    EXPECT_EQ(judged("8.8.8.8", 443), address_verdict::denied_here);
    EXPECT_EQ(judged("64:ff9b::8.8.8.8", 443), address_verdict::denied_here);
    EXPECT_EQ(judged("10.0.0.8", 5432), address_verdict::allowed);
    rules.allow.push_back(*cidr::parse("10.0.0.7"));
    rules.allow.push_back(*cidr::parse("127.0.0.1"));
    EXPECT_EQ(judged("10.0.0.7", 443), address_verdict::allowed);
    EXPECT_EQ(judged("::ffff:10.0.0.7", 443), address_verdict::allowed);
    for (auto text : {"10.0.0.7", "::ffff:10.0.0.7", "64:ff9b::10.0.0.7", "127.0.0.1"})
        EXPECT_EQ(judged(text, 5432), address_verdict::denied_here) << text;
    EXPECT_EQ(judged("127.0.0.1", 443), address_verdict::allowed);
}

TEST(AddressPolicy, TellsRulesApart) {
    const auto changed = [](auto change) {
        address_rules made;
        made.allow.push_back(*cidr::parse("10.0.0.0/8"));
        change(made);
        return made;
    };
    const auto plain = changed([](address_rules&) {});
    EXPECT_TRUE(same_rules(plain, plain));
    for (const auto& other :
         {changed([](address_rules& r) { r.allow_http = true; }),
          changed([](address_rules& r) { r.allow[0] = *cidr::parse("10.0.0.0/9"); }),
          changed([](address_rules& r) { r.deny = r.allow; }),
          changed([](address_rules& r) { r.own = {ip("10.0.0.7")}; }),
          changed([](address_rules& r) {
              r.doors = {{ip("10.0.0.7"), 1}};
          }),
          changed([](address_rules& r) { r.ports = {443}; }),
          changed([](address_rules& r) { r.nat64 = true; })})
        EXPECT_FALSE(same_rules(plain, other));
}

TEST(AddressPolicy, PutsDenyBeforeAllowBeforeTheList) {
    address_rules rules;
    rules.allow.push_back(*cidr::parse("192.168.0.0/16"));
    rules.allow.push_back(*cidr::parse("fd00::/8"));
    rules.deny.push_back(*cidr::parse("192.168.7.7"));
    rules.deny.push_back(*cidr::parse("8.8.8.8"));
    const address_policy policy(rules);
    EXPECT_EQ(policy.judge_address(ip("192.168.7.6")), address_verdict::allowed);
    EXPECT_EQ(policy.judge_address(ip("::ffff:192.168.7.6")), address_verdict::allowed);
    EXPECT_EQ(policy.judge_address(ip("fd12::1")), address_verdict::allowed);
    EXPECT_EQ(policy.judge_address(ip("192.168.7.7")), address_verdict::denied_here);
    EXPECT_EQ(policy.judge_address(ip("::ffff:192.168.7.7")), address_verdict::denied_here);
    EXPECT_EQ(policy.judge_address(ip("8.8.8.8")), address_verdict::denied_here);
    EXPECT_EQ(policy.judge_address(ip("10.0.0.1")), address_verdict::forbidden_address);
}

TEST(AddressPolicy, KeepsToTheListOfPorts) {
    const auto allowed = [](const address_rules& rules) {
        std::vector<int> out;
        for (int p = 0; p < 65536; ++p) {
            if (address_policy(rules).port_allowed(static_cast<std::uint16_t>(p))) out.push_back(p);
        }
        return out;
    };
    address_rules rules;
    EXPECT_EQ(allowed(rules), (std::vector<int>{443, 8443}));
    rules.allow_http = true;
    EXPECT_EQ(allowed(rules), (std::vector<int>{80, 443, 8080, 8443}));
    rules.ports = {9000};
    EXPECT_EQ(allowed(rules), (std::vector<int>{9000}));
    EXPECT_EQ(address_policy(rules).judge(ip("8.8.8.8"), 443), address_verdict::forbidden_port);
}

TEST(IpAddress, ReadsStrictlyAndWritesOneSpelling) {
    EXPECT_EQ(ip("2001:DB8:0:0:0:0:0:1").to_string(), "2001:db8::1");
    EXPECT_EQ(ip("192.0.2.1").to_string(), "192.0.2.1");
    for (auto text :
         {"",
          "1.2.3",
          "1.2.3.4.5",
          "01.2.3.4",
          "0x1.2.3.4",
          "1.2.3.256",
          " 1.2.3.4",
          "1.2.3.4 ",
          "::1%lo",
          "[::1]",
          "1:2:3:4:5:6:7:8:9",
          ":::"}) {
        EXPECT_FALSE(ip_address::parse(text)) << text;
    }
    EXPECT_FALSE(ip_address::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(Cidr, ContainsItsBlockAndNothingElse) {
    EXPECT_TRUE(cidr::parse("10.128.0.0/9")->contains(ip("10.255.0.1")));
    EXPECT_FALSE(cidr::parse("10.128.0.0/9")->contains(ip("10.127.255.255")));
    EXPECT_TRUE(cidr::parse("0.0.0.0/0")->contains(ip("255.1.2.3")));
    EXPECT_FALSE(cidr::parse("0.0.0.0/0")->contains(ip("::1")));
    EXPECT_TRUE(cidr::parse("fc00::/7")->contains(ip("fdff::1")));
    EXPECT_TRUE(cidr::parse("1.2.3.4")->contains(ip("1.2.3.4")));
    EXPECT_FALSE(cidr::parse("1.2.3.4")->contains(ip("1.2.3.5")));
    for (auto text : {"10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "x/8"}) {
        EXPECT_FALSE(cidr::parse(text)) << text;
    }
}

}  // namespace
}  // namespace pinwire
