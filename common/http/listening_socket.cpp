#include "common/http/listening_socket.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>

namespace pinwire::http {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
using boost::system::system_error;

[[noreturn]] void fail(const std::string& what) {
    throw system_error(error_code(errno, boost::system::system_category()), what);
}

}  // namespace

listening_socket::listening_socket(const std::string& address, std::uint16_t port, int backlog) {
    error_code error;
    const auto parsed = boost::asio::ip::make_address(address, error);
    if (error) throw system_error(error, "not an address: " + address);
    const tcp::endpoint where(parsed, port);
    v6_ = parsed.is_v6();
    descriptor_ = ::socket(v6_ ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor_ < 0) fail("socket");
    const int on = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const bool listens =
        ::bind(descriptor_, where.data(), static_cast<socklen_t>(where.size())) == 0 &&
        ::listen(descriptor_, backlog) == 0;
    if (listens) return;
    const int why = errno;
    ::close(descriptor_);
    errno = why;
    fail("listening on " + address + " port " + std::to_string(port));
}

listening_socket::~listening_socket() {
    ::close(descriptor_);
}

int listening_socket::duplicate() const {
    const int made = ::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0);
    if (made < 0) fail("dup");
    return made;
}

}  // namespace pinwire::http
