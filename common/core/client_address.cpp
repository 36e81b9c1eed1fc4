#include "common/core/client_address.hpp"

#include <algorithm>

#include "common/core/text.hpp"

namespace pinwire {
bool holds(const std::vector<cidr>& blocks, const ip_address& address) {
    const auto plain = address.mapped_v4().value_or(address);
    return std::any_of(blocks.begin(), blocks.end(), [&](const cidr& one) {
        return one.contains(plain) || one.contains(address);
    });
}

ip_address client_address(
    const ip_address& peer, std::string_view forwarded_for, const std::vector<cidr>& trusted
) {
    auto last = peer;
    while (holds(trusted, last) && !forwarded_for.empty()) {
        const auto comma = forwarded_for.rfind(',');
        const auto entry = trimmed(
            comma == std::string_view::npos ? forwarded_for : forwarded_for.substr(comma + 1)
        );
        const auto address = ip_address::parse(entry);
        if (!address) break;  // a proxy that writes nonsense vouches for nobody
        last = *address;
        forwarded_for =
            comma == std::string_view::npos ? std::string_view() : forwarded_for.substr(0, comma);
    }
    return last;
}

}  // namespace pinwire
