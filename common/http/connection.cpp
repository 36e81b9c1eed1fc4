#include "common/http/connection.hpp"

#include <openssl/ssl.h>
#include <strings.h>
#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>

#include "common/http/asio_address.hpp"
#include "common/http/wire.hpp"

namespace pinwire::http {
namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr auto goodbye_max = std::chrono::seconds(1);
constexpr std::size_t proxy_answer_max = 8 * 1024;

bool is_ip_literal(const std::string& name) {
    return ip_address::parse(name).has_value();
}

}  // namespace

connection::connection(
    asio::io_context& context, std::shared_ptr<watch> deadlines, const client_settings& limits
)
    : watch_(std::move(deadlines)),
      socket_(context.get_executor()),
      reader_(limits.header_max, limits.body_max),
      input_(std::max<std::size_t>(limits.header_max + 1024, 16 * 1024)),
      waiter_(context.get_executor()) {}

awaitable<open_fault> connection::open(const ip_address& address, open_request how) {
    phase_ = phase::opening;
    peer_ = address;
    watch_->arm(*this, how.reach_by);
    error_code error;
    const tcp::endpoint where(to_asio(address), how.port);
    co_await socket_.async_connect(where, asio::redirect_error(use_awaitable, error));
    open_fault fault;
    if (error || late_) {
        fault.why = late_ ? failure::connect_timeout : failure::connect;
        fault.text = late_ ? "connect timed out" : "connect: " + error.message();
        close_hard();
        co_return fault;
    }
    watch_->arm(*this, how.by);
    socket_.set_option(tcp::no_delay(true), error);
    socket_.non_blocking(true, error);
    fault = co_await become_usable(std::move(how));
    fault.reached = true;
    if (fault.why != failure::none) {
        close_hard();
        co_return fault;
    }
    watch::disarm(*this);
    opened_at_ = clock::now();
    phase_ = phase::resting;
    read();
    co_return fault;
}

awaitable<open_fault> connection::become_usable(open_request how) {
    open_fault fault;
    if (!how.tunnel.empty()) fault = co_await pass_proxy(std::move(how.tunnel));
    if (fault.why == failure::none && how.tls)
        fault = co_await shake_hands(*how.tls, std::move(how.name));
    co_return fault;
}

// The far end speaks TLS only when spoken to, so nothing may stand behind the proxy's answer.
awaitable<open_fault> connection::pass_proxy(std::string tunnel) {
    constexpr std::string_view end_of_head = "\r\n\r\n";
    error_code error;
    co_await asio::async_write(
        socket_, asio::buffer(tunnel), asio::redirect_error(use_awaitable, error)
    );
    ::explicit_bzero(tunnel.data(), tunnel.size());
    std::string head;
    char bytes[1024];
    while (!error && head.size() < proxy_answer_max && head.find(end_of_head) == std::string::npos
    ) {
        const auto n = co_await socket_.async_read_some(
            asio::buffer(bytes), asio::redirect_error(use_awaitable, error)
        );
        head.append(bytes, n);
    }
    open_fault fault;
    const auto status = connect_status(head);
    const auto end = head.find(end_of_head);
    if (status >= 200 && status <= 299 && end == head.size() - end_of_head.size()) co_return fault;
    fault.why = late_ ? failure::connect_timeout : failure::proxy;
    if (late_) {
        fault.text = "the proxy did not answer in time";
    } else if (end == std::string::npos || status == 0) {
        fault.text = "the proxy ended the connection or answered nonsense";
    } else {
        fault.text = "the proxy answered " + std::to_string(status);
        fault.proxy_status = status;
    }
    co_return fault;
}

awaitable<open_fault> connection::shake_hands(asio::ssl::context& context, std::string name) {
    tls_.emplace(socket_, context);
    auto* handle = tls_->native_handle();
    // SNI carries names only.
    if (!is_ip_literal(name)) SSL_set_tlsext_host_name(handle, name.c_str());
    if (SSL_CTX_get_verify_mode(context.native_handle()) != SSL_VERIFY_NONE) {
        tls_->set_verify_callback(asio::ssl::host_name_verification(name));
    }
    error_code error;
    co_await tls_->async_handshake(
        asio::ssl::stream_base::client, asio::redirect_error(use_awaitable, error)
    );
    open_fault fault;
    if (!error) co_return fault;
    fault.why = late_ ? failure::connect_timeout : failure::tls;
    fault.text = late_ ? "TLS handshake timed out" : "TLS: " + error.message();
    const auto verdict = SSL_get_verify_result(handle);
    if (verdict != X509_V_OK) {
        fault.text += std::string(" (") + X509_verify_cert_error_string(verdict) + ')';
    }
    co_return fault;
}

bool connection::still_open() {
    if (phase_ != phase::resting) return false;
    char byte;
    const auto n = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

bool connection::begin(bool answers_head, clock::time_point by) {
    reader_.begin(answers_head);
    why_ = failure::none;
    finished_ = truncated_ = write_failed_ = false;
    std::size_t sent = 0;
    if (!tls_) {
        error_code error;
        sent = socket_.write_some(asio::buffer(out_), error);
        if (error && error != asio::error::would_block) {
            close_hard();
            return false;
        }
    }
    used_ = true;
    phase_ = phase::busy;
    watch_->arm(*this, by);
    if (sent < out_.size()) write_rest(sent);
    return true;
}

void connection::write_rest(std::size_t from) {
    writing_ = true;
    auto done = [self = shared_from_this()](const error_code& error, std::size_t) {
        // An error is left to the reading side: the answer may be there all the same.
        self->writing_ = false;
        if (error) self->write_failed_ = true;
    };
    const auto rest = asio::buffer(out_) + from;
    if (tls_) {
        asio::async_write(*tls_, rest, std::move(done));
    } else {
        asio::async_write(socket_, rest, std::move(done));
    }
}

void connection::read() {
    auto done = [self = shared_from_this()](const error_code& error, std::size_t n) {
        self->on_read(error, n);
    };
    if (tls_) {
        tls_->async_read_some(input_.room(), std::move(done));
    } else {
        socket_.async_read_some(input_.room(), std::move(done));
    }
}

void connection::on_read(const error_code& error, std::size_t n) {
    if (phase_ == phase::closed || phase_ == phase::closing) return;
    if (error || phase_ != phase::busy) return on_end(error);
    input_.added(n);
    input_.took(reader_.put(input_.bytes()));
    switch (reader_.state()) {
        case read_state::more:
            if (input_.full()) return finish(failure::nonsense);
            return read();
        case read_state::done:
            return finish(failure::none);
        case read_state::body_too_large:
            truncated_ = true;
            return finish(failure::none);
        case read_state::header_too_large:
        case read_state::malformed:
            return finish(failure::nonsense);
    }
}

// The peer ended the connection, or spoke without being asked (no error, not busy).
void connection::on_end(const error_code& error) {
    if (phase_ != phase::busy) {
        const bool parked = phase_ == phase::parked;
        close_hard();
        if (parked) {
            const auto tell = std::move(on_ended_);
            tell(*this);
        }
        return;
    }
    // A clean end may be what ends the body; a cut TLS stream may not.
    write_failed_ = true;
    if (error == asio::error::eof) reader_.put_eof();
    finish(reader_.state() == read_state::done ? failure::none : failure::closed);
}

void connection::finish(failure why) {
    watch::disarm(*this);
    why_ = why;
    finished_ = true;
    // The buffer is kept for the next request; what stood in it may have been a PIN.
    if (!writing_) ::explicit_bzero(out_.data(), out_.size());
    const bool clean = why == failure::none && !truncated_ && !writing_ && !write_failed_;
    if (clean && input_.empty() && reader_.keep_alive()) {
        phase_ = phase::resting;
        read();
    } else {
        close_hard();
    }
    waiter_.resume_now(true);
}

void connection::on_deadline() {
    const auto self = shared_from_this();  // who is told may let go of us
    switch (phase_) {
        case phase::opening:
            late_ = true;
            close_hard();
            break;
        case phase::busy:
            finish(failure::answer_timeout);
            break;
        case phase::parked: {
            const auto tell = std::move(on_ended_);
            close();
            tell(*this);
            break;
        }
        case phase::closing:
            close_hard();
            break;
        case phase::resting:
        case phase::closed:
            break;
    }
}

void connection::park(clock::time_point until, ended_callback on_ended) {
    phase_ = phase::parked;
    on_ended_ = std::move(on_ended);
    watch_->arm(*this, until);
}

void connection::unpark() {
    watch::disarm(*this);
    phase_ = phase::resting;
}

void connection::close() {
    if (phase_ == phase::closed || phase_ == phase::closing) return;
    if (!tls_ || phase_ == phase::busy || phase_ == phase::opening) return close_hard();
    phase_ = phase::closing;
    watch_->arm(*this, clock::now() + goodbye_max);
    tls_->async_shutdown([self = shared_from_this()](const error_code&) { self->close_hard(); });
}

void connection::close_hard() {
    watch::disarm(*this);
    phase_ = phase::closed;
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace pinwire::http
