#include "tests/support/name_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace pinwire::test {
namespace {

constexpr std::size_t header_size = 12;

void put16(std::string& out, unsigned n) {
    out += static_cast<char>(n >> 8);
    out += static_cast<char>(n);
}

unsigned get16(const std::string& from, std::size_t at) {
    return static_cast<unsigned>(static_cast<unsigned char>(from[at])) << 8 |
           static_cast<unsigned char>(from[at + 1]);
}

constexpr unsigned type_a = 1;
constexpr unsigned type_aaaa = 28;

// The addresses' bytes.
std::vector<std::string> records_for(const name_entry& entry, unsigned type) {
    std::vector<std::string> made;
    if (type != type_a && type != type_aaaa) return made;
    const bool six = type == type_aaaa;
    for (const auto& text : six ? entry.v6 : entry.addresses) {
        char bytes[sizeof(in6_addr)];
        if (::inet_pton(six ? AF_INET6 : AF_INET, text.c_str(), bytes) != 1)
            throw std::invalid_argument(text);
        made.emplace_back(bytes, six ? sizeof(in6_addr) : sizeof(in_addr));
    }
    return made;
}

}  // namespace

name_server::name_server(std::map<std::string, name_entry> table, std::uint16_t port)
    : table_(std::move(table)) {
    fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    here.sin_port = htons(port);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) {
        throw std::runtime_error("bind");
    }
    socklen_t size = sizeof here;
    ::getsockname(fd_, reinterpret_cast<sockaddr*>(&here), &size);
    port_ = ntohs(here.sin_port);
    const timeval turn{0, 20'000};  // how soon the end is noticed
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &turn, sizeof turn);
    thread_ = std::thread([this] { serve(); });
}

name_server::~name_server() {
    stop_ = true;
    thread_.join();
    ::close(fd_);
}

int name_server::asked(const std::string& name) const {
    const std::lock_guard lock(mutex_);
    const auto found = asked_.find(name);
    return found == asked_.end() ? 0 : found->second;
}

void name_server::set(const std::string& name, name_entry entry) {
    const std::lock_guard lock(mutex_);
    table_[name] = std::move(entry);
}

name_entry name_server::look_up(const std::string& name, bool counts) {
    const std::lock_guard lock(mutex_);
    if (counts) ++asked_[name];
    const auto found = table_.find(name);
    if (found != table_.end()) {
        auto made = found->second;
        if (!made.by_turns.empty() && asked_[name] % 2 == 0) made.addresses = made.by_turns;
        return made;
    }
    name_entry absent;
    absent.rcode = 3;
    return absent;
}

void name_server::serve() {
    while (!stop_) {
        char buffer[1500];
        sockaddr_in from{};
        socklen_t size = sizeof from;
        auto* whom = reinterpret_cast<sockaddr*>(&from);
        const auto n = ::recvfrom(fd_, buffer, sizeof buffer, 0, whom, &size);
        if (n < static_cast<ssize_t>(header_size)) continue;
        const auto reply = answer(std::string(buffer, static_cast<std::size_t>(n)));
        if (!reply.empty()) ::sendto(fd_, reply.data(), reply.size(), 0, whom, size);
    }
}

std::string name_server::answer(const std::string& question) {
    std::string name;
    std::size_t at = header_size;
    while (at < question.size() && question[at] != 0) {
        const auto length = static_cast<unsigned char>(question[at]);
        if (!name.empty()) name += '.';
        for (const char c : question.substr(at + 1, length)) {
            name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        at += 1u + length;
    }
    const auto type = get16(question, at + 1);
    const auto entry = look_up(name, type == type_a);
    if (entry.silent || (entry.silent_v6 && type == type_aaaa)) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(entry.delay_ms));

    const auto records = records_for(entry, type);
    std::string out = question.substr(0, 2);
    put16(out, 0x8580u | static_cast<unsigned>(entry.rcode));
    put16(out, 1);
    put16(out, static_cast<unsigned>(records.size()));
    put16(out, 0);
    put16(out, 0);
    out += question.substr(header_size, at + 5 - header_size);
    for (const auto& bytes : records) {
        put16(out, 0xc00c);  // the name that was asked for
        put16(out, type);
        put16(out, 1);
        put16(out, entry.ttl >> 16);
        put16(out, entry.ttl & 0xffff);
        put16(out, static_cast<unsigned>(bytes.size()));
        out += bytes;
    }
    return out;
}

}  // namespace pinwire::test
