// A real Kannel for one test: bearerbox and smsbox of Debian's package, in a directory of their
// own, on free ports of loopback, bound to the message centres that the test names. Killed with
// the object. What bearerbox has taken is on disk (spool), so it survives kill9(); what it knows of
// receipts to come does not. Not thread-safe; use it from the test's main thread. Throws
// std::runtime_error, with what both said, where Kannel isn't installed or doesn't come up: a test
// that needs it fails, it does not skip.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/child_process.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

struct kannel_smsc {
    std::string id;  // what X-Kannel-SMSC must say; it takes no other message
    std::uint16_t port = 0;
};

class kannel_node {
public:
    // The account for sendsms.
    static constexpr const char* username = "pinwire";

    kannel_node(std::vector<kannel_smsc> centres, std::string password);
    ~kannel_node();
    kannel_node(const kannel_node&) = delete;
    kannel_node& operator=(const kannel_node&) = delete;

    std::string url() const;      // of smsbox, http://127.0.0.1:PORT
    std::string version() const;  // "1.4.5"

    void kill9();  // both
    void start();  // after kill9(): the same ports, the same spool; all centres are bound again

    void stop_smsc(const std::string& id);  // the operator's command: that connection is "dead"
    // Waits until its connection is "online", "re-connecting", "dead" ...
    void wait_until(const std::string& id, const std::string& state) const;

    std::string log() const;  // of both, all lives; texts of messages stand in it

private:
    void write_configuration();
    void start_bearerbox();
    void start_smsbox();
    std::string command(const std::string& name, const std::string& arguments = "") const;
    [[noreturn]] void give_up(const std::string& why) const;

    temp_dir directory_;
    std::vector<kannel_smsc> centres_;
    std::string password_;
    std::uint16_t admin_port_ = 0;
    std::uint16_t box_port_ = 0;
    std::uint16_t sendsms_port_ = 0;
    std::unique_ptr<child_process> bearerbox_;
    std::unique_ptr<child_process> smsbox_;
};

}  // namespace pinwire::test
