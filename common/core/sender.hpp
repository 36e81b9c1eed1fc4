// What stands as the sender on the handset: at most 11 of letters, digits and space with one letter
// at least, or at most 15 digits; ASCII only, no leading or trailing space. And whose it is: names
// go only where the destination allows them, and a route may put its own in their place. Pure.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "common/core/job.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

bool is_sender(std::string_view text);
// Digits alone: what a call can show, and what every destination takes.
bool is_number(const sender_name&);

// Senders by the prefix of the destination.
using sender_table = std::map<std::string, sender_name, std::less<>>;

// Those who may name one, in the order in which they are asked. Empty: names none.
struct sender_wishes {
    sender_name job;
    sender_name account;
    sender_name route;
    const sender_table* of_route = nullptr;  // what it always puts there; null: nothing
};

struct sender_rules {
    // Calling codes of countries that take no names (PROTOCOLS: US and Canada, Puerto Rico, China).
    std::set<std::string, std::less<>> numbers_only = {"1", "1787", "1939", "86"};
};

struct sender_choice {
    sender_name sender;        // empty: the carrier's own
    bool substituted = false;  // it isn't what job or account named
};

// What the route puts there for this destination, if it does so (the longest prefix); else the
// first that is named and that channel and destination allow. A call can only show a number.
sender_choice
choose_sender(const sender_wishes&, channel, std::string_view digits, const sender_rules&);

}  // namespace pinwire
