// The 360NRS side of the API: Request PIN and Verify PIN under both forms of their paths. Reads a
// call, proves its key, has it done and words the answer; knows nothing of Kafka or SQL. Throws
// only what cancels it: trouble of ours becomes the dialect's own 500. Loop thread; what it is
// given outlives it.
#pragma once

#include <chrono>
#include <functional>
#include <string_view>

#include "api/caller.hpp"
#include "api/guess_pin.hpp"
#include "api/order.hpp"
#include "api/ports.hpp"
#include "common/config/settings.hpp"
#include "common/http/message.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::api {

class nrs360_dialect {
public:
    nrs360_dialect(
        const config::settings&,
        gate&,
        order_desk&,
        guess_pin&,
        pin_store&,
        std::function<std::chrono::system_clock::time_point()> now
    );

    // By the path alone: a wrong method is answered here, too.
    bool serves(std::string_view method, std::string_view path) const;
    awaitable<http::response> serve(call);

private:
    awaitable<http::response> answer(const call&);
    awaitable<http::response> request(const call&);
    awaitable<http::response> verify(const call&);

    const config::settings& settings_;
    gate& gate_;
    order_desk& desk_;
    guess_pin& guesses_;
    std::function<std::chrono::system_clock::time_point()> now_;
};

}  // namespace pinwire::api
