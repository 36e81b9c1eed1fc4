// Bytes from pin.jobs to a job and back. Decoding is strict on known fields and silent on unknown
// ones (docs/schemas/job.schema.json says the same). An error names the field and the rule, never
// the value: the value may hold what a producer wrote in clear.
#pragma once

#include <array>
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "common/core/job.hpp"

namespace pinwire {

// Why a message is no job. It becomes the reason header of the dead letter: lower-case words with
// underscores.
struct decode_error {
    std::string reason;  // e.g. "not_json", "missing_field", "bad_value", "both_policies"
    std::string field;   // empty when the whole message is meant
    std::string rule;    // what is allowed, for people
    std::string
        account;  // as far as they could be read, for the event of a dead letter; else empty
    std::string job_id;
};
[[noreturn]] void throw_exception_from_error(const decode_error&, const boost::source_location&);

inline constexpr std::size_t job_bytes_max = 64 * 1024;

// What a job without a text says; each with its dialect's placeholder.
struct job_defaults {
    std::string text_360nrs = "{PIN} is your verification code.";
    std::string text_infobip = "{{pin}} is your verification code.";
};

// `recorded_at`: the record's timestamp, the default and the upper bound of requested_at. Account
// existence is the caller's question (the configuration knows).
boost::system::result<job, decode_error> decode_job(
    std::string_view bytes, std::chrono::system_clock::time_point recorded_at
);
boost::system::result<job, decode_error> decode_job(
    std::string_view bytes,
    std::chrono::system_clock::time_point recorded_at,
    const job_defaults& defaults
);

// The bytes for pin.jobs, which decode_job reads back as the same job; for producers of our own. A
// send_within of 0 is left to the default. The texts must be UTF-8.
std::string encode_job(const job&);

// The job as Postgres keeps it, so that another worker can go on with it: JSON without the sealed
// code.
std::string to_spec(const job&);
// Reads what to_spec wrote. Throws std::runtime_error when it can't (another version's row).
job from_spec(std::string_view spec);

// SHA-256 over the normalised known fields with their defaults, without requested_at;
// `sealed_digest` stands for a sealed code (a keyed digest of what is in it; empty when there is
// none). Equal hashes: the same content. Take it from the job as it was decoded, before the worker
// gives it a PIN id of its own: else a repeat would differ.
std::array<std::uint8_t, 32> content_hash(const job&, std::string_view sealed_digest);

}  // namespace pinwire
