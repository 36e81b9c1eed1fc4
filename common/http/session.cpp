#include "common/http/session.hpp"

#include <sys/socket.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "common/core/proxy_header.hpp"
#include "common/http/wire.hpp"

namespace pinwire::http {
namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

// After a refusal the peer may still be sending; closing at once would reset the answer away from
// it.
constexpr auto leave_max = milliseconds(1000);
constexpr std::size_t leave_bytes_max = 1 << 20;
// Who connected just before the end has his request on the way.
constexpr auto fresh_grace = milliseconds(200);

}  // namespace

session::session(serving& shared, socket&& accepted, peer who, bool from_proxy)
    : shared_(shared),
      socket_(std::move(accepted)),
      peer_(std::move(who)),
      from_proxy_(from_proxy),
      reader_(shared.settings.header_max, shared.settings.body_max),
      input_(std::max<std::size_t>(shared.settings.header_max + 1024, 16 * 1024)) {}

awaitable<void> session::run() {
    if (from_proxy_) {
        const bool told = co_await read_proxy();
        if (!told) {
            if (!refused_) close();
            co_await leave();
            co_return;
        }
    }
    for (;;) {
        const bool whole = co_await read_request();
        if (!whole) break;
        const bool keep = reader_.keep_alive();
        head_ = reader_.message().method == "HEAD";
        begin(phase::handling, milliseconds::max());
        auto what = co_await handle();
        if (phase_ == phase::closed) co_return;
        what.close = what.close || !keep || shared_.draining;
        const bool close_after = what.close;
        const bool written = co_await answer(std::move(what));
        if (!written) co_return;
        if (close_after) break;
    }
    co_await leave();
}

// Whose connection it is; the time for it is a request header's. False: it says nothing of the
// kind, or that address has enough of them, and has been told so.
awaitable<bool> session::read_proxy() {
    begin(phase::idle, shared_.settings.header_timeout);
    for (;;) {
        const auto told = read_proxy_header(input_.bytes());
        if (told.what == proxy_header::state::none) ++shared_.counts.malformed;
        if (told.what == proxy_header::state::none) co_return false;
        if (told.what == proxy_header::state::done) {
            input_.took(told.length);
            if (!told.source) co_return true;
            peer_.address = told.source->mapped_v4().value_or(*told.source);
            peer_.port = told.port;
            if (shared_.admits(*this, peer_.address)) co_return true;
            refused_ = true;
            out_.clear();
            write_response(out_, response(503), false, true);
            co_await write();
            co_return false;
        }
        const bool more = co_await read_some();
        if (!more) co_return false;
    }
}

// True: there is a whole request. False: the connection is to be left; a refusal has been written
// if one was due.
awaitable<bool> session::read_request() {
    reader_.begin();
    continued_ = false;
    // A new connection has no right to the long idle time before its first request.
    const auto& limits = shared_.settings;
    const bool first = first_byte_ == watch::clock::time_point{};
    begin(phase::idle, first ? limits.header_timeout : limits.idle_timeout);
    if (shared_.draining && input_.empty()) {
        if (!first) co_return false;
        begin(phase::idle, std::min<milliseconds>(limits.header_timeout, fresh_grace));
    }
    for (;;) {
        if (!input_.empty()) {
            if (phase_ == phase::idle) {
                first_byte_ = watch::clock::now();
                begin(phase::header, limits.header_timeout);
            }
            input_.took(reader_.put(input_.bytes()));
            if (reader_.state() == read_state::done) co_return true;
            if (phase_ == phase::header && reader_.header_done()) {
                phase_ = phase::body;
                shared_.deadlines->arm(*this, first_byte_ + limits.request_timeout);
            }
        }
        const bool stuck = reader_.state() == read_state::more && input_.full();
        bool refused = stuck || reader_.state() != read_state::more;
        if (!refused && phase_ == phase::body && !continued_ && reader_.wants_continue()) {
            continued_ = true;
            out_ = "HTTP/1.1 100 Continue\r\n\r\n";
            const bool written = co_await write();
            if (!written) co_return false;
            phase_ = phase::body;
            shared_.deadlines->arm(*this, first_byte_ + limits.request_timeout);
        }
        if (!refused) {
            const bool more = co_await read_some();
            if (more) continue;
            if (!late_ || phase_ == phase::idle) co_return false;
        }
        // Too large, malformed or too slow.
        response refusal(late_ ? 408 : fault_status());
        refusal.close = true;
        refused_ = true;
        head_ = false;
        ++(late_ ? shared_.counts.timed_out : shared_.counts.malformed);
        const bool written = co_await answer(std::move(refusal));
        if (!written) close();
        co_return false;
    }
}

unsigned session::fault_status() const {
    switch (reader_.state()) {
        case read_state::body_too_large:
            return 413;
        case read_state::header_too_large:
            return 431;
        default:
            return 400;
    }
}

awaitable<bool> session::read_some() {
    error_code error;
    const auto n =
        co_await socket_.async_read_some(input_.room(), asio::redirect_error(use_awaitable, error));
    if (error || late_) co_return false;
    input_.added(n);
    co_return true;
}

awaitable<response> session::handle() {
    ++shared_.counts.requests;
    std::exception_ptr failed;
    try {
        co_return co_await shared_.serve(std::move(reader_.message()), peer_);
    } catch (const boost::system::system_error& error) {
        if (error.code() == asio::error::operation_aborted) throw;
        failed = std::current_exception();
    } catch (const std::exception&) {
        failed = std::current_exception();
    }
    ++shared_.counts.handler_failed;
    co_return response(500);
}

awaitable<bool> session::answer(response what) {
    if (what.how != fate::normal && what.how != fate::cut) {
        co_await misbehave(what);
        co_return false;
    }
    out_.clear();
    if (!write_response(out_, what, head_, what.close)) {
        ++shared_.counts.handler_failed;
        out_.clear();
        write_response(out_, response(500), head_, what.close);
    }
    if (what.how == fate::cut) out_.resize(std::min(out_.size(), what.cut_after));
    const bool written = co_await write();
    if (written && what.how == fate::cut) {
        co_await leave();
        co_return false;
    }
    co_return written;
}

awaitable<void> session::misbehave(const response& what) {
    error_code ignored;
    if (what.how == fate::reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    if (what.how == fate::hang) {
        begin(phase::hanging, shared_.settings.hang_max);
        for (bool more = true; more && !shared_.draining;) {
            input_.clear();
            more = co_await read_some();
        }
    }
    close();
}

// All of out_. False: the connection is broken or too slow, and closed.
awaitable<bool> session::write() {
    error_code error;
    auto sent = socket_.write_some(asio::buffer(out_), error);
    if (!error && sent == out_.size()) co_return true;
    if (!error || error == asio::error::would_block) {
        error = {};
        begin(phase::writing, shared_.settings.write_timeout);
        const auto rest = asio::buffer(out_) + sent;
        co_await asio::async_write(socket_, rest, asio::redirect_error(use_awaitable, error));
    }
    if (error) close();
    co_return !error;
}

// Ends the connection so that what was written arrives.
awaitable<void> session::leave() {
    if (phase_ == phase::closed) co_return;
    if (!refused_ && input_.empty()) {
        close();
        co_return;
    }
    error_code error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    late_ = false;
    begin(phase::leaving, leave_max);
    std::size_t swallowed = 0;
    for (bool more = !error; more && swallowed < leave_bytes_max;) {
        input_.clear();
        more = co_await read_some();
        swallowed += input_.bytes().size();
    }
    close();
}

void session::begin(phase next, milliseconds span) {
    if (phase_ == phase::closed) return;
    phase_ = next;
    if (span == milliseconds::max()) {
        watch::disarm(*this);
    } else {
        shared_.deadlines->arm(*this, watch::clock::now() + span);
    }
}

void session::on_deadline() {
    late_ = true;
    error_code ignored;
    switch (phase_) {
        case phase::header:
        case phase::body:
            socket_.cancel(ignored);
            break;  // the coroutine says 408
        case phase::writing:
        case phase::idle:
            ++shared_.counts.timed_out;
            [[fallthrough]];
        case phase::hanging:
        case phase::leaving:
            close();
            break;
        case phase::handling:
        case phase::closed:
            break;
    }
}

// A first request that is on its way, or any that is here already, is still served.
void session::close_if_idle() {
    if (phase_ == phase::hanging) return close();
    if (phase_ != phase::idle) return;
    char byte;
    const auto here = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    const bool fresh = first_byte_ == watch::clock::time_point{};
    if (here == 0 || (here < 0 && !fresh)) return close();
    begin(phase::idle, fresh_grace);
}

void session::abort() {
    cancel_.emit(asio::cancellation_type::terminal);
    close();
}

void session::close() {
    watch::disarm(*this);
    phase_ = phase::closed;
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace pinwire::http
