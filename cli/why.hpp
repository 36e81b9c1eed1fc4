// "Why no code?", answered for a support desk from a job's story and its PIN, in plain words. Never
// a PIN, never a number. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "common/postgres/story.hpp"

namespace pinwire::cli {

struct pin_state {
    std::optional<std::chrono::system_clock::time_point> expires_at;  // none: never
    std::optional<std::chrono::system_clock::time_point> verified_at;
    std::optional<std::chrono::system_clock::time_point> cancelled_at;
    std::optional<int> tries_left;  // none: unlimited
    bool newer = false;             // only the newest of the number counts, and this isn't it
};

// One or two sentences: what became of the message, then what of its PIN.
std::string why_no_code(
    const postgres::story&,
    const std::optional<pin_state>&,
    std::chrono::system_clock::time_point now
);

}  // namespace pinwire::cli
