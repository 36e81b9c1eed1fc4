// A way between two parts of a test that can fail as networks do: TCP on a port of loopback, passed
// on to another port of loopback or to a Unix socket. How it fails can be changed at any time and
// holds for open connections and new ones. One thread of its own, ended with the object, which
// resets what is open. Its functions may be called from any thread. Throws std::system_error where
// it can't listen.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace pinwire::test {

enum class fault {
    none,
    refuse,           // a new connection is reset at once; open ones go on
    blackhole,        // nothing gets through, nobody is told; goes on its way when it is healed
    delay,            // every piece comes `pause` late, each way
    drip,             // `piece` bytes at a time, `pause` between them, each way
    reset_some,       // a request (a piece from the client) resets its connection, `share` of them
    after_statement,  // PostgreSQL: see below
};

struct failure {
    fault what = fault::none;
    std::chrono::milliseconds pause{0};
    std::size_t piece = 64;
    double share = 0.5;
    std::uint32_t seed = 1;  // of the share
    // A statement with this in its text is passed on, and done and committed by the server; then
    // its connection is reset instead of the answer. Each `every`th such statement.
    std::string statement{};
    int every = 1;
};

struct proxy_counts {
    int connections = 0;      // accepted so far
    int open = 0;             // now
    int refused = 0;          // at once
    int broken = 0;           // of those that were open, by cut(), reset() or a fault
    int after_statement = 0;  // of them, by that fault
    std::uint64_t up = 0;     // bytes read from clients
    std::uint64_t down = 0;   // bytes read from the other side
    std::size_t held = 0;     // bytes read and not passed on yet
};

enum class language { any, postgres };

class fault_proxy {
public:
    // `target`: a port of loopback ("127.0.0.1:9092"), or a Unix socket's path. Empty: it is named
    // later, and until then everybody is refused. `spoken`: postgres to know its statements; then
    // clients have to go without TLS.
    explicit fault_proxy(const std::string& target = "", language spoken = language::any);
    ~fault_proxy();
    fault_proxy(const fault_proxy&) = delete;
    fault_proxy& operator=(const fault_proxy&) = delete;

    std::uint16_t port() const;
    std::string address() const;  // 127.0.0.1:PORT

    void aim_at(const std::string& target);  // new connections
    void fail(const failure& how);           // instead of how it failed before
    void heal() { fail({}); }
    // Ends all that is open now, in order (FIN) or not (RST); what was held is lost. Done when it
    // returns.
    void cut();
    void reset();
    proxy_counts counts() const;

private:
    class loop;
    std::unique_ptr<loop> loop_;
};

}  // namespace pinwire::test
