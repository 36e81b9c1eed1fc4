// Which connection a call gets: the idle one used last, else leave to open one, else a place in its
// endpoint's queue (first come, first served). An endpoint that is stuck holds its own share at
// most. Loop thread only. Internal to common/http.
#pragma once

#include <deque>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/http/connection.hpp"

namespace pinwire::http {

class pool {
public:
    class lease;
    struct group;

    pool(
        executor ex,
        std::shared_ptr<watch> deadlines,
        const client_settings& limits,
        client_counts& counts
    );
    ~pool();

    // A connection or leave to open one; empty if neither is to be had now.
    lease take(const std::string& key);
    // Waits for either; empty when the time is over. Throws operation_aborted when cancelled.
    awaitable<lease> wait(std::string key, watch::clock::time_point by);

    void close_idle();
    // The client is gone: what comes back is closed, nobody is served any more.
    void abandon();

private:
    struct place;

    group& group_of(const std::string& key);
    void forget_if_unused(group& of);
    void give_back(group& to, std::shared_ptr<connection> what);
    void slot_is_free(group& of);
    void serve_others();
    bool evict_one_idle();
    bool open_slot(group& of);
    void grant(group& to, lease what);
    void leave_queue(place& who);
    void on_idle_end(group& of, connection& which);

    executor executor_;
    std::shared_ptr<watch> watch_;
    const client_settings& limits_;
    client_counts& counts_;
    std::unordered_map<std::string, std::unique_ptr<group>> groups_;
    std::list<group*> hungry_;  // groups with somebody waiting, longest first
    bool abandoned_ = false;
};

// The right to one connection. Given back when it goes out of scope: parked if it can be used
// again.
class pool::lease {
public:
    lease() = default;
    lease(pool& from, group& of, std::shared_ptr<connection> what)
        : pool_(&from), group_(&of), connection_(std::move(what)) {}
    lease(lease&& other) noexcept;
    lease& operator=(lease&& other) noexcept;
    ~lease() { give_back(); }

    explicit operator bool() const { return pool_ != nullptr; }
    connection* get() const { return connection_.get(); }
    connection* operator->() const { return connection_.get(); }
    void fill(std::shared_ptr<connection> what) { connection_ = std::move(what); }
    void give_back();

private:
    pool* pool_ = nullptr;
    group* group_ = nullptr;
    std::shared_ptr<connection> connection_;
};

}  // namespace pinwire::http
