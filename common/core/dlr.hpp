// One delivery report as it stands in pin.dlrs: read, authenticated and stripped of any quoted
// message by the listener; matched and folded by the settler.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/ids.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/status.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

struct dlr {
    carrier_name carrier;
    std::optional<attempt_id>
        token;  // proved by the URL; proves only the carrier when a request holds several
    std::optional<attempt_id> reference;  // our reference, echoed by the carrier
    std::string carrier_message_id;       // in the carrier's configured form; empty: not given
    bool part = false;  // of one part of a long text, which carrier_message_id names
    std::optional<msisdn> to;
    std::optional<dlr_status> status;  // none: unknown word, kept raw and counted, moves nothing
    std::optional<call_status> call;   // voice only
    std::string raw_status;            // as the carrier wrote it
    std::string error_code;            // the carrier's, as written; empty: none
    std::optional<std::chrono::system_clock::time_point> done_at;
    std::chrono::system_clock::time_point intake_at;  // when the listener had it
    std::string raw;  // the entry without its quoted text, for audit; at most 4 KiB
};

// JSON for pin.dlrs, and back; decode errors name the field.
std::string encode_dlr(const dlr&);
boost::system::result<dlr, std::string> decode_dlr(std::string_view bytes);

// A marker stands in pin.dlrs like a DLR and says only "everything acknowledged before this moment
// stands before me": settling it proves that no news is waiting (DESIGN, section 5, "No news").
std::string encode_dlr_marker(std::chrono::system_clock::time_point produced_at);
std::optional<std::chrono::system_clock::time_point> decode_dlr_marker(std::string_view bytes);

}  // namespace pinwire
