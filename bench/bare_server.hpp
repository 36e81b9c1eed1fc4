// The least that a server can do: a Beast server in a thread of its own that reads each request and
// answers it with so many bytes, on loopback, over keep-alive connections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace pinwire::bench {

class bare_server {
public:
    explicit bare_server(std::size_t answer_bytes);
    ~bare_server();
    bare_server(const bare_server&) = delete;
    bare_server& operator=(const bare_server&) = delete;

    std::uint16_t port() const;
    double cpu_us() const;  // of its thread so far

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace pinwire::bench
