#include "common/http/server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>
#include <list>
#include <map>

#include "common/core/client_address.hpp"
#include "common/http/asio_address.hpp"
#include "common/http/session.hpp"
#include "common/http/wire.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

// Long enough for a descriptor to become free, short enough to be no outage.
constexpr auto accept_pause = std::chrono::milliseconds(100);

}  // namespace

class server::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::io_context& context, server_settings settings, handler serve)
        : context_(context),
          acceptor_(context.get_executor()),
          pause_(context.get_executor()),
          gone_(context.get_executor()) {
        shared_.settings = std::move(settings);
        shared_.serve = std::move(serve);
        shared_.deadlines = std::make_shared<watch>(context);
        shared_.admits = [this](session& one, const ip_address& told) { return count(one, told); };
    }

    void start(const listening_socket& from);
    listening_socket open() const;
    void abandon();
    awaitable<bool> stop(std::chrono::milliseconds grace);
    peer local_endpoint() const;
    const server_counts& counts() const { return shared_.counts; }

private:
    using acceptor = asio::basic_socket_acceptor<tcp, executor>;

    awaitable<void> accept_all();
    void admit(session::socket&& accepted, const tcp::endpoint& from);
    bool count(session& one, const ip_address& as);
    void turn_away(session::socket&& accepted);
    void ended(session& which);
    void one_less();
    awaitable<void> wait_until_gone(std::chrono::steady_clock::time_point by);

    asio::io_context& context_;
    serving shared_;
    acceptor acceptor_;
    steady_timer pause_;
    steady_timer gone_;
    std::list<std::unique_ptr<session>> sessions_;
    std::map<ip_address, std::size_t> per_address_;
    bool accepting_ = false;
    bool abandoned_ = false;
};

listening_socket server::impl::open() const {
    const auto& limits = shared_.settings;
    return listening_socket(limits.address, limits.port, limits.backlog);
}

void server::impl::start(const listening_socket& from) {
    acceptor_.assign(from.is_v6() ? tcp::v6() : tcp::v4(), from.duplicate());
    accepting_ = true;
    auto on_end = [self = shared_from_this()](std::exception_ptr) {
        self->accepting_ = false;
        self->one_less();
    };
    asio::co_spawn(context_, accept_all(), std::move(on_end));
}

awaitable<void> server::impl::accept_all() {
    while (acceptor_.is_open()) {
        error_code error;
        tcp::endpoint from;
        session::socket accepted(context_.get_executor());
        co_await acceptor_.async_accept(accepted, from, asio::redirect_error(use_awaitable, error));
        if (abandoned_) break;
        if (!error) {
            admit(std::move(accepted), from);  // also one that came with the end
            continue;
        }
        if (!acceptor_.is_open()) break;
        // Out of descriptors or memory: the connection stays in the backlog, so asking again at
        // once would spin.
        ++shared_.counts.accept_failed;
        if (error == asio::error::connection_aborted) continue;
        pause_.expires_after(accept_pause);
        co_await pause_.async_wait(asio::redirect_error(use_awaitable, error));
    }
}

void server::impl::admit(session::socket&& accepted, const tcp::endpoint& from) {
    ++shared_.counts.accepted;
    error_code ignored;
    accepted.non_blocking(true, ignored);
    accepted.set_option(tcp::no_delay(true), ignored);
    peer who;
    who.address = from_asio(from.address());
    who.address = who.address.mapped_v4().value_or(who.address);
    who.port = from.port();
    const auto& limits = shared_.settings;
    const bool from_proxy = holds(limits.proxies, who.address);
    const auto here = per_address_.find(who.address);
    const bool enough =
        !from_proxy && here != per_address_.end() && here->second >= limits.per_address_max;
    if (sessions_.size() >= limits.connections_max || enough) return turn_away(std::move(accepted));
    sessions_.push_back(std::make_unique<session>(shared_, std::move(accepted), who, from_proxy));
    auto& one = *sessions_.back();
    if (!from_proxy) count(one, who.address);
    one.self = std::prev(sessions_.end());
    shared_.counts.open = sessions_.size();
    auto on_end = [self = shared_from_this(), &one](std::exception_ptr) { self->ended(one); };
    asio::co_spawn(
        context_, one.run(), asio::bind_cancellation_slot(one.cancel().slot(), std::move(on_end))
    );
}

// False: it has enough already, and this one doesn't count.
bool server::impl::count(session& one, const ip_address& as) {
    auto& here = per_address_[as];
    if (here >= shared_.settings.per_address_max) {
        ++shared_.counts.over_limit;
        return false;
    }
    ++here;
    one.count_as(as);
    return true;
}

// Best effort and without waiting: whoever is over the limit gets no coroutine.
void server::impl::turn_away(session::socket&& accepted) {
    ++shared_.counts.over_limit;
    std::string text;
    write_response(text, response(503), false, true);
    error_code ignored;
    accepted.write_some(asio::buffer(text), ignored);
    accepted.shutdown(tcp::socket::shutdown_both, ignored);
    accepted.close(ignored);
}

void server::impl::ended(session& which) {
    const auto found = which.counted() ? per_address_.find(*which.counted()) : per_address_.end();
    if (found != per_address_.end() && --found->second == 0) per_address_.erase(found);
    sessions_.erase(which.self);
    shared_.counts.open = sessions_.size();
    one_less();
}

void server::impl::one_less() {
    if (sessions_.empty() && !accepting_) gone_.cancel();
}

awaitable<void> server::impl::wait_until_gone(std::chrono::steady_clock::time_point by) {
    while (!sessions_.empty() || accepting_) {
        if (std::chrono::steady_clock::now() >= by) co_return;
        gone_.expires_at(by);
        error_code ignored;
        co_await gone_.async_wait(asio::redirect_error(use_awaitable, ignored));
    }
}

awaitable<bool> server::impl::stop(std::chrono::milliseconds grace) {
    const auto self = shared_from_this();
    shared_.draining = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (auto& one : sessions_)
        one->close_if_idle();
    co_await wait_until_gone(std::chrono::steady_clock::now() + grace);
    const bool drained = sessions_.empty();
    for (auto& one : sessions_)
        one->abort();
    co_await wait_until_gone(std::chrono::steady_clock::time_point::max());
    co_return drained;
}

void server::impl::abandon() {
    abandoned_ = true;
    shared_.draining = true;
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (auto& one : sessions_)
        one->abort();
    shared_.deadlines->stop();
}

peer server::impl::local_endpoint() const {
    const auto where = acceptor_.local_endpoint();
    peer out;
    out.address = from_asio(where.address());
    out.port = where.port();
    return out;
}

server::server(asio::io_context& context, server_settings settings, handler serve)
    : impl_(std::make_shared<impl>(context, std::move(settings), std::move(serve))) {}

server::~server() {
    impl_->abandon();
}

void server::start() {
    impl_->start(impl_->open());
}
void server::start(const listening_socket& from) {
    impl_->start(from);
}
peer server::local_endpoint() const {
    return impl_->local_endpoint();
}
awaitable<bool> server::stop(std::chrono::milliseconds grace) {
    return impl_->stop(grace);
}
const server_counts& server::counts() const {
    return impl_->counts();
}

}  // namespace pinwire::http
