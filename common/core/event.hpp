// One status change of one job, as it stands in pin.events (docs/schemas/event.schema.json). At
// least once; consumers keep the highest version of a job. The SQL functions write the same form.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/core/ids.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/status.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

struct status_event {
    account_name account;
    pinwire::job_id job_id;
    pinwire::message_id message_id;  // none: a dead letter, which never became a job
    pinwire::pin_id pin_id;
    std::int64_t version = 0;  // grows by one with each change of the job
    std::chrono::system_clock::time_point at;
    msisdn to;
    std::optional<pinwire::nc_status> nc_status;
    std::optional<pinwire::sms_status> sms_status;
    std::optional<pinwire::call_status> call_status;
    std::optional<pinwire::dlr_status> dlr_status;
    std::string reason;     // why nothing was sent, or the carrier's error; empty: none
    bool final = false;     // nothing that matters to the caller changes any more
    bool in_doubt = false;  // it can't be known whether the carrier had it
    std::string reference;  // the caller's own
    bool repeat = false;    // the present status again, for a repeated job
    // What a route put in place of the sender that was asked for; empty text: the carrier's own.
    std::optional<std::string> put_sender;
    std::string doubt;  // how its newest doubt ended; "open": it hasn't; empty: there was none
};

// What is empty or none is left out.
std::string encode_event(const status_event&);
// An error names the field. Null and missing are the same; unknown fields are ignored.
boost::system::result<status_event, std::string> decode_event(std::string_view bytes);

}  // namespace pinwire
