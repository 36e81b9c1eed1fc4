// An order's way: admitted (idempotency, limits, credit) in one transaction, a seat taken for its
// events, produced, and waited for as far as its dialect must answer; at its deadline ended for
// good, so that what the caller is told stays true. Orders to test numbers end at once. Loop thread
// only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "api/account_lookup.hpp"
#include "api/figures.hpp"
#include "api/job_topic.hpp"
#include "api/order.hpp"
#include "api/ports.hpp"
#include "api/waiting_room.hpp"
#include "common/core/key_ring.hpp"
#include "common/runtime/deadline.hpp"

namespace pinwire::api {

class place_order final : public order_desk {
public:
    struct parts {
        const config::settings& settings;
        const key_ring& keys;
        const account_lookup& accounts;
        order_store& store;
        job_topic& topic;
        waiting_room& room;
        figures& counts;
        std::string waiter;  // this process, as events name it
        std::function<std::chrono::system_clock::time_point()> now;
        std::function<void(std::span<std::uint8_t>)> random;
        std::function<bool()> listening;  // events are read: nothing is missed
    };

    explicit place_order(parts from) : with_(std::move(from)) {}

    awaitable<placed_order> place(order) override;

private:
    struct draft;

    awaitable<placed_order> place_real(draft);
    awaitable<placed_order> place_test(draft, const config::test_number&);
    awaitable<placed_order> try_once(draft&);
    awaitable<std::optional<postgres::admission>> admit(const draft&, bool free);
    static void repeats(draft&, const postgres::admission& first);
    std::optional<placed_order> answer_at_once(draft&, const std::optional<postgres::admission>&)
        const;
    awaitable<placed_order> produce_and_wait(draft&);
    awaitable<placed_order> wait_for_news(draft&, waiting_room::seat&);
    awaitable<placed_order> end_now(draft&, placed_order::kind if_ours, bool surely_unsent);

    awaitable<std::optional<postgres::admission>> admit_any_key(draft&, bool free);
    postgres::content_hash_bytes hash_of(const order&, const key_id&) const;
    postgres::admission_request request_of(const draft&, bool free) const;
    postgres::final_job final_of(const draft&, const std::string& reason);
    void name_job(draft&) const;
    void seal(draft&) const;
    job_id random_job() const;
    pin_id random_pin() const;
    template <class Id>
    Id timed_id() const;

    parts with_;
};

}  // namespace pinwire::api
