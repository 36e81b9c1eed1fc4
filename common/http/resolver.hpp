// Host names to addresses, without blocking the loop (c-ares on the loop's own sockets). One lookup
// in flight per name, all askers share it; answers are kept for their TTL within bounds, failures
// too. Both families are asked for at once, and one that has answered isn't made to wait for the
// other's name server. IP literals are answered at once; /etc/hosts counts. Single-threaded:
// everything on the io_context given. Must outlive the calls to resolve().
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/core/ip_address.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::http {

struct resolver_settings {
    std::vector<std::string> servers;  // "127.0.0.1:5353", "[::1]:53"; empty: the system's
    bool hosts_file = true;
    bool search = false;  // below the system's search domains, too; never for strangers' names
    std::chrono::milliseconds time_max{3000};  // for one lookup, tries included
    std::chrono::seconds ttl_min{5};
    std::chrono::seconds ttl_max{300};
    std::chrono::seconds keep_absent{30};         // the name does not exist
    std::chrono::seconds keep_transient{2};       // time-out, SERVFAIL
    std::chrono::milliseconds other_family{100};  // to wait for it, once one has answered
    std::size_t names_max = 10'000;               // cache entries; the oldest go first
    // The system's servers and search domains. Without `servers` a change of it is followed, and
    // looked for no oftener than this.
    std::string resolv_conf = "/etc/resolv.conf";
    std::chrono::milliseconds resolv_conf_every{1000};
    std::uint16_t default_port = 53;  // of servers without one; another in tests only
};

enum class resolve_fault { none, no_such_name, timed_out, server_failed, bad_name, cancelled };

inline constexpr std::size_t resolved_max = 16;

struct resolved {
    resolve_fault fault = resolve_fault::none;
    // Not empty if fault is none. By turns one of each family, IPv4 first: it is the one that is
    // seldom broken without a sign. No more than resolved_max of a family.
    std::vector<ip_address> addresses;
};

struct resolver_counts {
    std::size_t lookups = 0;  // questions asked (not answered by cache, twin or literal)
    std::size_t hits = 0;
    std::size_t joined = 0;  // waited for a lookup that was under way
    std::size_t failures = 0;
    std::size_t timeouts = 0;
};

class resolver {
public:
    resolver(boost::asio::io_context& context, resolver_settings settings);
    ~resolver();
    resolver(const resolver&) = delete;
    resolver& operator=(const resolver&) = delete;

    // Waits no longer than until `by`, and never longer than time_max. Never throws for a bad name.
    awaitable<resolved> resolve(std::string host, std::chrono::steady_clock::time_point by);

    const resolver_counts& counts() const;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::http
