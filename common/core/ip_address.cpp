#include "common/core/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace pinwire {

ip_address::ip_address(const v4_bytes& bytes) {
    std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

std::optional<ip_address> ip_address::parse(std::string_view text) {
    // inet_pton is the strict reader: four decimal parts without leading zeros, no zones.
    char buffer[INET6_ADDRSTRLEN];
    if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
    if (text.find('\0') != std::string_view::npos) return std::nullopt;
    std::memcpy(buffer, text.data(), text.size());
    buffer[text.size()] = '\0';

    v4_bytes four{};
    if (inet_pton(AF_INET, buffer, four.data()) == 1) return ip_address(four);
    v6_bytes sixteen{};
    if (inet_pton(AF_INET6, buffer, sixteen.data()) == 1) return ip_address(sixteen);
    return std::nullopt;
}

ip_address::v4_bytes ip_address::v4() const {
    return {bytes_[0], bytes_[1], bytes_[2], bytes_[3]};
}

std::optional<ip_address> ip_address::mapped_v4() const {
    static constexpr std::uint8_t prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (!v6_ || !std::equal(std::begin(prefix), std::end(prefix), bytes_.begin())) {
        return std::nullopt;
    }
    return ip_address(v4_bytes{bytes_[12], bytes_[13], bytes_[14], bytes_[15]});
}

std::string ip_address::to_string() const {
    char buffer[INET6_ADDRSTRLEN];
    inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), buffer, sizeof buffer);
    return buffer;
}

std::optional<cidr> cidr::parse(std::string_view text) {
    const auto slash = text.find('/');
    const auto base = ip_address::parse(text.substr(0, slash));
    if (!base) return std::nullopt;
    const unsigned bits = base->is_v6() ? 128 : 32;
    if (slash == std::string_view::npos) return cidr(*base, bits);

    const auto digits = text.substr(slash + 1);
    unsigned prefix = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
    if (error != std::errc{} || end != digits.data() + digits.size() || prefix > bits) {
        return std::nullopt;
    }
    return cidr(*base, prefix);
}

bool cidr::contains(const ip_address& address) const {
    if (address.is_v6() != base_.is_v6()) return false;
    const auto& left = base_.v6();
    const auto& right = address.v6();
    const std::size_t whole = prefix_ / 8;
    if (!std::equal(left.begin(), left.begin() + whole, right.begin())) return false;
    const unsigned rest = prefix_ % 8;
    return rest == 0 || (left[whole] >> (8 - rest)) == (right[whole] >> (8 - rest));
}

std::string cidr::to_string() const {
    return base_.to_string() + '/' + std::to_string(prefix_);
}

}  // namespace pinwire
