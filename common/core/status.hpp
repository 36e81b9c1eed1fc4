// The statuses, spelled as the dialects spell them, and how they move: never backwards (P7).
// Enumerators stand in the order of the lattice, and their numbers are what Postgres stores (sql/):
// never renumber one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace pinwire {

// The outcome of the number lookup; none (an empty optional) when it was skipped.
enum class nc_status : std::int16_t {
    reachable = 1,      // NC_DESTINATION_REACHABLE
    not_reachable = 2,  // NC_DESTINATION_NOT_REACHABLE
    unknown = 3,        // NC_DESTINATION_UNKNOWN
    not_configured = 4  // NC_NOT_CONFIGURED
};

enum class sms_status : std::int16_t {
    not_sent = 1,  // MESSAGE_NOT_SENT: surely not
    sent = 2       // MESSAGE_SENT: a carrier has it, or may have it
};

// How a call went; only ever grows.
enum class call_status : std::int16_t {
    pending_accepted = 1,
    processing = 2,
    undefined = 3,
    error = 4,
    bad_request = 5,
    error_route_not_available = 6,
    error_network_not_available = 7,
    error_not_enough_credits = 8,
    error_no_answer = 9,
    error_user_busy = 10,
    answered_machine = 11,
    processed = 12  // a human answered
};

// Delivery, folded over everything an attempt was told; only ever grows.
enum class dlr_status : std::int16_t {
    acceptd = 1,
    enroute = 2,
    unknown = 3,
    expired = 4,
    deleted = 5,
    undeliv = 6,
    rejectd = 7,
    delivrd = 8
};

// What became of one attempt; the numbers are stored.
enum class attempt_state : std::int16_t {
    waiting = 1,    // not sent: waits for its route's permit or for its time
    sending = 2,    // a worker may have started the request
    in_doubt = 3,   // bytes went out, no answer came: the ladder decides
    sent = 4,       // the carrier has it
    not_sent = 5,   // surely not sent
    superseded = 6  // its PIN no longer counted: ended unsent
};

std::string_view to_string(nc_status);
std::string_view to_string(sms_status);
std::string_view to_string(call_status);
std::string_view to_string(dlr_status);
std::string_view to_string(attempt_state);

std::optional<nc_status> parse_nc_status(std::string_view);
std::optional<sms_status> parse_sms_status(std::string_view);
std::optional<call_status> parse_call_status(std::string_view);
std::optional<dlr_status> parse_dlr_status(std::string_view);

// No further news is expected: unknown and above (a later, higher one still replaces it in the
// row).
bool is_final(dlr_status);
bool is_final(call_status);

// The higher of the two: the row keeps the maximum of all it was told, in whatever order it came.
dlr_status fold(std::optional<dlr_status> known, dlr_status told);
call_status fold(std::optional<call_status> known, call_status told);

// What a call's state means for delivery (DESIGN, section 4).
dlr_status delivery_of(call_status);

}  // namespace pinwire
