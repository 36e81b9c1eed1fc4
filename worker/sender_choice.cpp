#include "worker/sender_choice.hpp"

namespace pinwire::worker {

sender_choice choose_sender(
    const job& of,
    const config::account_settings* account,
    const config::route_settings* route,
    const sender_rules& rules
) {
    sender_wishes wishes;
    wishes.job = of.from;
    if (account != nullptr) wishes.account = account->default_sender;
    if (route != nullptr) {
        wishes.route = route->sender;
        wishes.of_route = &route->senders;
    }
    return choose_sender(wishes, of.channel, of.to.digits(), rules);
}

sender_name asked_sender(
    const job& of, const config::account_settings* account, const config::route_settings* route
) {
    if (!of.from.empty()) return of.from;
    if (account != nullptr && !account->default_sender.empty()) return account->default_sender;
    return route != nullptr ? route->sender : sender_name();
}

}  // namespace pinwire::worker
