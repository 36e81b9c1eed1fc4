// What a caller wants sent, in no dialect's words, and what became of it. Values; the dialects fill
// an order from a request and make an answer of a placed_order.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/event.hpp"
#include "common/core/job.hpp"
#include "common/core/rate_limit.hpp"
#include "common/core/secret.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::api {

// How much must be known before the caller is answered.
enum class answer_when {
    durable,    // Kafka has the job
    looked_up,  // the lookup said "send", or refused (360NRS hlr_lookup 1)
    outcome     // sms_status or call_status is known (Infobip)
};

struct order {
    // Complete but for what admission decides: job_id, and pin_id unless it is a resend.
    pinwire::job job;
    bool resend = false;  // job.pin names the existing PIN that is sent again
    secret own_code;      // the caller's own code; empty: the worker mints. Sealed before Kafka
    answer_when answer = answer_when::durable;
    std::string idempotency_key;  // the header's; empty: none
    std::string application;      // Infobip's; empty
    std::string message;          // Infobip's template; empty
    std::string repeat;           // what a resend of this PIN will need (JSON text); empty
    rate_limit per_application;   // unbounded: none
    rate_limit per_number;        // of this application, or of the account without one
};

struct placed_order {
    enum class kind {
        taken,        // as far as `answer` asked, or as far as is known: see `now`
        cancelled,    // no verdict in time: nothing was sent and nothing will be
        limited,      // over a limit of the application, number or account: see retry_after
        no_credit,    // the prepaid credit doesn't cover it
        key_reused,   // the Idempotency-Key stands for another request
        unavailable,  // our trouble; nothing was sent and nothing will be
        uncertain     // our trouble, and it can't be said whether it will be sent (a retry with the
                      // same Idempotency-Key is safe)
    };
    kind what = kind::unavailable;
    pin_id pin;
    std::optional<status_event> now;  // the newest that is known of the job; none: only durable
    std::chrono::seconds retry_after{0};
};

class order_desk {
public:
    virtual ~order_desk() = default;
    // Bounded by [api] answer_within. Loop thread.
    virtual awaitable<placed_order> place(order) = 0;
};

}  // namespace pinwire::api
