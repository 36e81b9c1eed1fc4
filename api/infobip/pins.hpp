// Infobip's calls around a PIN: send and send again, by SMS and by voice, verify, its status, and a
// number's verifications. The order desk sends; this is the way from a request to an order and from
// what became of it to an answer. Loop thread.
#pragma once

#include <functional>

#include "api/caller.hpp"
#include "api/guess_pin.hpp"
#include "api/infobip/order.hpp"
#include "api/infobip/route.hpp"
#include "api/order.hpp"
#include "api/ports.hpp"

namespace pinwire::api {

class infobip_pins {
public:
    using wall_clock = std::function<std::chrono::system_clock::time_point()>;

    infobip_pins(
        const config::settings&,
        const gate&,
        order_desk&,
        guess_pin&,
        pin_store&,
        template_store&,
        wall_clock now
    );

    // Of the endpoints that configuration doesn't serve.
    awaitable<http::response> run(const caller&, const infobip_route&, const call&);

private:
    awaitable<http::response> send(const caller&, const infobip_route&, const call&, channel);
    awaitable<http::response> resend(const caller&, const infobip_route&, const call&, channel);
    awaitable<http::response> verify(const caller&, const infobip_route&, const call&);
    awaitable<http::response> status(const caller&, const infobip_route&);
    awaitable<http::response> verifications(const caller&, const infobip_route&, const call&);
    infobip_faults may_send(const caller&, const msisdn& to, const std::string& from) const;

    const config::settings& settings_;
    const gate& gate_;
    order_desk& desk_;
    guess_pin& guess_;
    pin_store& pins_;
    template_store& templates_;
    wall_clock now_;
};

}  // namespace pinwire::api
