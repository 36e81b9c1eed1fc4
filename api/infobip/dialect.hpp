// Infobip's 2FA API on /2fa/1/... and /2fa/2/..., one store behind both: who may call, which call
// it is, and what is said when something of ours fails. docs/api-infobip.md says what is served.
// Loop thread; borrows everything it is given.
#pragma once

#include <string_view>

#include "api/infobip/configuration.hpp"
#include "api/infobip/pins.hpp"

namespace pinwire::api {

class infobip_dialect {
public:
    infobip_dialect(
        const config::settings&,
        gate&,
        order_desk&,
        guess_pin&,
        pin_store&,
        template_store&,
        std::function<std::chrono::system_clock::time_point()> now
    );

    // Every path below /2fa/1/ and /2fa/2/, whatever the method: what isn't known there is refused
    // in the dialect's own words.
    bool serves(std::string_view method, std::string_view path) const;
    // Our own trouble is answered and logged; only a cancelled connection's throws.
    awaitable<http::response> serve(call);

private:
    awaitable<http::response> answer(const call&);

    gate& gate_;
    infobip_configuration configuration_;
    infobip_pins pins_;
};

}  // namespace pinwire::api
