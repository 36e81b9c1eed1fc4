// What became of one request for one attempt: the value that leaves step 4 (send) and enters step 5
// (record). Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/carriers/carrier.hpp"

namespace pinwire::worker {

struct outcome {
    carriers::verdict verdict = carriers::verdict::in_doubt;
    std::string carrier_message_id;
    std::optional<call_status> call;
    std::string error;                    // for the row and the log; no PIN, no number
    std::chrono::seconds retry_after{0};  // as the carrier said
    bool too_late = false;                // its time ran out before the first byte: nothing follows
    bool own_trouble = false;      // ours, not the carrier's: the same route may have it again
    bool passed_by = false;        // its route was not asked: paused, in trouble, or gone
    bool carrier_trouble = false;  // counts against the route's health
    bool throttled = false;        // the carrier said "too fast": the route slows down
    // What the route put in place of the sender that was named; empty text: the carrier's own.
    std::optional<sender_name> put_sender;
    std::string doubt_end;  // it settles a doubt, so (postgres/sends.hpp); empty: none

    bool surely_not_sent() const {
        return verdict == carriers::verdict::not_sent_next ||
               verdict == carriers::verdict::not_sent_later ||
               verdict == carriers::verdict::not_sent_final;
    }
};

}  // namespace pinwire::worker
