// order_store and pin_store over Postgres. Two connections: orders and their ends on one, PINs on
// the other; batches: what arrived while the last commit ran. A database that is away longer than
// [api] answer_within throws database_error. A guess whose connection was lost while it was
// compared is never compared again: its caller is told that it isn't known. Loop thread; destroy it
// before the io_context.
#pragma once

#include <functional>
#include <memory>

#include "api/ports.hpp"
#include "common/config/settings.hpp"
#include "common/core/ids.hpp"

namespace pinwire::api {

class order_and_pin_store : public order_store, public pin_store {
public:
    // Books what was sent and gives back what surely wasn't; how many were settled. To be called
    // each second, and at once again while it settles settled_at_once_max. 0 while the database is
    // away.
    virtual awaitable<int> settle_charges() = 0;
    // Ends the waits for a database that is away.
    virtual void stop() = 0;
    // Breaks off whatever waits for the database.
    virtual void abandon() = 0;
};

inline constexpr int settled_at_once_max = 500;

// `committed`: a transaction left something to announce.
std::unique_ptr<order_and_pin_store> make_order_and_pin_store(
    executor, const config::settings&, epoch_id, std::function<void()> committed
);

}  // namespace pinwire::api
