#include "common/http/client.hpp"

#include <openssl/ssl.h>

#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>

#include "common/core/basic_auth.hpp"
#include "common/http/connection.hpp"
#include "common/http/pool.hpp"
#include "common/http/wire.hpp"

namespace pinwire::http {
namespace asio = boost::asio;
using clock = watch::clock;

namespace {

constexpr std::size_t addresses_tried_max = 4;

clock::time_point sooner(clock::time_point now, clock::duration span, clock::time_point by) {
    return by - now > span ? now + span : by;
}

std::chrono::microseconds since(clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - start);
}

asio::ssl::context make_tls(const client_settings& settings) {
    asio::ssl::context out(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(out.native_handle(), TLS1_2_VERSION);
    // a server could make us shake hands again and again
    SSL_CTX_set_options(out.native_handle(), SSL_OP_NO_RENEGOTIATION);
    if (!settings.cert_file.empty()) {
        // never asks a terminal for a passphrase
        out.set_password_callback([](std::size_t, asio::ssl::context::password_purpose) {
            return std::string();
        });
        out.use_certificate_chain_file(settings.cert_file);
        const auto key = settings.key.reveal();
        out.use_private_key(asio::buffer(key), asio::ssl::context::pem);
    }
    if (!settings.verify_tls) {
        out.set_verify_mode(asio::ssl::verify_none);
        return out;
    }
    out.set_verify_mode(asio::ssl::verify_peer);
    if (settings.ca_file.empty()) {
        out.set_default_verify_paths();
    } else {
        out.load_verify_file(settings.ca_file);
    }
    return out;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : '[' + host + ']';
}

std::string authority(const endpoint& where) {
    return bracketed(where.host) + ':' + std::to_string(where.port);
}

std::string authorization_for(const proxy_settings& proxy) {
    const auto clear = proxy.credentials.reveal();
    return clear.empty() ? std::string() : basic_proof(clear);
}

std::string host_field(const endpoint& where) {
    auto out = bracketed(where.host);
    if (where.port != (where.tls ? 443 : 80)) out += ':' + std::to_string(where.port);
    return out;
}

void write_key(std::string& out, const endpoint& where, const address_check* check) {
    out.clear();
    out += where.tls ? 's' : 'p';
    out += std::to_string(where.port);
    out += '|';
    out += where.host;
    out += '|';
    out += where.tls_name;
    if (check) {
        out += '|';
        out += std::to_string(check->id);
    }
}

std::string_view fault_text(failure why) {
    switch (why) {
        case failure::answer_timeout:
            return "no whole answer in time";
        case failure::closed:
            return "connection ended before the whole answer";
        case failure::nonsense:
            return "the answer is not HTTP";
        default:
            return to_string(why);
    }
}

}  // namespace

std::string_view to_string(progress how_far) {
    switch (how_far) {
        case progress::not_connected:
            return "not_connected";
        case progress::refused_by_policy:
            return "refused_by_policy";
        case progress::withheld:
            return "withheld";
        case progress::sent_no_answer:
            return "sent_no_answer";
        case progress::answered:
            return "answered";
    }
    return "unknown";
}

std::string_view to_string(failure why) {
    switch (why) {
        case failure::none:
            return "none";
        case failure::unsendable:
            return "unsendable";
        case failure::name_not_found:
            return "name_not_found";
        case failure::dns:
            return "dns";
        case failure::address:
            return "address";
        case failure::pool_full:
            return "pool_full";
        case failure::connect:
            return "connect";
        case failure::connect_timeout:
            return "connect_timeout";
        case failure::proxy:
            return "proxy";
        case failure::proxy_away:
            return "proxy_away";
        case failure::tls:
            return "tls";
        case failure::write:
            return "write";
        case failure::answer_timeout:
            return "answer_timeout";
        case failure::closed:
            return "closed";
        case failure::nonsense:
            return "nonsense";
        case failure::cancelled:
            return "cancelled";
    }
    return "unknown";
}

class client::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::io_context& context, resolver& names, client_settings settings)
        : context_(context),
          names_(names),
          settings_(std::move(settings)),
          tls_(make_tls(settings_)),
          proxy_authorization_(authorization_for(settings_.proxy)),
          watch_(std::make_shared<watch>(context)),
          pool_(context.get_executor(), watch_, settings_, counts_) {}
    // Calls that were not awaited end as if their time were over; they keep this object until then.
    void abandon() {
        pool_.abandon();
        watch_->stop();
    }

    awaitable<exchange> send(endpoint where, request what, call_options how);
    void close_idle() { pool_.close_idle(); }
    const client_counts& counts() const { return counts_; }

private:
    // One call on its way.
    struct call {
        endpoint where;
        request what;
        call_options how;
        clock::time_point started = clock::now();
        clock::time_point connect_by{};
        bool announced = false;
        exchange out;

        void fail(progress how_far, failure why, std::string text) {
            out.how_far = how_far;
            out.why = why;
            out.error = std::move(text);
        }
    };
    enum class step { go_on, again, over };

    awaitable<step> get_connection(call& c, pool::lease& held);
    awaitable<step> dial(call& c, pool::lease& held);
    awaitable<step> dial_each(
        call& c,
        pool::lease& held,
        std::vector<ip_address> addresses,
        std::vector<ip_address> proxies
    );
    awaitable<step> open_one(
        call& c, pool::lease& held, const ip_address& address, open_request how
    );
    awaitable<std::vector<ip_address>> look_up(call& c, std::string host);
    bool tunnels(const call& c) const { return has_proxy() && (c.where.tls || c.how.check); }
    bool judge(call& c, const std::vector<ip_address>& addresses);
    step start(call& c, pool::lease& held);
    void conclude(call& c, pool::lease& held);
    bool has_proxy() const { return !settings_.proxy.host.empty(); }

    asio::io_context& context_;
    resolver& names_;
    client_settings settings_;
    client_counts counts_;
    asio::ssl::context tls_;
    std::string proxy_authorization_;  // empty: it asks for none
    std::shared_ptr<watch> watch_;
    pool pool_;
    std::string key_;
};

awaitable<exchange> client::impl::send(endpoint where, request what, call_options how) {
    const auto self = shared_from_this();
    call c;
    c.where = std::move(where);
    c.what = std::move(what);
    c.how = std::move(how);
    c.connect_by = sooner(c.started, c.how.connect_timeout, c.how.by);
    pool::lease held;
    bool begun = false;
    try {
        for (auto next = step::again; next == step::again;) {
            held = pool::lease();
            write_key(key_, c.where, c.how.check.get());
            held = pool_.take(key_);
            next = step::go_on;
            if (!held || !held.get() || !held->still_open()) {
                next = co_await get_connection(c, held);
            }
            if (next == step::go_on) next = start(c, held);
            if (next == step::go_on) {
                begun = true;
                co_await held->answer();
                conclude(c, held);
            }
        }
    } catch (const boost::system::system_error& error) {
        if (error.code() != asio::error::operation_aborted) throw;
        // Cancelled. An answer that came in the same instant is kept.
        if (begun && held->finished()) {
            conclude(c, held);
        } else {
            const auto how_far = begun ? progress::sent_no_answer : progress::not_connected;
            c.fail(how_far, failure::cancelled, "cancelled");
        }
    }
    c.out.elapsed = since(c.started);
    co_return std::move(c.out);
}

// The way that is not taken when an idle connection is at hand.
awaitable<client::impl::step> client::impl::get_connection(call& c, pool::lease& held) {
    if (held && held.get()) {
        ++counts_.found_dead;
        held->close();
        co_return step::again;
    }
    if (!held) {
        held = co_await pool_.wait(key_, c.connect_by);
        if (!held) {
            const auto text = "no connection became free in time";
            c.fail(progress::not_connected, failure::pool_full, text);
            co_return step::over;
        }
        if (held.get()) co_return held->still_open() ? step::go_on : step::again;
    }
    co_return co_await dial(c, held);
}

// Empty: the call has failed.
awaitable<std::vector<ip_address>> client::impl::look_up(call& c, std::string host) {
    auto found = co_await names_.resolve(std::move(host), c.connect_by);
    if (found.fault == resolve_fault::none) co_return std::move(found.addresses);
    const bool absent = found.fault == resolve_fault::no_such_name;
    const auto why = absent ? failure::name_not_found : failure::dns;
    c.fail(progress::not_connected, why, absent ? "no such name" : "name lookup failed");
    co_return std::vector<ip_address>();
}

awaitable<client::impl::step> client::impl::dial(call& c, pool::lease& held) {
    std::vector<ip_address> far;
    if (!has_proxy() || c.how.check) {
        far = co_await look_up(c, c.where.host);
        if (far.empty() || !judge(c, far)) co_return step::over;
    }
    std::vector<ip_address> nobody;
    if (!has_proxy()) co_return co_await dial_each(c, held, std::move(far), std::move(nobody));
    auto proxies = co_await look_up(c, settings_.proxy.host);
    if (proxies.empty()) {
        c.out.why = failure::proxy_away;
        co_return step::over;
    }
    if (!c.how.check) {
        co_return co_await dial_each(c, held, std::move(proxies), std::move(nobody));
    }
    co_return co_await dial_each(c, held, std::move(far), std::move(proxies));
}

// One after the other until one can be used; with `proxies`: by a way that one of them opens. One
// that is away is not tried again.
awaitable<client::impl::step> client::impl::dial_each(
    call& c, pool::lease& held, std::vector<ip_address> addresses, std::vector<ip_address> proxies
) {
    auto left = std::min(addresses.size(), addresses_tried_max);
    auto proxies_left = std::min(proxies.size(), addresses_tried_max);
    const bool through = proxies_left > 0;
    for (std::size_t i = 0, via = 0; left > 0;) {
        const auto& address = addresses[i];
        open_request how;
        // A dead address must not use up the time of those behind it.
        const auto now = clock::now();
        how.by = now + (c.connect_by - now) / static_cast<int>(left);
        how.reach_by = through ? now + (how.by - now) / static_cast<int>(proxies_left) : how.by;
        if (tunnels(c)) {
            auto to = c.where;
            if (through) to.host = address.to_string();
            how.tunnel = connect_request(authority(to), proxy_authorization_);
        }
        const auto& whom = through ? proxies[via] : address;
        const auto next = co_await open_one(c, held, whom, std::move(how));
        if (next != step::over || c.out.why == failure::tls) co_return next;
        if (through && c.out.why == failure::proxy_away) {
            if (--proxies_left == 0) co_return next;
            ++via;
        } else {
            ++i;
            --left;
        }
    }
    co_return step::over;
}

awaitable<client::impl::step> client::impl::open_one(
    call& c, pool::lease& held, const ip_address& address, open_request how
) {
    auto fresh = std::make_shared<connection>(context_, watch_, settings_);
    ++counts_.dialled;
    how.port = has_proxy() ? settings_.proxy.port : c.where.port;
    how.tls = c.where.tls ? &tls_ : nullptr;
    how.name = c.where.tls_name.empty() ? c.where.host : c.where.tls_name;
    auto fault = co_await fresh->open(address, std::move(how));
    if (fault.why != failure::none) {
        const bool away = has_proxy() && !fault.reached;
        const auto why = away ? failure::proxy_away : fault.why;
        c.fail(progress::not_connected, why, std::move(fault.text));
        c.out.proxy_status = fault.proxy_status;
        co_return step::over;
    }
    c.out.why = failure::none;
    c.out.error.clear();
    held.fill(std::move(fresh));
    co_return step::go_on;
}

bool client::impl::judge(call& c, const std::vector<ip_address>& addresses) {
    if (!c.how.check) return true;
    for (const auto& address : addresses) {
        const auto verdict = c.how.check->judge(address, c.where.port);
        if (verdict == address_verdict::allowed) continue;
        c.fail(progress::refused_by_policy, failure::address, std::string(to_string(verdict)));
        return false;
    }
    return true;
}

// Everything from the last check to the first byte, without a suspension in between.
client::impl::step client::impl::start(call& c, pool::lease& held) {
    auto& wire = held->out();
    wire.clear();
    proxy_words words;
    const bool absolute = has_proxy() && !tunnels(c);
    if (absolute) {
        words.origin = "http://" + authority(c.where);
        words.authorization = proxy_authorization_;
    }
    const auto* through = absolute ? &words : nullptr;
    if (!write_request(wire, c.what, host_field(c.where), settings_.user_agent, through)) {
        c.fail(progress::not_connected, failure::unsendable, "request can't be written as HTTP");
        return step::over;
    }
    const auto now = clock::now();
    if (now >= c.how.by) {
        c.fail(progress::not_connected, failure::connect_timeout, "deadline before the first byte");
        return step::over;
    }
    if (c.how.may_send && !c.how.may_send()) {
        c.fail(progress::withheld, failure::none, "withheld");
        return step::over;
    }
    if (c.how.on_first_byte && !std::exchange(c.announced, true)) c.how.on_first_byte();
    c.out.reused = held->used();
    c.out.peer = held->peer();
    c.out.until_sent = std::chrono::duration_cast<std::chrono::microseconds>(now - c.started);
    const auto answer_by = sooner(now, c.how.answer_timeout, c.how.by);
    if (held->begin(c.what.method == "HEAD", answer_by)) {
        if (c.out.reused) ++counts_.reused;
        return step::go_on;
    }
    if (c.out.reused) {
        ++counts_.found_dead;
        return step::again;
    }
    c.fail(progress::not_connected, failure::write, "connection ended before the first byte");
    return step::over;
}

void client::impl::conclude(call& c, pool::lease& held) {
    c.out.answer = held->take_answer();
    c.out.truncated = held->truncated();
    c.out.why = held->why();
    c.out.how_far = progress::answered;
    if (c.out.why != failure::none) {
        c.fail(progress::sent_no_answer, c.out.why, std::string(fault_text(c.out.why)));
    }
}

client::client(asio::io_context& context, resolver& names, client_settings settings)
    : impl_(std::make_shared<impl>(context, names, std::move(settings))) {}

client::~client() {
    impl_->abandon();
}

awaitable<exchange> client::send(endpoint where, request what, call_options how) {
    return impl_->send(std::move(where), std::move(what), std::move(how));
}

void client::close_idle() {
    impl_->close_idle();
}

client_counts client::counts() const {
    return impl_->counts();
}

}  // namespace pinwire::http
