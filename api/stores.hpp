// The API's ports over PostgreSQL, all of them; the one place that knows how they are made.
#pragma once

#include <functional>
#include <memory>

#include "api/ports.hpp"
#include "common/config/settings.hpp"
#include "common/core/ids.hpp"

namespace pinwire::api {

class stores {
public:
    virtual ~stores() = default;
    virtual order_store& orders() = 0;
    virtual pin_store& pins() = 0;
    virtual template_store& templates() = 0;
    virtual endpoint_store& endpoints() = 0;
    // Books what was sent and gives back what surely wasn't; how many were settled.
    virtual awaitable<int> settle_charges() = 0;
    // Ends the waits for a database that is away.
    virtual void stop() = 0;
    // Breaks off whatever waits for the database.
    virtual void abandon() = 0;
};

// `committed`: a transaction may have left something to announce.
std::unique_ptr<stores> make_stores(
    executor ex, const config::settings&, epoch_id, std::function<void()> committed
);

}  // namespace pinwire::api
