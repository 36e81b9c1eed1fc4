// Which route a job's next attempt takes, and why not another one: the choice and its explanation
// are the same code. Pure: what is known of each route at this moment and the random number come
// in, so that the same arguments always give the same route. Nothing is allocated by a choice.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/job.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/prices.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

enum class in_doubt_policy {
    hold,   // an attempt whose outcome can't be known is closed at its deadline, never repeated
    resend  // the operator's waiver of "at most once": each use is counted
};

// Who has it among routes that are equal in all else.
enum class among_equals {
    weight,  // shared by weight
    price    // the cheapest for this number; weight among those of one price
};

// What the configuration says about one route's choice. make_ready() once, before it is used.
struct route_terms {
    route_name name;
    pinwire::channel channel = pinwire::channel::sms;
    std::vector<account_name> accounts;  // whose jobs it takes; empty: everybody's
    std::vector<std::string> countries;  // calling codes (calling_code.hpp)
    std::vector<std::string> prefixes;   // digits, no plus; neither of the two: every number
    std::vector<std::string> networks;   // MCC, or MCC and MNC, e.g. "214", "21401"
    int priority = 0;                    // lower first
    unsigned weight = 1;                 // share among equals; 0: only when nothing else is left
    std::int64_t price = 0;              // micro-units a part
    price_table prices;
    bool retired = false;  // takes nothing new; its DLR path stays open

    void make_ready();  // sorts what is searched
};

// What is to be sent. The views must outlive the call.
struct route_wish {
    pinwire::channel channel = pinwire::channel::sms;
    std::string_view account;
    std::string_view digits;   // of the number
    std::string_view network;  // the current one, from the lookup; empty: not known
};

// How a route stands to one wish, from what keeps it out to what brings it in.
enum class route_standing {
    other_channel,  // it doesn't do this channel
    retired,        // its carrier takes nothing new
    other_account,  // it serves other accounts
    other_network,  // the number is on none of its networks
    other_place,    // neither its countries nor its prefixes have the number
    refused,        // it surely did not take this job before
    paused,         // an operator stopped it, and another route isn't
    unhealthy,      // it is in trouble, and another route isn't
    less_account,   // another route names the account
    less_network,   // another route names the network (more exactly)
    less_place,     // another route names more digits of the number
    priority,       // another route has a lower number
    price,          // another route is cheaper
    no_weight,      // weight 0, and another route has some
    taken           // it takes it, or its share of it
};
std::string_view to_string(route_standing);

// Smaller is better, in this order.
struct route_rank {
    bool paused = false;
    bool unhealthy = false;
    bool for_everybody = true;  // it doesn't name the account
    int network = 0;            // minus the digits of the network that it names
    int place = 0;              // minus the digits of the number that it names
    int priority = 0;
    std::int64_t price = 0;  // 0 where price doesn't count

    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 means the comparison with 0
    friend auto operator<=>(const route_rank&, const route_rank&) = default;
};

// A route as it is at this moment.
struct route_candidate {
    const route_terms* terms = nullptr;
    bool healthy = true;
    bool paused = false;  // by an operator: nothing leaves, whatever waits
    bool tried = false;   // surely did not take this job

    // Filled in by the functions below.
    route_standing standing = route_standing::taken;
    route_rank rank;
};

// Only routes that can have the job compete: those that are of its channel and take its account,
// its network or place, are not retired and did not refuse it. Where the lookup has told the
// network, a route that names networks is judged by them alone; without it, by its countries and
// prefixes, and not at all when it has none. Among those the rank decides. Routes in trouble come
// after every healthy one, and one that an operator paused after all others: when only such are
// left, one of them is taken in the same order.
// The index into `routes`; none: none is left. `random` picks among equals.
std::optional<std::size_t> choose_route(
    std::span<route_candidate> routes, const route_wish&, among_equals, std::uint32_t random
);

// As choose_route judges, for people.
struct route_explanation {
    const route_candidate* route = nullptr;
    double share = 0;        // of such jobs: 0 to 1
    std::int64_t price = 0;  // micro-units a part, for this number
};
// Those that take it first, then by rank, then those that can't have it.
std::vector<route_explanation> explain_routes(
    std::span<route_candidate> routes, const route_wish&, among_equals
);

}  // namespace pinwire
