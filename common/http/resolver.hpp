// Host names to addresses, without blocking the loop (c-ares on the loop's own sockets). One lookup
// in flight per name, all askers share it; answers are kept for their TTL within bounds, failures
// too. IP literals are answered at once; /etc/hosts counts. Single-threaded: everything on the
// io_context given. Must outlive the calls to resolve().
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "common/core/ip_address.hpp"

namespace pinwire::http {

struct resolver_settings {
    std::vector<std::string> servers;  // "127.0.0.1:5353", "[::1]:53"; empty: the system's
    bool hosts_file = true;
    std::chrono::milliseconds time_max{3000};  // for one lookup, tries included
    std::chrono::seconds ttl_min{5};
    std::chrono::seconds ttl_max{300};
    std::chrono::seconds keep_absent{30};    // the name does not exist
    std::chrono::seconds keep_transient{2};  // time-out, SERVFAIL
    std::size_t names_max = 10'000;          // cache entries; the oldest go first
};

enum class resolve_fault { none, no_such_name, timed_out, server_failed, bad_name, cancelled };

struct resolved {
    resolve_fault fault = resolve_fault::none;
    std::vector<ip_address> addresses;  // not empty if fault is none
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
    boost::asio::awaitable<resolved> resolve(
        std::string host, std::chrono::steady_clock::time_point by
    );

    const resolver_counts& counts() const;

private:
    class impl;
    std::shared_ptr<impl> impl_;
};

}  // namespace pinwire::http
