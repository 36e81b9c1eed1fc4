#include "common/config/price.hpp"

#include <string>

#include "common/core/message_text.hpp"
#include "common/core/sms_encoding.hpp"

namespace pinwire::config {

int parts_of(const job& of) {
    if (of.channel == channel::voice) return 1;
    const secret stand_in(std::string(of.room_for_pin(), '0'));
    const auto text = render_sms(of, stand_in);
    return static_cast<int>(sms_parts(text.reveal()));
}

std::int64_t price_on(const route_settings& route, const msisdn& to) {
    return price_for(to.digits(), route.prices, route.price);
}

std::int64_t cost_on(const route_settings& route, const job& of) {
    const auto price = price_on(route, of.to);
    return price == 0 ? 0 : price * parts_of(of);
}

}  // namespace pinwire::config
