#include "tests/support/fault_proxy.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <list>
#include <mutex>
#include <random>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/pg_messages.hpp"

namespace pinwire::test {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t held_max = 256 * 1024;  // each way; then its sender has to wait
constexpr std::size_t read_max = 16 * 1024;

[[noreturn]] void fail_with(const char* what) {
    throw std::system_error(errno, std::system_category(), what);
}

sockaddr_in loopback(int port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    made.sin_port = htons(static_cast<std::uint16_t>(port));
    return made;
}

// Begins to connect, without waiting. -1: nobody is there.
int reach(const std::string& target) {
    if (target.empty()) return -1;
    const bool local = target.front() == '/';
    const int made =
        ::socket(local ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result = 0;
    if (local) {
        sockaddr_un where{};
        where.sun_family = AF_UNIX;
        std::strncpy(where.sun_path, target.c_str(), sizeof where.sun_path - 1);
        result = ::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    } else {
        const auto where = loopback(std::stoi(target.substr(target.rfind(':') + 1)));
        result = ::connect(made, reinterpret_cast<const sockaddr*>(&where), sizeof where);
    }
    if (result == 0 || errno == EINPROGRESS) return made;
    ::close(made);
    return -1;
}

void no_delay(int socket) {
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void close_with_reset(int socket) {
    const linger at_once{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(socket);
}

struct piece {
    std::string bytes;
    clock::time_point due;
};

struct way {
    int from = -1;
    int to = -1;
    std::deque<piece> held;
    std::size_t size = 0;
    bool ended = false;   // its sender has no more
    bool closed = false;  // its receiver was told so
};

struct link {
    way up;
    way down;
    pg_client_messages said;
    pg_server_messages heard;
    bool doomed = false;  // its statement is being done, and nobody will hear of it
    bool dead = false;
    std::size_t at = 0;  // of its two descriptors among those polled; 0: too new
};

}  // namespace

class fault_proxy::loop {
public:
    loop(std::string target, language spoken);
    ~loop();

    std::uint16_t port() const { return port_; }
    void aim_at(std::string target);
    void fail(const failure& how);
    void end_all(bool hard);
    proxy_counts counts() const;

private:
    enum class order { none, cut, reset };

    void run();
    void obey();
    std::vector<pollfd> wanted(int& timeout_ms);
    void add(std::vector<pollfd>& to, int descriptor, const way& in, const way& out, int& timeout);
    void accept_all();
    void serve(link& of, const std::vector<pollfd>& ready);
    void read_from(link& of, way& one);
    void pass(link& of, way& one, std::string_view bytes);
    void pass_down(link& of, std::string_view bytes);
    void hold(way& one, std::string_view bytes);
    void flush(link& of, way& one);
    void end(link& of, bool hard);
    bool is_ordered(link& of, std::string_view bytes);
    bool chosen() { return dice_() < how_.share * 4294967296.0; }
    void wake() const;

    const language spoken_;
    int listener_ = -1;
    int waker_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable obeyed_;
    std::string target_;
    failure how_;
    std::mt19937 dice_;
    int statements_ = 0;  // that would do
    order order_ = order::none;
    bool ending_ = false;
    proxy_counts counts_;
    std::list<link> links_;
    std::thread thread_;
};

fault_proxy::loop::loop(std::string target, language spoken)
    : spoken_(spoken), target_(std::move(target)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    waker_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    auto where = loopback(0);
    socklen_t size = sizeof where;
    auto* const raw = reinterpret_cast<sockaddr*>(&where);
    if (listener_ < 0 || waker_ < 0 || ::bind(listener_, raw, size) != 0 ||
        ::listen(listener_, 512) != 0 || ::getsockname(listener_, raw, &size) != 0)
        fail_with("a proxy's port");
    port_ = ntohs(where.sin_port);
    thread_ = std::thread([this] { run(); });
}

fault_proxy::loop::~loop() {
    {
        const std::lock_guard lock(mutex_);
        ending_ = true;
    }
    wake();
    thread_.join();
    ::close(listener_);
    ::close(waker_);
}

void fault_proxy::loop::wake() const {
    const std::uint64_t one = 1;
    // a full counter wakes as well
    [[maybe_unused]] const auto written = ::write(waker_, &one, sizeof one);
}

void fault_proxy::loop::aim_at(std::string target) {
    const std::lock_guard lock(mutex_);
    target_ = std::move(target);
}

void fault_proxy::loop::fail(const failure& how) {
    {
        const std::lock_guard lock(mutex_);
        how_ = how;
        dice_.seed(how.seed);
        statements_ = 0;
        // what was held by another fault goes on its way
        for (auto& one : links_)
            for (auto* each : {&one.up, &one.down})
                for (auto& kept : each->held)
                    kept.due =
                        how.what == fault::blackhole ? clock::time_point::max() : clock::now();
    }
    wake();
}

void fault_proxy::loop::end_all(bool hard) {
    std::unique_lock lock(mutex_);
    order_ = hard ? order::reset : order::cut;
    wake();
    obeyed_.wait(lock, [this] { return order_ == order::none; });
}

proxy_counts fault_proxy::loop::counts() const {
    const std::lock_guard lock(mutex_);
    auto made = counts_;
    made.open = static_cast<int>(links_.size());
    for (const auto& one : links_)
        made.held += one.up.size + one.down.size;
    return made;
}

void fault_proxy::loop::run() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        obey();
        int timeout = -1;
        auto ready = wanted(timeout);
        lock.unlock();
        ::poll(ready.data(), ready.size(), timeout);
        std::uint64_t count = 0;
        while (::read(waker_, &count, sizeof count) > 0) {
        }
        lock.lock();
        for (auto& one : links_)
            serve(one, ready);
        links_.remove_if([](const link& one) { return one.dead; });
        accept_all();
    }
    for (auto& one : links_)
        end(one, true);
    links_.clear();
}

void fault_proxy::loop::obey() {
    if (order_ == order::none) return;
    for (auto& one : links_) {
        end(one, order_ == order::reset);
        ++counts_.broken;
    }
    links_.clear();
    order_ = order::none;
    obeyed_.notify_all();
}

std::vector<pollfd> fault_proxy::loop::wanted(int& timeout_ms) {
    std::vector<pollfd> made = {{waker_, POLLIN, 0}, {listener_, POLLIN, 0}};
    for (auto& one : links_) {
        one.at = made.size();
        add(made, one.up.from, one.up, one.down, timeout_ms);
        add(made, one.down.from, one.down, one.up, timeout_ms);
    }
    return made;
}

// One end of a link: `in` comes from it, `out` goes to it. An end that nothing is wanted of is left
// out, for it would say again and again that its peer has gone.
void fault_proxy::loop::add(
    std::vector<pollfd>& to, int descriptor, const way& in, const way& out, int& timeout
) {
    short events = 0;
    if (!in.ended && in.size < held_max) events |= POLLIN;
    if (!out.held.empty() && out.held.front().due != clock::time_point::max()) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(out.held.front().due - clock::now());
        if (left.count() <= 0) {
            events |= POLLOUT;
        } else if (timeout < 0 || left.count() < timeout) {
            timeout = static_cast<int>(left.count());
        }
    }
    to.push_back({events == 0 ? -1 : descriptor, events, 0});
}

void fault_proxy::loop::accept_all() {
    for (;;) {
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0) return;
        ++counts_.connections;
        const int server = how_.what == fault::refuse ? -1 : reach(target_);
        if (server < 0) {
            ++counts_.refused;
            close_with_reset(client);
            continue;
        }
        no_delay(client);
        no_delay(server);
        auto& made = links_.emplace_back();
        made.up.from = made.down.to = client;
        made.up.to = made.down.from = server;
    }
}

void fault_proxy::loop::serve(link& of, const std::vector<pollfd>& ready) {
    if (of.at == 0) return;
    if (ready[of.at].revents != 0 && !of.up.ended) read_from(of, of.up);
    if (!of.dead && ready[of.at + 1].revents != 0 && !of.down.ended) read_from(of, of.down);
    for (auto* one : {&of.up, &of.down})
        if (!of.dead) flush(of, *one);
    if (!of.dead && of.up.closed && of.down.closed) end(of, false);
}

void fault_proxy::loop::read_from(link& of, way& one) {
    if (one.size >= held_max) return;
    char bytes[read_max];
    const auto n = ::recv(one.from, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n > 0) {
        pass(of, one, std::string_view(bytes, static_cast<std::size_t>(n)));
    } else if (n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOTCONN)) {
        return;
    } else if (n == 0 || how_.what == fault::blackhole) {
        one.ended = true;
    } else {
        end(of, true);
    }
}

void fault_proxy::loop::pass(link& of, way& one, std::string_view bytes) {
    if (&one == &of.down) return pass_down(of, bytes);
    counts_.up += bytes.size();
    const bool ordered = is_ordered(of, bytes);
    if (how_.what == fault::reset_some && chosen()) {
        ++counts_.broken;
        return end(of, true);
    }
    if (ordered && ++statements_ % how_.every == 0) of.doomed = true;
    hold(one, bytes);
}

void fault_proxy::loop::pass_down(link& of, std::string_view bytes) {
    counts_.down += bytes.size();
    const bool ready = spoken_ == language::postgres && of.heard.read(bytes) > 0;
    if (!of.doomed) return hold(of.down, bytes);
    if (!ready) return;
    ++counts_.broken;
    ++counts_.after_statement;
    end(of, true);
}

bool fault_proxy::loop::is_ordered(link& of, std::string_view bytes) {
    if (spoken_ != language::postgres) return false;
    // read along always: a statement is prepared long before it is executed
    const auto texts = of.said.read(bytes);
    if (how_.what != fault::after_statement) return false;
    return std::any_of(texts.begin(), texts.end(), [this](const std::string& text) {
        return text.find(how_.statement) != std::string::npos;
    });
}

void fault_proxy::loop::hold(way& one, std::string_view bytes) {
    const auto now = clock::now();
    const bool drips = how_.what == fault::drip;
    const auto size = drips ? std::max<std::size_t>(how_.piece, 1) : bytes.size();
    for (std::size_t at = 0; at < bytes.size(); at += size) {
        auto due = now;
        const auto last = one.held.empty() ? now : one.held.back().due;
        if (how_.what == fault::blackhole) {
            due = clock::time_point::max();
        } else if (drips) {
            due = std::max(now, last) + how_.pause;
        } else if (how_.what == fault::delay) {
            due = std::max(last, now + how_.pause);
        }
        const auto part = bytes.substr(at, size);
        one.size += part.size();
        one.held.push_back({std::string(part), due});
    }
}

void fault_proxy::loop::flush(link& of, way& one) {
    const auto now = clock::now();
    while (!one.held.empty() && one.held.front().due <= now) {
        auto& bytes = one.held.front().bytes;
        const auto n = ::send(one.to, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0) {
            if (errno != EAGAIN && errno != EINTR) end(of, true);
            return;
        }
        one.size -= static_cast<std::size_t>(n);
        bytes.erase(0, static_cast<std::size_t>(n));
        if (!bytes.empty()) return;
        one.held.pop_front();
    }
    if (one.held.empty() && one.ended && !one.closed && how_.what != fault::blackhole) {
        ::shutdown(one.to, SHUT_WR);
        one.closed = true;
    }
}

void fault_proxy::loop::end(link& of, bool hard) {
    for (const int one : {of.up.from, of.down.from})
        hard ? close_with_reset(one) : static_cast<void>(::close(one));
    of.dead = true;
}

fault_proxy::fault_proxy(const std::string& target, language spoken)
    : loop_(std::make_unique<loop>(target, spoken)) {}

fault_proxy::~fault_proxy() = default;

std::uint16_t fault_proxy::port() const {
    return loop_->port();
}

std::string fault_proxy::address() const {
    return "127.0.0.1:" + std::to_string(loop_->port());
}

void fault_proxy::aim_at(const std::string& target) {
    loop_->aim_at(target);
}

void fault_proxy::fail(const failure& how) {
    loop_->fail(how);
}

void fault_proxy::cut() {
    loop_->end_all(false);
}

void fault_proxy::reset() {
    loop_->end_all(true);
}

proxy_counts fault_proxy::counts() const {
    return loop_->counts();
}

}  // namespace pinwire::test
