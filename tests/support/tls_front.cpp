#include "tests/support/tls_front.hpp"

#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <string_view>

#include "tests/support/broken_pipes.hpp"

namespace pinwire::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(port);
    return made;
}

std::shared_ptr<SSL_CTX> context_of(const std::string& file) {
    std::shared_ptr<SSL_CTX> made(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    if (SSL_CTX_use_certificate_chain_file(made.get(), file.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(made.get(), file.c_str(), SSL_FILETYPE_PEM) != 1)
        throw std::runtime_error(file + " holds no certificate with its key");
    return made;
}

// -1: nobody listens.
int reach(std::uint16_t port) {
    const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto where = loopback(port);
    if (::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) return made;
    ::close(made);
    return -1;
}

bool send_all(int to, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
        if (n <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

// What the peer said, on to the far side.
bool pass_in(SSL* from, int to) {
    char bytes[16384];
    do {
        const int n = SSL_read(from, bytes, sizeof bytes);
        if (n <= 0) return false;
        if (!send_all(to, std::string_view(bytes, static_cast<std::size_t>(n)))) return false;
    } while (SSL_pending(from) > 0);
    return true;
}

bool pass_out(int from, SSL* to) {
    char bytes[16384];
    const auto n = ::recv(from, bytes, sizeof bytes, 0);
    return n > 0 && SSL_write(to, bytes, static_cast<int>(n)) > 0;
}

void pump(SSL* peer, int far) {
    for (bool both = true; both;) {
        pollfd ends[] = {{SSL_get_fd(peer), POLLIN, 0}, {far, POLLIN, 0}};
        if (::poll(ends, 2, -1) < 0) return;
        if (ends[0].revents != 0) both = pass_in(peer, far);
        if (both && ends[1].revents != 0) both = pass_out(far, peer);
    }
}

}  // namespace

tls_front::tls_front(std::uint16_t behind, const std::string& certificate_file, std::uint16_t port)
    : behind_(behind), context_(context_of(certificate_file)) {
    descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    ::setsockopt(descriptor_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    auto where = loopback(port);
    socklen_t size = sizeof where;
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&where), size) != 0 ||
        ::listen(descriptor_, 1024) != 0)
        throw std::runtime_error("the TLS front can't listen");
    ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
}

tls_front::~tls_front() {
    ::shutdown(descriptor_, SHUT_RDWR);
    accepting_.join();
    ::close(descriptor_);
    cut();
    for (auto& one : passages_) {
        one.thread.join();
        ::close(one.peer);
    }
}

void tls_front::show(const std::string& certificate_file) {
    auto made = context_of(certificate_file);
    const std::lock_guard lock(mutex_);
    context_ = std::move(made);
}

void tls_front::cut() {
    const std::lock_guard lock(mutex_);
    for (auto& one : passages_)
        ::shutdown(one.peer, SHUT_RDWR);
}

void tls_front::accept_all() {
    for (;;) {
        const int peer = ::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC);
        if (peer < 0) return;
        const std::lock_guard lock(mutex_);
        forget_ended();
        auto& made = passages_.emplace_back();
        made.peer = peer;
        made.thread = std::thread([this, &made, with = context_] { serve(made, with); });
    }
}

void tls_front::forget_ended() {
    for (auto one = passages_.begin(); one != passages_.end();) {
        if (!one->over) {
            ++one;
            continue;
        }
        one->thread.join();
        ::close(one->peer);
        one = passages_.erase(one);
    }
}

void tls_front::serve(passage& which, const context& with) {
    mask_broken_pipes();
    SSL* const peer = SSL_new(with.get());
    SSL_set_fd(peer, which.peer);
    if (SSL_accept(peer) == 1) {
        const int far = reach(behind_);
        if (far >= 0) {
            pump(peer, far);
            ::close(far);
        }
    }
    SSL_free(peer);
    ERR_clear_error();
    ::shutdown(which.peer, SHUT_RDWR);
    const std::lock_guard lock(mutex_);
    which.over = true;
}

}  // namespace pinwire::test
