// A real nginx for one test, with a file of deploy/nginx as its configuration: only addresses,
// ports and paths are replaced, and each text to be replaced must be there, so that what is shipped
// is what is tested. Two worker processes, on free ports of loopback, in a directory of its own;
// ended with the object. Not thread-safe; use it from the test's main thread. Throws
// std::runtime_error, with what nginx said, where it isn't installed or doesn't come up: a test
// that needs it fails, it does not skip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

struct nginx_changes {
    std::vector<std::pair<std::string, std::string>> replaced;
    // Lines that are shipped commented out ("    # ssl_verify_client optional;") and that count
    // here: their text from behind the mark on, or its beginning.
    std::vector<std::string> enabled;
};

class nginx_node {
public:
    // `shipped`: "pinwire.conf" or "pinwire-stream.conf".
    nginx_node(const std::string& shipped, nginx_changes changes);
    ~nginx_node();
    nginx_node(const nginx_node&) = delete;
    nginx_node& operator=(const nginx_node&) = delete;

    std::uint16_t port() const { return tls_port_; }          // TLS, on 127.0.0.1
    std::uint16_t plain_port() const { return plain_port_; }  // no TLS

    // SIGHUP, as `nginx -s reload` sends it; the new workers are there when it returns. The old
    // ones end when they have nothing more to do.
    void reload();

    // All that it wrote, to every file.
    std::string logs() const;

private:
    bool started();  // false: a port was taken
    void write_configuration();
    std::size_t workers_started() const;
    void stop();
    [[noreturn]] void give_up(const std::string& why) const;

    temp_dir directory_;
    std::string shipped_;
    nginx_changes changes_;
    std::uint16_t tls_port_ = 0;
    std::uint16_t plain_port_ = 0;
    std::unique_ptr<child_process> master_;
};

// The text of a file of deploy/nginx.
std::string shipped_nginx(const std::string& name);

}  // namespace pinwire::test
