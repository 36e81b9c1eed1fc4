// Posts over keep-alive connections on loopback with a bare Beast client: as fast as they are
// answered (closed loop), or at a fixed rate whatever happens (open loop), where a post whose
// connection is still busy waits, and that counts. Blocks its caller until all are answered.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bench/percentiles.hpp"

namespace pinwire::bench {

struct post {
    std::string target;
    std::string body;
};

struct posting {
    std::uint16_t port = 0;
    std::size_t connections = 64;
    std::size_t count = 0;
    double rate = 0;                        // posts a second; 0: closed loop
    std::function<post(std::size_t)> make;  // of the numbers below count
};

struct posted {
    std::chrono::steady_clock::time_point began;  // the first one's intended moment
    double seconds = 0;
    double per_second = 0;
    std::size_t refused = 0;  // answers other than 2xx, and lost connections
    percentiles answered;     // ms from the intended moment (closed loop: the first byte)

    // The moment when an open loop's post was due.
    std::chrono::steady_clock::time_point due(std::size_t number, double rate) const;
};

posted post_all(const posting&);

// So many connections that asked once and say nothing more, open until destroyed. Throws
// boost::system::system_error.
class idle_connections {
public:
    idle_connections(std::uint16_t port, std::size_t count);
    ~idle_connections();
    idle_connections(const idle_connections&) = delete;
    idle_connections& operator=(const idle_connections&) = delete;

    std::size_t still_open() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace pinwire::bench
