// HTTP/1.1 client with a keep-alive pool. The answer to a call is a value that says how far the
// request got, because the caller must tell "surely not sent" from "in doubt". Nothing is ever sent
// twice: once a byte went out there is no retry; no pipelining, no redirects, no proxy but the one
// it is given (never from the environment). Single-threaded: everything on the io_context given.
// The client must outlive its calls; destroy it after they ended. Cancelling a call ends it as a
// value too (failure::cancelled).
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/core/address_policy.hpp"
#include "common/core/secret.hpp"
#include "common/core/url.hpp"
#include "common/http/message.hpp"
#include "common/http/resolver.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::http {

// Where a request goes. Connections are pooled by all of this and the address check's id.
struct endpoint {
    endpoint() = default;
    endpoint(bool with_tls, std::string name, std::uint16_t number)
        : tls(with_tls), host(std::move(name)), port(number) {}
    explicit endpoint(const url& where)
        : tls(where.is_https()), host(where.host()), port(where.port()) {}

    bool tls = true;
    std::string host;  // name or IP literal (IPv6 without brackets)
    std::uint16_t port = 443;
    std::string tls_name;  // SNI and certificate name; empty: host
};

enum class progress {
    not_connected,      // DNS, pool, connect or TLS failed: no byte of the request left
    refused_by_policy,  // the address check said no: no byte left, nothing was dialled
    withheld,           // may_send said no in the last instant: no byte left
    sent_no_answer,     // the first byte may have gone out and no whole answer came: in doubt
    answered,           // a whole answer, or one cut at the body limit (truncated)
};

enum class failure {
    none,
    unsendable,      // CR, LF or NUL in target, name or value; empty host
    name_not_found,  // DNS says there is no such name
    dns,             // DNS did not answer in time or failed
    address,         // an address or the port is refused by the check
    pool_full,       // no connection became free in time
    connect,         // refused, unreachable
    connect_timeout,
    proxy,       // it would not open the way
    proxy_away,  // it could not be reached
    tls,         // handshake, certificate or name
    write,       // the connection broke while the request went out
    answer_timeout,
    closed,    // EOF or reset before the whole answer
    nonsense,  // not HTTP
    cancelled,
};

std::string_view to_string(progress how_far);
std::string_view to_string(failure why);

struct exchange {
    progress how_far = progress::not_connected;
    failure why = failure::none;
    std::string error;          // for logs: no payload, no URL
    response answer;            // whole if answered, else what came of it
    bool truncated = false;     // body over the limit, cut there; the connection was closed
    bool reused = false;        // went over a connection that had been used before
    unsigned proxy_status = 0;  // what a proxy answered that would not open the way
    ip_address peer;            // the address dialled, if connected
    std::chrono::microseconds until_sent{0};  // from the call to the first byte
    std::chrono::microseconds elapsed{0};     // from the call to the end

    bool answered() const { return how_far == progress::answered; }
    bool surely_not_sent() const {
        return how_far != progress::answered && how_far != progress::sent_no_answer;
    }
};

// Judges every resolved address before a connection is opened. With a proxy, too: the names of
// calls with a check are looked up here, and the proxy is asked for a way to the address that was
// judged, by CONNECT, in clear text as well. The id tells pools of different policies apart: two
// checks with the same id must judge alike.
struct address_check {
    std::uint64_t id = 0;
    std::function<address_verdict(const ip_address&, std::uint16_t port)> judge;
};

struct call_options {
    std::chrono::milliseconds connect_timeout{3000};  // free slot, DNS, TCP and TLS together
    std::chrono::milliseconds answer_timeout{
        10'000};  // from the first byte out to the last byte in
    // Both end at this moment at the latest (a whole budget); default: never.
    std::chrono::steady_clock::time_point by = std::chrono::steady_clock::time_point::max();
    // Asked in the instant before the first byte, after TCP and TLS are done. May be asked again if
    // the connection proves dead before a byte went out. false → withheld.
    std::function<bool()> may_send;
    std::function<void()> on_first_byte;  // once, straight before the first byte
    std::shared_ptr<const address_check>
        check;  // null: any address (carriers from our own settings)
};

// An HTTP proxy, spoken to in plain text: TLS and calls with a check go through it by CONNECT, the
// rest in absolute form.
struct proxy_settings {
    std::string host;  // empty: none
    std::uint16_t port = 0;
    secret credentials;  // USER:PASSWORD; empty: it asks for none
};

struct client_settings {
    std::size_t per_endpoint_max = 64;
    std::size_t total_max = 1024;
    std::chrono::milliseconds idle_max{4000};    // shorter than the server's
    std::chrono::milliseconds age_max{300'000};  // so that DNS changes apply
    std::size_t header_max = 8 * 1024;
    std::size_t body_max = 64 * 1024;  // of the answer; cut there
    std::string ca_file;               // empty: the system's store
    std::string cert_file;             // our own, with its chain (PEM); empty: none
    secret key;                        // of cert_file (PEM)
    proxy_settings proxy;
    std::string user_agent = "pinwire";  // empty: none
    bool verify_tls = true;              // false only in tests of the client itself
};

struct client_counts {
    std::size_t open = 0;  // connections, idle ones included
    std::size_t idle = 0;
    std::size_t waiting = 0;  // calls that wait for a free connection
    std::uint64_t dialled = 0;
    std::uint64_t reused = 0;
    std::uint64_t found_dead = 0;  // idle connections that had ended
};

class client {
public:
    // The resolver must outlive the client. Throws when ca_file, cert_file or key can't be used.
    client(boost::asio::io_context& context, resolver& names, client_settings settings);
    ~client();
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    awaitable<exchange> send(endpoint where, request what, call_options how);

    // Closes all idle connections; calls under way go on and close theirs. For shutdown.
    void close_idle();

    client_counts counts() const;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::http
