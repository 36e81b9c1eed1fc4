// Infobip's applications and message templates, of one account each (sql/010_accounts.sql).
// Blocking; run it on an executor's thread. Ids are 32 upper-case hex digits, made by the caller.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/core/job.hpp"
#include "common/core/rate_limit.hpp"
#include "common/postgres/session.hpp"

namespace pinwire::postgres {

struct application {
    std::string id;
    std::string name;
    bool enabled = true;
    std::int32_t pin_attempts = 10;
    bool allow_multiple_verifications = true;
    std::chrono::milliseconds pin_time_to_live{15 * 60 * 1000};
    rate_limit verify_pin_limit{1, std::chrono::milliseconds(3000)};
    rate_limit send_per_application{10'000, std::chrono::milliseconds(86'400'000)};
    rate_limit send_per_number{3, std::chrono::milliseconds(86'400'000)};

    friend bool operator==(const application&, const application&) = default;
};

struct message_template {
    std::string id;
    std::string application;
    std::string text;  // with {{pin}}, once or more
    pinwire::pin_type pin_type = pinwire::pin_type::numeric;
    std::uint8_t pin_length = 4;
    std::string sender;    // empty: none
    std::string language;  // as given; empty: en
    std::string repeat_dtmf;
    std::optional<double> speech_rate;
    std::string voice_name;
    std::string regional;  // JSON text, echoed; empty: none

    friend bool operator==(const message_template&, const message_template&) = default;
};

std::vector<application> list_applications(session&, const account_name&);
std::optional<application> find_application(session&, const account_name&, const std::string& id);
// False: the account has that many already (limits::applications_max).
bool create_application(session&, const account_name&, const application&);
// What became of a change of what was read: it is done only while that still stands there.
enum class changed : std::int16_t { none_such = 0, done = 1, outrun = 2 };
changed change_application(
    session&, const account_name&, const application& former, const application& made
);

std::vector<message_template> list_messages(
    session&, const account_name&, const std::string& application
);
std::optional<message_template> find_message(
    session&, const account_name&, const std::string& application, const std::string& id
);
// False: no such application, or it has too many already.
bool create_message(session&, const account_name&, const message_template&);
changed change_message(
    session&, const account_name&, const message_template& former, const message_template& made
);

}  // namespace pinwire::postgres
