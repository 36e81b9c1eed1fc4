#include "common/config/listen_address.hpp"

#include <charconv>

namespace pinwire::config {

std::optional<listen_address> parse_listen_address(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto port_text = text.substr(colon + 1);
    const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (brackets) host = host.substr(1, host.size() - 2);
    const auto address = ip_address::parse(host);
    if (!address || address->is_v6() != brackets) return std::nullopt;
    unsigned port = 0;
    const auto end = port_text.data() + port_text.size();
    const auto [rest, error] = std::from_chars(port_text.data(), end, port);
    if (error != std::errc{} || rest != end || port > 65535) return std::nullopt;
    return listen_address{std::string(host), static_cast<std::uint16_t>(port)};
}

std::string to_string(const listen_address& listen) {
    const bool v6 = listen.address.find(':') != std::string::npos;
    const auto host = v6 ? "[" + listen.address + "]" : listen.address;
    return host + ":" + std::to_string(listen.port);
}

}  // namespace pinwire::config
