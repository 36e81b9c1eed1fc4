// Connections to a server that say nothing and stay open, from an address of loopback of their own:
// for tests that fill a listener. Closed with the object. Throws std::system_error where the kernel
// refuses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pinwire::test {

class idle_connections {
public:
    idle_connections() = default;
    ~idle_connections() { close(); }
    idle_connections(const idle_connections&) = delete;
    idle_connections& operator=(const idle_connections&) = delete;

    // `from`: whose they are, "127.0.0.2". To that port of 127.0.0.1.
    void open(std::size_t count, const std::string& from, std::uint16_t to);
    // How many of them were told something: that there is no room.
    std::size_t answered() const;
    void close();

private:
    std::vector<int> handles_;
};

}  // namespace pinwire::test
