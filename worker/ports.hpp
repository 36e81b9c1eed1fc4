// What the steps need from the world, as small abstract classes: the program's adapters implement
// them over common/ (store.cpp, gateway.cpp, dead_letters.cpp), tests implement them with fakes.
// All on the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "common/config/route_times.hpp"
#include "common/core/http_message.hpp"
#include "common/core/strong.hpp"
#include "common/http/client.hpp"
#include "common/postgres/claims.hpp"
#include "common/postgres/plans.hpp"
#include "common/postgres/route_states.hpp"
#include "common/postgres/sends.hpp"
#include "common/runtime/asio.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

// The system of record. Calls are batched behind it; each returns after its commit. A lost database
// is waited for; bad_row: the database refused this one row (SQLSTATE class 22 or 23), the others
// went through.
struct bad_row {
    std::string sqlstate;
};

class job_store {
public:
    virtual ~job_store() = default;

    struct claim_outcome {
        std::optional<postgres::claim_answer> answer;  // none: refused as a bad row
        bad_row refused;
    };
    // What stands under the key already, if anything does: a cheap read before the paid lookup.
    virtual awaitable<std::optional<postgres::known_job>> known(account_name, job_id) = 0;
    virtual awaitable<claim_outcome> claim(postgres::claim_request) = 0;
    // `waiter`: the repeating message's own.
    virtual awaitable<void> announce_again(message_id, std::string waiter) = 0;
    virtual awaitable<postgres::start_answer> start(postgres::start_request) = 0;
    virtual awaitable<postgres::record_answer> record(postgres::record_request) = 0;
    virtual awaitable<void> give_up(std::vector<attempt_id>) = 0;
    // Breaks off whatever waits for the database.
    virtual void abandon() = 0;

    // Sweeps; not batched.
    // `held`: what the caller holds of this route already. `others_too`: and what a living worker
    // has held for long past its time.
    virtual awaitable<std::vector<postgres::work_item>> take_waiting(
        route_name, wall_time until, int limit, std::vector<attempt_id> held, bool others_too
    ) = 0;
    virtual awaitable<std::vector<postgres::work_item>> take_homeless(
        std::vector<route_name> known_routes, int limit
    ) = 0;
    virtual awaitable<int> take_over_sending(int limit, std::chrono::milliseconds dead_after) = 0;
    virtual awaitable<std::vector<postgres::work_item>> take_in_doubt(
        int limit, std::chrono::milliseconds dead_after
    ) = 0;
    virtual awaitable<void> postpone(attempt_id, wall_time next_at) = 0;
    // Whether the carrier's own id means another attempt, as far as is known yet.
    virtual awaitable<bool> is_of_another(carrier_name, std::string id, attempt_id) = 0;
    virtual awaitable<std::optional<wall_time>> settled_until() = 0;
    virtual awaitable<int> close_overdue(int limit) = 0;

    // Routes: how they stand, and what becomes of what they send.
    virtual awaitable<void> note_routes(std::vector<postgres::route_state>) = 0;
    virtual awaitable<std::vector<postgres::delivery_answer>> route_deliveries(
        std::vector<postgres::delivery_question>, wall_time until
    ) = 0;

    // Plans: what a taken attempt doesn't say of its job's; jobs whose present step is over, leased
    // to the caller; and their next steps.
    virtual awaitable<std::vector<postgres::plan_fact>> plan_facts(std::vector<attempt_id>) = 0;
    virtual awaitable<std::vector<postgres::due_step>> take_steps(int limit) = 0;
    virtual awaitable<std::vector<postgres::step_answer>>
        begin_steps(std::vector<postgres::step_request>) = 0;
};

// The way to carriers and lookup providers.
class gateway {
public:
    virtual ~gateway() = default;
    // `may_send` is asked in the instant before the first byte; `on_first_byte` is called straight
    // before it. `within`: the route's times.
    virtual awaitable<http::exchange> to_carrier(
        carrier_name,
        http_request,
        config::request_times within,
        std::function<bool()> may_send,
        std::function<void()> on_first_byte
    ) = 0;
    // What became of an attempt: sends nothing, so it asks nobody.
    virtual awaitable<http::exchange> ask_carrier(carrier_name, http_request) = 0;
    // What the operator has left there: at base_url, wherever it is asked about attempts.
    virtual awaitable<http::exchange> ask_balance(carrier_name, http_request) = 0;
    virtual awaitable<http::exchange> to_provider(
        provider_name, http_request, std::chrono::steady_clock::time_point by
    ) = 0;
};

// What can't be a job. Returns once the broker has acknowledged the dead letter; waits as long as
// that takes.
struct dead_letter {
    std::string reason;
    std::string field;
    std::string rule;
    std::string account;  // as far as they could be read; for the event
    std::string job_id;
};

class dead_letter_box {
public:
    virtual ~dead_letter_box() = default;
    virtual awaitable<void> put(const kafka::record&, dead_letter) = 0;
};

}  // namespace pinwire::worker
