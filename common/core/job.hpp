// A PIN-send job, decoded and normalised: every default filled in, every known field checked
// (job_codec.hpp). A value; nothing here knows Kafka or the database.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/msisdn.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

enum class channel : std::int16_t { sms = 0, voice = 1 };
enum class dialect : std::int16_t { nrs360 = 0, infobip = 1 };
enum class report_format : std::int16_t { nrs360 = 0, infobip = 1, standard = 2 };
enum class pin_type : std::int16_t { numeric = 0, alpha = 1, alphanumeric = 2, hex = 3 };

// Whether the number is looked up first, and what a bad outcome does (lookup_policy.hpp).
enum class lookup_policy : std::int16_t {
    skip = 0,        // hlr_lookup 0, ncNeeded false, or voice without a policy
    hlr_lookup = 1,  // 360NRS: the job fails if the lookup fails
    nc_needed = 2    // Infobip: the SMS is withheld only when the number is not reachable
};

struct pin_parameters {
    pin_type type = pin_type::numeric;
    std::uint8_t length = 6;                // 4 to 16
    std::chrono::seconds expires_in{3600};  // 0: never
    std::uint32_t max_tries = 3;            // 0: unlimited
    bool single_use = false;                // verified once, it is spent

    friend bool operator==(const pin_parameters&, const pin_parameters&) = default;
};

struct voice_options {
    std::string language = "en";  // PROTOCOLS 2.5 lists them
    double speech_rate = 1.0;     // 0.5 to 2
    std::string repeat_dtmf;      // a key to hear it again; empty: none
    std::string voice;            // the carrier's voice name; empty: its default

    friend bool operator==(const voice_options&, const voice_options&) = default;
};

// What India's operators check an SMS by before they deliver it; carriers with a place for it are
// told. At most 30 characters each, the telemarketers' 255; no control characters.
struct india_dlt {
    std::string principal_entity_id;  // empty: none was given, nor the others
    std::string content_template_id;  // may be empty
    std::string telemarketer_id;      // may be empty

    bool empty() const { return principal_entity_id.empty(); }
    friend bool operator==(const india_dlt&, const india_dlt&) = default;
};

// One step of a job's plan (plan.hpp): the PIN goes this way; when so long nobody says "delivered"
// the next step begins.
struct plan_step {
    pinwire::channel channel = pinwire::channel::sms;
    std::chrono::seconds after{0};  // 1 s to 1 h; of the last step 0: nothing follows

    friend bool operator==(const plan_step&, const plan_step&) = default;
};

// What a plan may use up.
struct plan_limits {
    int attempts = 0;       // of the whole job; 0: only Pinwire's own bound
    std::int64_t cost = 0;  // micro-units, by the routes' prices; 0: any

    friend bool operator==(const plan_limits&, const plan_limits&) = default;
};

struct job {
    account_name account;
    job_id id;
    pinwire::channel channel = pinwire::channel::sms;
    msisdn to;
    sender_name from;  // empty: the account's or the route's default
    std::string text;  // with the dialect's placeholder, once at least
    pinwire::dialect dialect = pinwire::dialect::nrs360;
    voice_options voice;
    std::optional<pinwire::pin_id> pin;  // none: the worker makes one
    std::optional<pin_parameters>
        pin_given;                // as written; none: the defaults, or the existing PIN's
    std::uint8_t pin_length = 0;  // of a PIN that exists, as its sender knows it, to reckon parts
                                  // with: 4 to 16; 0: unknown
    std::string pin_sealed;       // v1.KID.base64url(...); empty: the worker mints
    lookup_policy lookup = lookup_policy::hlr_lookup;
    std::string report_url;  // empty: no report
    pinwire::report_format report_format = pinwire::report_format::nrs360;
    bool report_refusal = true;  // false: a job refused by lookup ends without a report
    std::string reference;       // echoed; at most 100 characters
    std::chrono::system_clock::time_point requested_at;  // never later than the record's own time
    std::chrono::seconds send_within{0};  // after requested_at; always > 0 once decoded
    std::vector<plan_step> steps;  // empty: no plan; else `channel` is the first one's, or (of an
                                   // attempt's own copy) its step's
    plan_limits limits;            // only with steps
    india_dlt dlt;                 // empty: none

    pin_parameters pin_or_default() const { return pin_given.value_or(pin_parameters{}); }
    // Characters that the PIN takes in the text, as far as that is known before the claim.
    std::size_t room_for_pin() const {
        return pin_length > 0 ? pin_length : pin_or_default().length;
    }
    // After this moment nothing may be sent: requested_at + send_within.
    std::chrono::system_clock::time_point send_by() const { return requested_at + send_within; }
};

// The words of the wire (DESIGN, section 3): "sms", "360nrs", "numeric", "hlr_lookup" ...
std::string_view to_string(channel);
std::string_view to_string(dialect);
std::string_view to_string(report_format);
std::string_view to_string(pin_type);
std::string_view to_string(lookup_policy);
std::optional<channel> parse_channel(std::string_view);
std::optional<dialect> parse_dialect(std::string_view);
std::optional<report_format> parse_report_format(std::string_view);
std::optional<pin_type> parse_pin_type(std::string_view);
std::optional<lookup_policy> parse_lookup_policy(std::string_view);

// One of the languages of a call (PROTOCOLS 2.5): "en", "pt_br" ...
bool is_language(std::string_view text);

}  // namespace pinwire
