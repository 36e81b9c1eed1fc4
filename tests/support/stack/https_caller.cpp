#include "tests/support/stack/https_caller.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "tests/support/broken_pipes.hpp"

namespace pinwire::test {
namespace {

constexpr int patience_s = 30;

[[noreturn]] void fail(const std::string& what) {
    const auto code = ERR_peek_last_error();
    const char* reason = code == 0 ? std::strerror(errno) : ERR_reason_error_string(code);
    const auto text = fmt::format("{}: {}", what, reason == nullptr ? "cut" : reason);
    ERR_clear_error();
    throw std::runtime_error(text);
}

sockaddr_in address(const std::string& text, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    if (::inet_pton(AF_INET, text.c_str(), &made.sin_addr) != 1)
        throw std::runtime_error("not an IPv4 address: " + text);
    made.sin_port = htons(port);
    return made;
}

SSL_CTX* context_of(const https_how& how) {
    auto* const made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(made, SSL_VERIFY_PEER, nullptr);
    if (how.version != 0 && how.version < TLS1_2_VERSION) SSL_CTX_set_security_level(made, 0);
    bool good = SSL_CTX_load_verify_locations(made, how.authority.c_str(), nullptr) == 1;
    if (how.version != 0)
        good = good && SSL_CTX_set_min_proto_version(made, how.version) == 1 &&
               SSL_CTX_set_max_proto_version(made, how.version) == 1;
    if (!how.certificate.empty())
        good = good && SSL_CTX_use_certificate_chain_file(made, how.certificate.c_str()) == 1 &&
               SSL_CTX_use_PrivateKey_file(made, how.certificate.c_str(), SSL_FILETYPE_PEM) == 1;
    if (good) return made;
    SSL_CTX_free(made);
    fail("setting up TLS");
}

}  // namespace

https_caller::https_caller(const https_how& how)
    : name_(how.name), context_(context_of(how), &SSL_CTX_free), tls_(nullptr, &SSL_free) {
    mask_broken_pipes();
    handle_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    try {
        connect(how);
    } catch (const std::runtime_error&) {
        if (handle_ >= 0) ::close(handle_);
        throw;
    }
}

https_caller::~https_caller() {
    ::close(handle_);
}

void https_caller::connect(const https_how& how) {
    timeval patience{};
    patience.tv_sec = patience_s;
    ::setsockopt(handle_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(handle_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    const auto here = address(how.from, 0);
    const auto there = address("127.0.0.1", how.port);
    if (::bind(handle_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
        ::connect(handle_, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0)
        fail("connecting");
    const auto sent = ::send(handle_, how.before.data(), how.before.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(how.before.size())) fail("sending");
    tls_.reset(SSL_new(context_.get()));
    SSL_set_tlsext_host_name(tls_.get(), how.name.c_str());
    SSL_set1_host(tls_.get(), how.name.c_str());
    SSL_set_fd(tls_.get(), handle_);
    if (SSL_connect(tls_.get()) != 1) fail("shaking hands");
}

void https_caller::send(const std::string& bytes) {
    if (SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size())) <= 0)
        fail("sending a request");
}

bool https_caller::read_more() {
    char buffer[16384];
    const int got = SSL_read(tls_.get(), buffer, sizeof buffer);
    if (got <= 0) return false;
    read_.append(buffer, static_cast<std::size_t>(got));
    return true;
}

http_answer https_caller::answer() {
    const auto no_answer = [this] { fail("no whole answer from " + name_); };
    while (read_.find("\r\n\r\n") == std::string::npos)
        if (!read_more()) no_answer();
    const auto end = read_.find("\r\n\r\n") + 4;
    http_answer made;
    made.head = read_.substr(0, end - 2);
    if (!made.head.starts_with("HTTP/1.1 ")) no_answer();
    made.status = std::stoi(made.head.substr(9, 3));
    read_.erase(0, end);
    if (made.status / 100 == 1 || made.status == 204) return made;
    const auto length = made.field("Content-Length");
    const auto wanted = length.empty() ? read_.max_size() : std::stoul(length);
    while (read_.size() < wanted && read_more()) {
    }
    if (!length.empty() && read_.size() < wanted) no_answer();
    made.body = read_.substr(0, wanted);
    read_.erase(0, wanted);
    return made;
}

http_answer https_caller::call(
    const std::string& method,
    const std::string& target,
    const std::string& body,
    const std::string& more_headers,
    const std::string& content_type
) {
    std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", method, target, name_);
    if (!body.empty()) head += fmt::format("Content-Type: {}\r\n", content_type);
    if (!body.empty() || method == "POST")
        head += fmt::format("Content-Length: {}\r\n", body.size());
    send(head + more_headers + "\r\n" + body);
    return answer();
}

}  // namespace pinwire::test
