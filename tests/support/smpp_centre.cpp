#include "tests/support/smpp_centre.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <ctime>
#include <system_error>
#include <utility>

#include "tests/support/sms_text.hpp"

namespace pinwire::test {
namespace {

constexpr std::uint32_t submit_sm = 0x4, deliver_sm = 0x5, unbind = 0x6, bind_transceiver = 0x9,
                        enquire_link = 0x15, deliver_sm_resp = 0x80000005;
constexpr std::uint32_t response = 0x80000000, generic_nack = 0x80000000;
constexpr std::uint32_t fine = 0, invalid_command = 0x3, invalid_destination = 0xB;
constexpr std::size_t head_size = 16, pdu_max = 64 * 1024;
constexpr int with_header = 0x40;  // of esm_class: the text begins with a user data header
constexpr const char* name = "centre";

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::string number(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(value >> shift & 0xFF);
    return bytes;
}

std::uint32_t number_at(const std::string& bytes, std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[i]);
    return value;
}

// Takes a PDU's body apart, front to back; past its end everything is empty.
class reader {
public:
    explicit reader(const std::string& body) : body_(body) {}
    int octet() { return at_ < body_.size() ? static_cast<unsigned char>(body_[at_++]) : 0; }
    std::string text() {
        const auto end = std::min(body_.find('\0', at_), body_.size());
        auto made = body_.substr(std::min(at_, end), end - std::min(at_, end));
        at_ = end + 1;
        return made;
    }
    std::string bytes(std::size_t count) {
        auto made = at_ < body_.size() ? body_.substr(at_, count) : std::string();
        at_ += count;
        return made;
    }

private:
    const std::string& body_;
    std::size_t at_ = 0;
};

bool read_exactly(int from, std::size_t count, std::string& to) {
    to.assign(count, '\0');
    for (std::size_t got = 0; got < count;) {
        const auto n = ::recv(from, to.data() + got, count - got, 0);
        if (n <= 0) return false;
        got += static_cast<std::size_t>(n);
    }
    return true;
}

bool send_pdu(
    int to,
    std::uint32_t command,
    std::uint32_t status,
    std::uint32_t sequence,
    const std::string& body
) {
    const auto size = static_cast<std::uint32_t>(head_size + body.size());
    const auto pdu = number(size) + number(command) + number(status) + number(sequence) + body;
    for (std::size_t sent = 0; sent < pdu.size();) {
        const auto n = ::send(to, pdu.data() + sent, pdu.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return false;
        sent += static_cast<std::size_t>(n);
    }
    return true;
}

std::string terminated(const std::string& text) {
    return text + '\0';
}

short_message read_submit(const std::string& body) {
    short_message made;
    reader from(body);
    from.text();    // service_type
    from.bytes(2);  // what kind of address
    made.from = from.text();
    from.bytes(2);
    made.to = from.text();
    const int esm_class = from.octet();
    from.bytes(2);  // protocol, priority
    from.text();    // schedule
    made.validity = from.text();
    made.registered_delivery = from.octet();
    from.octet();  // replace
    made.data_coding = from.octet();
    from.octet();  // canned message
    auto text = from.bytes(static_cast<std::size_t>(from.octet()));
    if ((esm_class & with_header) != 0 && !text.empty()) {
        const auto size = static_cast<std::size_t>(static_cast<unsigned char>(text[0])) + 1;
        made.header = text.substr(0, size);
        text.erase(0, size);
    }
    made.text = made.data_coding == 8 ? text_of_ucs2(text) : text_of_gsm(text);
    made.at_us = std::chrono::duration_cast<std::chrono::microseconds>(
                     std::chrono::system_clock::now().time_since_epoch()
    )
                     .count();
    return made;
}

std::string state_of(const std::string& to) {
    if (to.ends_with("0001")) return "UNDELIV";
    if (to.ends_with("0002")) return "EXPIRED";
    return "DELIVRD";
}

}  // namespace

smpp_centre::smpp_centre() {
    start();
}

smpp_centre::~smpp_centre() {
    stop();
}

void smpp_centre::start() {
    listen();
    accepting_ = std::thread([this, listening = listening_] { accept_all(listening); });
}

void smpp_centre::listen() {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listening_ < 0) fail("socket");
    const int yes = 1;
    ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    where.sin_port = htons(port_);
    socklen_t size = sizeof where;
    if (::bind(listening_, reinterpret_cast<const sockaddr*>(&where), size) != 0 ||
        ::listen(listening_, 16) != 0)
        fail("the message centre can't listen");
    ::getsockname(listening_, reinterpret_cast<sockaddr*>(&where), &size);
    port_ = ntohs(where.sin_port);
}

void smpp_centre::stop() {
    if (listening_ < 0) return;
    ::shutdown(listening_, SHUT_RDWR);
    accepting_.join();
    ::close(std::exchange(listening_, -1));
    {
        const std::lock_guard lock(mutex_);
        for (const int one : open_)
            ::shutdown(one, SHUT_RDWR);
    }
    for (auto& one : serving_)
        one.join();
    serving_.clear();
    for (const int one : open_)
        ::close(one);
    open_.clear();
}

void smpp_centre::accept_all(int listening) {
    for (;;) {
        const int peer = ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        if (peer < 0) return;
        const std::lock_guard lock(mutex_);
        open_.push_back(peer);
        serving_.emplace_back([this, peer] {
            serve(peer);
            ::shutdown(peer, SHUT_RDWR);
        });
    }
}

void smpp_centre::serve(int peer) {
    std::string head;
    std::string body;
    while (read_exactly(peer, head_size, head)) {
        const auto size = number_at(head, 0);
        if (size < head_size || size > pdu_max) return;
        if (!read_exactly(peer, size - head_size, body) || !answer(peer, head, body)) return;
    }
}

bool smpp_centre::answer(int peer, const std::string& head, const std::string& body) {
    const auto command = number_at(head, 4);
    const auto sequence = number_at(head, 12);
    switch (command) {
        case bind_transceiver:
            return send_pdu(peer, command | response, fine, sequence, terminated(name));
        case enquire_link:
            return send_pdu(peer, command | response, fine, sequence, "");
        case unbind:
            send_pdu(peer, command | response, fine, sequence, "");
            return false;
        case submit_sm:
            return take(peer, sequence, body);
        case deliver_sm_resp:
            return true;
        default:
            return send_pdu(peer, generic_nack, invalid_command, sequence, "");
    }
}

bool smpp_centre::take(int peer, std::uint32_t sequence, const std::string& body) {
    auto message = read_submit(body);
    const bool refused = message.to.ends_with("0011");
    {
        const std::lock_guard lock(mutex_);
        // as real ones: hexadecimal, and of no use as a number
        if (!refused) message.id = fmt::format("{:x}{:08x}", port_, ++sequence_);
        submitted_.push_back(message);
    }
    if (refused) return send_pdu(peer, submit_sm | response, invalid_destination, sequence, "");
    if (!send_pdu(peer, submit_sm | response, fine, sequence, terminated(message.id))) return false;
    if ((message.registered_delivery & 1) == 0) return true;
    const bool twice = message.to.ends_with("0005");
    return send_receipt(peer, message) && (!twice || send_receipt(peer, message));
}

bool smpp_centre::send_receipt(int peer, const short_message& about) {
    const auto state = state_of(about.to);
    const auto now = fmt::format("{:%y%m%d%H%M}", fmt::gmtime(std::time(nullptr)));
    const auto text = fmt::format(
        "id:{} sub:001 dlvrd:{} submit date:{} done date:{} stat:{} err:{} text:{}",
        about.id,
        state == "DELIVRD" ? "001" : "000",
        now,
        now,
        state,
        state == "DELIVRD" ? "000" : "027",
        about.text.substr(0, 20)
    );
    std::string body = terminated("");
    body += std::string("\x01\x01", 2) + terminated(about.to);
    body += std::string("\x01\x01", 2) + terminated(about.from);
    body += std::string("\x04\x00\x00", 3);  // a receipt
    body += terminated("") + terminated("");
    body += std::string("\x00\x00\x00\x00", 4);
    body += static_cast<char>(text.size()) + text;
    std::uint32_t sequence = 0;
    {
        const std::lock_guard lock(mutex_);
        sequence = ++sequence_;
    }
    return send_pdu(peer, deliver_sm, fine, sequence, body);
}

std::vector<short_message> smpp_centre::submitted() const {
    const std::lock_guard lock(mutex_);
    return submitted_;
}

}  // namespace pinwire::test
