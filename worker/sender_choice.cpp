#include "worker/sender_choice.hpp"

namespace pinwire::worker {
namespace {

bool is_number(const sender_name& name) {
    return name.str().find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

sender_name choose_sender(
    const job& of, const config::settings& settings, const config::route_settings* route
) {
    const auto fits = [&of](const sender_name& name) {
        return !name.empty() && (of.channel == channel::sms || is_number(name));
    };
    if (fits(of.from)) return of.from;
    const auto account = settings.accounts.find(of.account);
    if (account != settings.accounts.end() && fits(account->second.default_sender)) {
        return account->second.default_sender;
    }
    if (route != nullptr && fits(route->sender)) return route->sender;
    return of.from;
}

}  // namespace pinwire::worker
