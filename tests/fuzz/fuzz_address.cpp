// Addresses as proxies, operators and resolvers write them: read and written to the same, judged
// alike in every disguise, and a peer that nobody trusts speaks for itself alone. The first line is
// the peer, the second the trusted blocks, the rest X-Forwarded-For.
#include <cstdint>
#include <string>

#include "common/core/address_policy.hpp"
#include "common/core/client_address.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;

// In ::ffff:0:0/96 an address is what it is; behind a NAT64 only if the operator says that there is
// one; in what else may hold it, never.
void check_disguises(const ip_address& plain) {
    const auto bytes = plain.v4();
    const auto in = [&bytes](ip_address::v6_bytes prefix, std::size_t at) {
        std::copy(bytes.begin(), bytes.end(), prefix.begin() + static_cast<std::ptrdiff_t>(at));
        return ip_address(prefix);
    };
    address_rules with_nat64;
    with_nat64.nat64 = true;
    const address_policy usual;
    const address_policy translating(with_nat64);
    const auto verdict = usual.judge_address(plain);
    const auto mapped = in({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12);
    const auto nat64 = in({0x00, 0x64, 0xff, 0x9b}, 12);
    must(mapped.mapped_v4() == plain);
    must(usual.judge_address(mapped) == verdict);
    must(translating.judge_address(nat64) == verdict);
    must(usual.judge_address(nat64) != address_verdict::allowed);
    for (const auto& other : {in({}, 12), in({0x20, 0x02}, 2), in({0x20, 0x01}, 12)})
        must(translating.judge_address(other) != address_verdict::allowed);
}

void check_address(const ip_address& one) {
    must(ip_address::parse(one.to_string()) == one);
    must(cidr(one, one.is_v6() ? 128 : 32).contains(one));
    // an address inside another: never judged more kindly than plain
    if (const auto inside = one.mapped_v4(); inside && is_public_unicast(one))
        must(is_public_unicast(*inside));
    const address_policy policy;
    must(is_public_unicast(one) == (policy.judge_address(one) == address_verdict::allowed));
    must(policy.judge(one, 22) != address_verdict::allowed);
    if (one.is_v4()) check_disguises(one);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    const auto peer = ip_address::parse(from.line());
    fuzz::input blocks(from.line());
    std::vector<cidr> trusted;
    for (auto word = blocks.line(); !word.empty();) {
        const auto one = word.substr(0, word.find(' '));
        word.remove_prefix(std::min(one.size() + 1, word.size()));
        const auto block = cidr::parse(one);
        if (!block) continue;
        const auto again = cidr::parse(block->to_string());
        must(again && again->prefix() == block->prefix() && again->base() == block->base());
        trusted.push_back(*block);
    }
    if (!peer) return 0;
    check_address(*peer);
    const auto client = client_address(*peer, from.rest(), trusted);
    check_address(client);
    if (!holds(trusted, *peer)) must(client == *peer);
    return 0;
}
