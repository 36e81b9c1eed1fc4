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

void check_address(const ip_address& one) {
    must(ip_address::parse(one.to_string()) == one);
    must(cidr(one, one.is_v6() ? 128 : 32).contains(one));
    // an address inside another: never judged more kindly than plain
    if (const auto inside = one.mapped_v4(); inside && is_public_unicast(one))
        must(is_public_unicast(*inside));
    const address_policy policy;
    must(is_public_unicast(one) == (policy.judge_address(one) == address_verdict::allowed));
    must(policy.judge(one, 22) != address_verdict::allowed);
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
