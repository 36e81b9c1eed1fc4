#include "api/figures.hpp"

#include <string>

namespace pinwire::api {
namespace {

std::string_view word(placed_order::kind what) {
    using kind = placed_order::kind;
    switch (what) {
        case kind::taken:
            return "taken";
        case kind::cancelled:
            return "cancelled";
        case kind::limited:
            return "limited";
        case kind::no_credit:
            return "no_credit";
        case kind::key_reused:
            return "key_reused";
        case kind::unavailable:
            return "unavailable";
        case kind::uncertain:
            return "uncertain";
    }
    return "unknown";
}

std::string_view word(postgres::guess_answer::kind what) {
    using kind = postgres::guess_answer::kind;
    switch (what) {
        case kind::right:
            return "right";
        case kind::wrong:
            return "wrong";
        case kind::expired:
            return "expired";
        case kind::used_up:
            return "used_up";
        case kind::gone:
            return "gone";
        case kind::newer:
            return "newer";
        case kind::limited:
            return "limited";
    }
    return "unknown";
}

telemetry::labels outcome(std::string_view what) {
    return {{"outcome", std::string(what)}};
}

}  // namespace

figures::figures(telemetry::metrics& to) : metrics_(to) {
    request_seconds =
        to.make_histogram("pinwire_api_request_seconds", "From a request's header to its answer");
    wait_seconds = to.make_histogram(
        "pinwire_api_wait_seconds", "From Kafka's acknowledgement to the awaited event"
    );
    waiting = to.make_gauge("pinwire_api_waiting", "Orders that wait for news of their job");
    connections.open = to.make_gauge("pinwire_api_connections", "Open connections");
    connections.over_limit = to.make_counter(
        "pinwire_api_connections_refused_total", "Connections refused because of a cap"
    );
    events = to.make_counter("pinwire_api_events_total", "Events for this process");
    events_others =
        to.make_counter("pinwire_api_events_passed_total", "Events for others, passed over");
    events_late =
        to.make_counter("pinwire_api_events_late_total", "Events that nobody waited for any more");
    events_unread =
        to.make_counter("pinwire_api_events_unreadable_total", "Events that can't be read");
    settled = to.make_counter(
        "pinwire_api_charges_settled_total", "Charges that were booked or given back"
    );
    using order_kind = placed_order::kind;
    for (const auto what :
         {order_kind::taken,
          order_kind::cancelled,
          order_kind::limited,
          order_kind::no_credit,
          order_kind::key_reused,
          order_kind::unavailable,
          order_kind::uncertain}) {
        order_counters_[static_cast<std::size_t>(what)] =
            to.make_counter("pinwire_api_orders_total", "Orders by outcome", outcome(word(what)));
    }
    using guess_kind = postgres::guess_answer::kind;
    for (const auto what :
         {guess_kind::right,
          guess_kind::wrong,
          guess_kind::expired,
          guess_kind::used_up,
          guess_kind::gone,
          guess_kind::newer,
          guess_kind::limited}) {
        guess_counters_[static_cast<std::size_t>(what)] =
            to.make_counter("pinwire_api_guesses_total", "Guesses by outcome", outcome(word(what)));
    }
}

void figures::request(std::string_view dialect, std::string_view endpoint, unsigned status) {
    request_key key(dialect, endpoint, status);
    auto found = requests_.find(key);
    if (found == requests_.end()) {
        const telemetry::labels with = {
            {"dialect", std::string(dialect)},
            {"endpoint", std::string(endpoint)},
            {"status", std::to_string(status)}};
        auto made = metrics_.make_counter("pinwire_api_requests_total", "Answered requests", with);
        found = requests_.emplace(std::move(key), made).first;
    }
    found->second.add();
}

void figures::order(placed_order::kind what) {
    order_counters_[static_cast<std::size_t>(what)].add();
}

void figures::guess(postgres::guess_answer::kind what) {
    guess_counters_[static_cast<std::size_t>(what)].add();
}

}  // namespace pinwire::api
