#include "common/core/proxy_header.hpp"

#include <algorithm>
#include <charconv>

namespace pinwire {
namespace {

using state = proxy_header::state;

constexpr std::string_view signature_v2("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::string_view begin_v1 = "PROXY ";
constexpr std::size_t line_max = 107;  // with its end
constexpr std::size_t fixed_v2 = 16;

bool begins_alike(std::string_view bytes, std::string_view wanted) {
    const auto size = std::min(bytes.size(), wanted.size());
    return bytes.substr(0, size) == wanted.substr(0, size);
}

proxy_header answer(state what) {
    proxy_header made;
    made.what = what;
    return made;
}

// Takes the word up to the next space, or the rest.
std::string_view next_word(std::string_view& line) {
    const auto end = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return word;
}

std::optional<std::uint16_t> port_of(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    const bool plain = text == "0" || !text.starts_with('0');
    if (error != std::errc() || end != text.data() + text.size() || !plain) return std::nullopt;
    return port;
}

// "TCP4 192.0.2.1 198.51.100.1 56324 443", without the end of the line.
proxy_header read_addresses(std::string_view line) {
    proxy_header made = answer(state::done);
    const auto family = next_word(line);
    if (family == "UNKNOWN") return made;
    const auto source = ip_address::parse(next_word(line));
    const auto target = ip_address::parse(next_word(line));
    const auto port = port_of(next_word(line));
    const auto target_port = port_of(line);  // all that is left
    const bool whole = source && target && port && target_port;
    if (!whole || (family != "TCP4" && family != "TCP6")) return answer(state::none);
    const bool v6 = family == "TCP6";
    if (source->is_v6() != v6 || target->is_v6() != v6) return answer(state::none);
    made.source = source;
    made.port = *port;
    return made;
}

proxy_header read_v1(std::string_view bytes) {
    const auto end = bytes.substr(0, line_max).find("\r\n");
    if (end == std::string_view::npos)
        return answer(bytes.size() < line_max ? state::more : state::none);
    auto made = read_addresses(bytes.substr(begin_v1.size(), end - begin_v1.size()));
    made.length = end + 2;
    return made;
}

unsigned byte_at(std::string_view bytes, std::size_t at) {
    return static_cast<unsigned char>(bytes[at]);
}

template <std::size_t Size>
ip_address address_at(std::string_view bytes, std::size_t at) {
    std::array<std::uint8_t, Size> made{};
    for (std::size_t i = 0; i < Size; ++i)
        made[i] = static_cast<std::uint8_t>(bytes[at + i]);
    return ip_address(made);
}

proxy_header read_v2(std::string_view bytes) {
    if (bytes.size() < fixed_v2) return answer(state::more);
    const auto version = byte_at(bytes, 12) >> 4;
    const auto command = byte_at(bytes, 12) & 0xf;
    const auto family = byte_at(bytes, 13);
    const std::size_t rest = byte_at(bytes, 14) << 8 | byte_at(bytes, 15);
    constexpr unsigned tcp4 = 0x11;
    constexpr unsigned tcp6 = 0x21;
    if (version != 2 || command > 1 || fixed_v2 + rest > proxy_header_max)
        return answer(state::none);
    if (bytes.size() < fixed_v2 + rest) return answer(state::more);
    auto made = answer(state::done);
    made.length = fixed_v2 + rest;
    const bool local = command == 0;
    if (local || (family != tcp4 && family != tcp6)) return made;
    const std::size_t size = family == tcp4 ? 4 : 16;
    if (rest < 2 * size + 4) return answer(state::none);
    made.source = family == tcp4 ? address_at<4>(bytes, fixed_v2) : address_at<16>(bytes, fixed_v2);
    const auto port = fixed_v2 + 2 * size;
    made.port = static_cast<std::uint16_t>(byte_at(bytes, port) << 8 | byte_at(bytes, port + 1));
    return made;
}

}  // namespace

proxy_header read_proxy_header(std::string_view bytes) {
    if (bytes.empty()) return answer(state::more);
    if (begins_alike(bytes, begin_v1))
        return bytes.size() < begin_v1.size() ? answer(state::more) : read_v1(bytes);
    if (begins_alike(bytes, signature_v2)) return read_v2(bytes);
    return answer(state::none);
}

}  // namespace pinwire
