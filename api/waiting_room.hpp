// Where orders wait for news of their jobs. A seat is taken before the job is produced, so that no
// event can come between; it keeps the newest event of its job until it is looked at. Bounded.
// Loop thread only; the room outlives its seats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/core/event.hpp"
#include "common/core/strong.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/wakeup.hpp"

namespace pinwire::api {

class waiting_room {
    using job_key = std::pair<account_name, job_id>;

public:
    // Whoever holds it waits for one job. Several may wait for the same one: each is told.
    class seat {
    public:
        seat(waiting_room& in, job_key of);
        ~seat();
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;

        // The highest version that came so far; none: nothing did. Version 0 is a dead letter's.
        const std::optional<status_event>& newest() const noexcept { return newest_; }
        // Until something newer comes than what was there at the last call. False: it is too late.
        awaitable<bool> news(deadline by);

    private:
        friend class waiting_room;
        void tell(const status_event&);

        waiting_room& room_;
        job_key key_;
        std::optional<status_event> newest_;
        bool unseen_ = false;
        wakeup came_;
    };

    waiting_room(executor ex, std::size_t most) : executor_(std::move(ex)), most_(most) {}
    waiting_room(const waiting_room&) = delete;
    waiting_room& operator=(const waiting_room&) = delete;

    // Null: the room is full.
    std::unique_ptr<seat> enter(const account_name&, const job_id&);
    // Those who wait for the job of this event. False: nobody does any more.
    bool tell(const status_event&);

    std::size_t size() const noexcept { return size_; }

private:
    executor executor_;
    std::size_t most_;
    std::size_t size_ = 0;
    std::map<job_key, std::vector<seat*>> seats_;
};

}  // namespace pinwire::api
