#include "common/http/resolver.hpp"

#include <ares.h>
#include <netinet/in.h>

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <cstring>
#include <list>
#include <optional>
#include <stdexcept>
#include <unordered_map>

#include "common/http/file_stamp.hpp"
#include "common/http/name_channel.hpp"
#include "common/http/watch.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/waiter.hpp"

namespace pinwire::http {
namespace asio = boost::asio;
using clock = watch::clock;

namespace {

resolve_fault fault_of(int status) {
    switch (status) {
        case ARES_SUCCESS:
            return resolve_fault::none;
        case ARES_ENOTFOUND:
        case ARES_ENODATA:
            return resolve_fault::no_such_name;
        case ARES_ETIMEOUT:
            return resolve_fault::timed_out;
        case ARES_EBADNAME:
        case ARES_EBADSTR:
            return resolve_fault::bad_name;
        case ARES_ECANCELLED:
        case ARES_EDESTRUCTION:
            return resolve_fault::cancelled;
        default:
            return resolve_fault::server_failed;
    }
}

std::optional<ip_address> address_of(const ares_addrinfo_node& node) {
    if (node.ai_family == AF_INET) {
        const auto* from = reinterpret_cast<const sockaddr_in*>(node.ai_addr);
        ip_address::v4_bytes bytes;
        std::memcpy(bytes.data(), &from->sin_addr, bytes.size());
        return ip_address(bytes);
    }
    if (node.ai_family == AF_INET6) {
        const auto* from = reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
        ip_address::v6_bytes bytes;
        std::memcpy(bytes.data(), &from->sin6_addr, bytes.size());
        return ip_address(bytes);
    }
    return std::nullopt;
}

// What was said about one family, or about both.
struct answer {
    resolved found;
    std::chrono::seconds ttl = std::chrono::seconds::max();
};

answer read_answer(int status, const ares_addrinfo* info) {
    answer out;
    out.found.fault = fault_of(status);
    if (!info || status != ARES_SUCCESS) return out;
    for (const auto* node = info->nodes; node; node = node->ai_next) {
        const auto address = address_of(*node);
        auto& list = out.found.addresses;
        if (list.size() == resolved_max) break;  // a stranger's list may be long
        if (!address || std::find(list.begin(), list.end(), *address) != list.end()) continue;
        list.push_back(*address);
        out.ttl = std::min(out.ttl, std::chrono::seconds(node->ai_ttl));
    }
    for (const auto* alias = info->cnames; alias; alias = alias->next) {
        out.ttl = std::min(out.ttl, std::chrono::seconds(alias->ttl));
    }
    if (out.found.addresses.empty()) out.found.fault = resolve_fault::no_such_name;
    return out;
}

// By turns, so that whoever tries a few has tried both.
answer merged(const answer& four, const answer& six) {
    answer out;
    out.ttl = std::min(four.ttl, six.ttl);
    const auto& left = four.found.addresses;
    const auto& right = six.found.addresses;
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
        if (i < left.size()) out.found.addresses.push_back(left[i]);
        if (i < right.size()) out.found.addresses.push_back(right[i]);
    }
    if (!out.found.addresses.empty()) return out;
    // that there is no such name is known only when both say so
    const bool absent = four.found.fault == resolve_fault::no_such_name;
    out.found.fault = absent ? six.found.fault : four.found.fault;
    return out;
}

}  // namespace

class resolver::impl : public std::enable_shared_from_this<impl> {
public:
    impl(asio::io_context& context, resolver_settings settings)
        : settings_(std::move(settings)),
          context_(context),
          executor_(context.get_executor()),
          watch_(std::make_shared<watch>(context)),
          // before the file is read, so that no change in between is missed
          resolv_conf_(stamp_of(settings_.resolv_conf)),
          look_next_(clock::now() + settings_.resolv_conf_every),
          channel_(std::make_unique<name_channel>(context, settings_)) {}

    void close() {
        if (!channel_) return;
        auto last = std::move(channel_);
        last.reset();  // ends every lookup, which resumes its askers
        retired_.clear();
        watch_->stop();
    }

    awaitable<resolved> resolve(std::string host, clock::time_point by);

    resolver_counts counts_;

private:
    struct asker final : watch::item {
        asker(executor ex, std::list<asker*>& in) : waiting(ex), queue(in) {}
        ~asker() { queue.remove(this); }
        void on_deadline() override {
            queue.remove(this);
            resolved late;
            late.fault = resolve_fault::timed_out;
            waiting.resume_now(std::move(late));
        }
        waiter<resolved> waiting;
        std::list<asker*>& queue;
    };
    // Both families' questions. Kept alive by those that are still out.
    struct lookup final : watch::item {
        void on_deadline() override { owner->settle(*this); }
        impl* owner = nullptr;
        std::string host;
        std::list<asker*> askers;
        answer four;
        answer six;
        int out = 2;
        bool settled = false;  // its askers have been told
        resolved told;
    };
    struct question {
        std::shared_ptr<lookup> of;
        name_channel* by = nullptr;
        bool six = false;
    };
    struct entry {
        std::string host;
        resolved found;
        clock::time_point until;
    };

    void follow_resolv_conf();
    const resolved* cached(const std::string& host);
    std::shared_ptr<lookup> join(const std::string& host);
    void ask(const std::shared_ptr<lookup>& which, int family);
    void heard(lookup& which);
    void settle(lookup& which);
    void remember(const std::string& host, const answer& got);
    static void on_answer(void* which, int status, int, ares_addrinfo* info);

    resolver_settings settings_;
    asio::io_context& context_;
    executor executor_;
    std::shared_ptr<watch> watch_;
    std::optional<file_stamp> resolv_conf_;
    clock::time_point look_next_;
    std::unique_ptr<name_channel> channel_;             // none: closed
    std::list<std::unique_ptr<name_channel>> retired_;  // with questions that are still out
    std::unordered_map<std::string, std::shared_ptr<lookup>> under_way_;
    std::list<entry> entries_;  // in order of arrival
    std::unordered_map<std::string, std::list<entry>::iterator> by_host_;
};

// A channel keeps the name servers that it was opened with. When resolv.conf names others, new
// questions go to a new one; the old one stays until what it was asked is over. Never called by
// c-ares, which may not lose a channel while it works on it.
void resolver::impl::follow_resolv_conf() {
    retired_.remove_if([](const auto& one) { return one->idle(); });
    const auto now = clock::now();
    if (!settings_.servers.empty() || now < look_next_) return;
    look_next_ = now + settings_.resolv_conf_every;
    const auto seen = stamp_of(settings_.resolv_conf);
    if (!seen || seen == resolv_conf_) return;
    try {
        auto fresh = std::make_unique<name_channel>(context_, settings_);
        retired_.push_back(std::exchange(channel_, std::move(fresh)));
        resolv_conf_ = seen;
    } catch (const std::runtime_error&) {
        return;  // it can't be read: the old servers are better than none, and it is tried again
    }
}

awaitable<resolved> resolver::impl::resolve(std::string host, clock::time_point by) {
    const auto self = shared_from_this();
    resolved out;
    if (const auto literal = ip_address::parse(host)) {
        out.addresses.push_back(*literal);
        co_return out;
    }
    if (const auto* known = cached(host)) {
        ++counts_.hits;
        co_return *known;
    }
    if (!channel_) {
        out.fault = resolve_fault::cancelled;
        co_return out;
    }
    const auto which = join(host);
    // c-ares may have known at once (a hosts file).
    if (which->settled) co_return which->told;
    asker mine(executor_, which->askers);
    which->askers.push_back(&mine);
    watch_->arm(mine, std::min(by, clock::now() + settings_.time_max));
    auto found = co_await mine.waiting.wait();
    watch::disarm(mine);
    if (found->fault == resolve_fault::timed_out) ++counts_.timeouts;
    co_return std::move(*found);
}

const resolved* resolver::impl::cached(const std::string& host) {
    const auto it = by_host_.find(host);
    if (it == by_host_.end()) return nullptr;
    if (it->second->until > clock::now()) return &it->second->found;
    entries_.erase(it->second);
    by_host_.erase(it);
    return nullptr;
}

std::shared_ptr<resolver::impl::lookup> resolver::impl::join(const std::string& host) {
    auto& place = under_way_[host];
    if (place) {
        ++counts_.joined;
        return place;
    }
    follow_resolv_conf();
    ++counts_.lookups;
    place = std::make_shared<lookup>();
    place->owner = this;
    place->host = host;
    const auto mine = place;  // the answer may come at once and take the entry away
    ask(mine, AF_INET);
    ask(mine, AF_INET6);
    channel_->rearm();
    return mine;
}

void resolver::impl::ask(const std::shared_ptr<lookup>& which, int family) {
    // on_answer's, who is always called
    auto* what = new question{which, channel_.get(), family == AF_INET6};
    channel_->ask(which->host, family, &on_answer, what);
}

void resolver::impl::on_answer(void* what, int status, int, ares_addrinfo* info) {
    const std::unique_ptr<question> asked(static_cast<question*>(what));
    asked->by->answered();
    auto& of = *asked->of;
    auto& part = asked->six ? of.six : of.four;
    part = read_answer(status, info);
    if (info) ares_freeaddrinfo(info);
    --of.out;
    const bool adds = !of.settled || !part.found.addresses.empty();
    if (adds) of.owner->heard(of);
}

void resolver::impl::heard(lookup& which) {
    if (which.out == 0 || which.settled) return settle(which);
    const bool usable = which.four.found.addresses.size() + which.six.found.addresses.size() > 0;
    if (usable) watch_->arm(which, clock::now() + settings_.other_family);
}

// With what is known now. What comes later only adds to what is kept.
void resolver::impl::settle(lookup& which) {
    watch::disarm(which);
    const auto got = merged(which.four, which.six);
    if (got.found.fault != resolve_fault::cancelled) remember(which.host, got);
    if (std::exchange(which.settled, true)) return;
    which.told = got.found;
    if (got.found.fault != resolve_fault::none) ++counts_.failures;
    const auto keep = under_way_.find(which.host)->second;
    under_way_.erase(which.host);
    while (!which.askers.empty()) {
        auto& one = *which.askers.front();
        which.askers.pop_front();
        one.waiting.resume(got.found);
    }
}

void resolver::impl::remember(const std::string& host, const answer& got) {
    auto keep = std::clamp(got.ttl, settings_.ttl_min, settings_.ttl_max);
    if (got.found.fault == resolve_fault::no_such_name) {
        keep = settings_.keep_absent;
    } else if (got.found.fault != resolve_fault::none) {
        keep = settings_.keep_transient;
    }
    if (const auto old = by_host_.find(host); old != by_host_.end()) {
        entries_.erase(old->second);
        by_host_.erase(old);
    }
    if (entries_.size() >= settings_.names_max && !entries_.empty()) {
        by_host_.erase(entries_.front().host);
        entries_.pop_front();
    }
    entries_.push_back(entry{host, got.found, clock::now() + keep});
    by_host_[host] = std::prev(entries_.end());
}

resolver::resolver(asio::io_context& context, resolver_settings settings)
    : impl_(std::make_shared<impl>(context, std::move(settings))) {}

resolver::~resolver() {
    impl_->close();
}

awaitable<resolved> resolver::resolve(std::string host, clock::time_point by) {
    return impl_->resolve(std::move(host), by);
}

const resolver_counts& resolver::counts() const {
    return impl_->counts_;
}

}  // namespace pinwire::http
