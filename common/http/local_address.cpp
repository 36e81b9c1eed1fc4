#include "common/http/local_address.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/udp.hpp>

#include "common/http/asio_address.hpp"

namespace pinwire::http {

// A packet to an own address leaves from that very address, and no other does.
bool is_local_address(const ip_address& given) {
    using boost::asio::ip::udp;
    constexpr unsigned short any_port = 9;
    const auto address = given.mapped_v4().value_or(given);
    const udp::endpoint there(to_asio(address), any_port);
    const int fd = ::socket(there.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    udp::endpoint here;
    auto size = static_cast<socklen_t>(here.capacity());
    const bool known = ::connect(fd, there.data(), static_cast<socklen_t>(there.size())) == 0 &&
                       ::getsockname(fd, here.data(), &size) == 0;
    ::close(fd);
    return known && from_asio(here.address()) == address;
}

bool is_loopback(const ip_address& given) {
    static const auto v6 = *ip_address::parse("::1");
    const auto address = given.mapped_v4().value_or(given);
    return address.is_v4() ? address.v4()[0] == 127 : address == v6;
}

}  // namespace pinwire::http
