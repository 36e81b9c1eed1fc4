#include "common/core/status.hpp"

#include <algorithm>
#include <array>

#include "common/core/word_table.hpp"

namespace pinwire {
namespace {

constexpr std::array nc_words{
    word<nc_status>{nc_status::reachable, "NC_DESTINATION_REACHABLE"},
    word<nc_status>{nc_status::not_reachable, "NC_DESTINATION_NOT_REACHABLE"},
    word<nc_status>{nc_status::unknown, "NC_DESTINATION_UNKNOWN"},
    word<nc_status>{nc_status::not_configured, "NC_NOT_CONFIGURED"},
};

constexpr std::array sms_words{
    word<sms_status>{sms_status::not_sent, "MESSAGE_NOT_SENT"},
    word<sms_status>{sms_status::sent, "MESSAGE_SENT"},
};

constexpr std::array call_words{
    word<call_status>{call_status::pending_accepted, "PENDING_ACCEPTED"},
    word<call_status>{call_status::processing, "PROCESSING"},
    word<call_status>{call_status::undefined, "UNDEFINED"},
    word<call_status>{call_status::error, "ERROR"},
    word<call_status>{call_status::bad_request, "BAD_REQUEST"},
    word<call_status>{call_status::error_route_not_available, "ERROR_ROUTE_NOT_AVAILABLE"},
    word<call_status>{call_status::error_network_not_available, "ERROR_NETWORK_NOT_AVAILABLE"},
    word<call_status>{call_status::error_not_enough_credits, "ERROR_NOT_ENOUGH_CREDITS"},
    word<call_status>{call_status::error_no_answer, "ERROR_NO_ANSWER"},
    word<call_status>{call_status::error_user_busy, "ERROR_USER_BUSY"},
    word<call_status>{call_status::answered_machine, "ANSWERED_MACHINE"},
    word<call_status>{call_status::processed, "PROCESSED"},
};

constexpr std::array dlr_words{
    word<dlr_status>{dlr_status::acceptd, "ACCEPTD"},
    word<dlr_status>{dlr_status::enroute, "ENROUTE"},
    word<dlr_status>{dlr_status::unknown, "UNKNOWN"},
    word<dlr_status>{dlr_status::expired, "EXPIRED"},
    word<dlr_status>{dlr_status::deleted, "DELETED"},
    word<dlr_status>{dlr_status::undeliv, "UNDELIV"},
    word<dlr_status>{dlr_status::rejectd, "REJECTD"},
    word<dlr_status>{dlr_status::delivrd, "DELIVRD"},
};

constexpr std::array attempt_words{
    word<attempt_state>{attempt_state::waiting, "waiting"},
    word<attempt_state>{attempt_state::sending, "sending"},
    word<attempt_state>{attempt_state::in_doubt, "in_doubt"},
    word<attempt_state>{attempt_state::sent, "sent"},
    word<attempt_state>{attempt_state::not_sent, "not_sent"},
    word<attempt_state>{attempt_state::superseded, "superseded"},
};

}  // namespace

std::string_view to_string(nc_status status) {
    return text_of(nc_words, status);
}
std::string_view to_string(sms_status status) {
    return text_of(sms_words, status);
}
std::string_view to_string(call_status status) {
    return text_of(call_words, status);
}
std::string_view to_string(dlr_status status) {
    return text_of(dlr_words, status);
}
std::string_view to_string(attempt_state state) {
    return text_of(attempt_words, state);
}

std::optional<nc_status> parse_nc_status(std::string_view text) {
    return value_of<nc_status>(nc_words, text);
}
std::optional<sms_status> parse_sms_status(std::string_view text) {
    return value_of<sms_status>(sms_words, text);
}
std::optional<call_status> parse_call_status(std::string_view text) {
    return value_of<call_status>(call_words, text);
}
std::optional<dlr_status> parse_dlr_status(std::string_view text) {
    return value_of<dlr_status>(dlr_words, text);
}

bool is_final(dlr_status status) {
    return status >= dlr_status::unknown;
}
// The same boundary as for delivery, so that the two never disagree about one call: UNDEFINED is
// UNKNOWN there.
bool is_final(call_status status) {
    return is_final(delivery_of(status));
}

dlr_status fold(std::optional<dlr_status> known, dlr_status told) {
    return known ? std::max(*known, told) : told;
}

call_status fold(std::optional<call_status> known, call_status told) {
    return known ? std::max(*known, told) : told;
}

dlr_status delivery_of(call_status status) {
    switch (status) {
        case call_status::pending_accepted:
        case call_status::processing:
            return dlr_status::enroute;
        case call_status::undefined:
            return dlr_status::unknown;
        case call_status::processed:
            return dlr_status::delivrd;
        default:
            return dlr_status::undeliv;
    }
}

}  // namespace pinwire
