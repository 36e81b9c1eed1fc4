// A short message centre on a port of its own that speaks SMPP 3.4 with whoever binds to it as a
// transceiver: a real gateway's far end in tests. It takes each message, keeps it, and sends a
// delivery receipt in the form of the specification's appendix B, which quotes the text. (Kannel's
// own fakesmsc gives none: Kannel invents them for it.) The last four digits of the number say what
// happens, as in docs/simulator.md: 0001 not delivered, 0002 expired, 0005 the receipt twice, 0011
// refused (ESME_RINVDSTADR); anything else is delivered.
// Threads of its own, ended with the object. Thread-safe but for stop() and start(), which are the
// test's own. Throws std::system_error where it can't listen.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace pinwire::test {

struct short_message {
    std::string id;  // what submit_sm_resp said; empty: refused
    std::string from;
    std::string to;
    std::string text;             // UTF-8, of this part
    int data_coding = 0;          // 0: GSM 03.38, 8: UCS-2
    int registered_delivery = 0;  // whether a receipt was asked for
    std::string validity;         // as SMPP writes it; empty: the centre's own
    std::string header;           // user data header: its parts belong together
    std::int64_t at_us = 0;       // of the epoch, when it was read
};

class smpp_centre {
public:
    smpp_centre();
    ~smpp_centre();
    smpp_centre(const smpp_centre&) = delete;
    smpp_centre& operator=(const smpp_centre&) = delete;

    std::uint16_t port() const { return port_; }
    // Everything that was submitted since the beginning, what was refused too.
    std::vector<short_message> submitted() const;

    // Breaks all connections and listens no more; what was submitted stays known.
    void stop();
    void start();  // on the same port

private:
    void listen();
    void accept_all(int listening);
    void serve(int peer);
    bool answer(int peer, const std::string& head, const std::string& body);
    bool take(int peer, std::uint32_t sequence, const std::string& body);
    bool send_receipt(int peer, const short_message& about);

    std::uint16_t port_ = 0;
    int listening_ = -1;
    mutable std::mutex mutex_;
    std::vector<short_message> submitted_;
    std::uint32_t sequence_ = 0;
    std::vector<int> open_;
    std::vector<std::thread> serving_;
    std::thread accepting_;
};

}  // namespace pinwire::test
