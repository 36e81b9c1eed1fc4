// A socket that listens, for servers that come and go over it: while none accepts, the kernel
// queues connections, and the next server takes them. Open from the constructor to the destructor.
// Any thread.
#pragma once

#include <cstdint>
#include <string>

namespace pinwire::http {

class listening_socket {
public:
    // Throws boost::system::system_error: no address, or it can't be bound. Port 0: any free one.
    listening_socket(const std::string& address, std::uint16_t port, int backlog);
    ~listening_socket();
    listening_socket(const listening_socket&) = delete;
    listening_socket& operator=(const listening_socket&) = delete;

    // Another descriptor of the same socket, the caller's to close. Throws system_error.
    int duplicate() const;
    bool is_v6() const noexcept { return v6_; }

private:
    int descriptor_ = -1;
    bool v6_ = false;
};

}  // namespace pinwire::http
