// A name server on a loopback port of its own: answers A and AAAA questions from a table, and
// counts. A thread of its own; the table may change meanwhile.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace pinwire::test {

struct name_entry {
    std::vector<std::string> addresses;  // dotted quads; empty and rcode 0: no data
    int rcode = 0;                       // 3: no such name, 2: server failure
    std::uint32_t ttl = 60;
    bool silent = false;
    int delay_ms = 0;
    std::vector<std::string> v6;        // for AAAA questions
    bool silent_v6 = false;             // to them alone
    std::vector<std::string> by_turns;  // instead of `addresses` in every second answer; empty: no
};

class name_server {
public:
    // `port`: 0: any free one.
    explicit name_server(std::map<std::string, name_entry> table, std::uint16_t port = 0);
    ~name_server();

    void set(const std::string& name, name_entry entry);
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::uint16_t port() const { return port_; }
    int asked(const std::string& name) const;  // A questions for it

private:
    void serve();
    name_entry look_up(const std::string& name, bool counts);
    std::string answer(const std::string& question);

    std::map<std::string, name_entry> table_;
    int fd_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<bool> stop_{false};
    mutable std::mutex mutex_;
    std::map<std::string, int> asked_;
    std::thread thread_;
};

}  // namespace pinwire::test
