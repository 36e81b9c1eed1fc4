#include "worker/sender_choice.hpp"

namespace pinwire::worker {
namespace {

bool is_number(const sender_name& name) {
    return name.str().find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

sender_name choose_sender(
    const job& of, const config::account_settings* account, const config::route_settings* route
) {
    const auto fits = [&of](const sender_name& name) {
        return !name.empty() && (of.channel == channel::sms || is_number(name));
    };
    if (fits(of.from)) return of.from;
    if (account != nullptr && fits(account->default_sender)) return account->default_sender;
    if (route != nullptr && fits(route->sender)) return route->sender;
    return of.from;
}

}  // namespace pinwire::worker
