// What the simulator does to one request: how it answers, whether it takes the message, and what
// reports follow. Each behaviour has a name (an action) that numbers and rules refer to;
// docs/simulator.md has the table. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pinwire::sim {

// What became of a message or call, as the reports tell it.
enum class delivery {
    delivered,
    undelivered,
    expired,
    deleted,
    rejected,
    unknown,
    enroute,  // on its way: never final
    human,    // calls only, from here on
    machine,
    hung_up,  // answered, and over before anybody could tell a human from a machine
    busy,
    no_answer,
    failed,
};

std::string_view to_string(delivery);

enum class answer_kind {
    ordinary,            // as the protocol answers what it takes (or has looked up)
    refuse,              // surely not taken; another carrier may
    refuse_destination,  // surely not taken; nobody would
    status,              // a bare HTTP status
    hang,                // never
    reset,               // RST after the request was read
    close,               // FIN after the request was read
    cut,                 // the answer breaks off in the middle
    garbage,             // 200 with something that is no answer
};

enum class report_plan {
    once,
    none,
    lost,           // as none, but whoever asks for it is told
    before_answer,  // posted and answered before the request is answered
    twice,
    out_of_order,       // the final one, then "on its way"
    wrong_token_first,  // once with a broken token, then rightly
};

enum class lookup_outcome { reachable, absent, unknown_subscriber, landline };

struct behaviour {
    std::string_view name = "delivered";  // the action; text of static life
    answer_kind answer = answer_kind::ordinary;
    bool takes = true;  // the message counts as accepted and its reports follow
    unsigned status = 200;
    unsigned retry_after_s = 0;  // 0: no such header
    std::chrono::milliseconds answer_delay{0};
    report_plan plan = report_plan::once;
    std::optional<delivery> outcome;                     // none: delivered, or a human for a call
    std::optional<std::chrono::milliseconds> dlr_delay;  // none: the simulator's own
    lookup_outcome lookup = lookup_outcome::reachable;
};

// What a request is, to choose among rules and numbers.
enum class request_kind { sms, voice, lookup, customer, inquiry };

std::string_view to_string(request_kind);

// None: no such action.
std::optional<behaviour> find_action(std::string_view name);
bool action_fits(std::string_view name, request_kind kind);
// What `delay_ms` of a rule means for this action: true: the answer waits; false: the report.
bool delays_answer(std::string_view name);

// By the last four digits.
behaviour behaviour_of_number(std::string_view number, request_kind kind);

}  // namespace pinwire::sim
