// The worker's ports as small models: tables in memory that keep the rules of sql/ as far as a
// worker can see them, carriers and providers that follow a script, a box for dead letters. Every
// call suspends, stands in one diary, and can be broken: before it has any effect, or after (the
// answer is lost). Loop thread only.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "worker/guard.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker::test {

// What was called, in order; and which call breaks.
class stage {
public:
    std::vector<std::string> diary;
    int break_at = 0;  // the Nth call, from 1; 0: none
    bool after_effect = false;
    std::function<void(const std::string& what)> entered;  // before it has any effect

    awaitable<int> enter(std::string what);
    void leave(int call) const;
    int calls() const { return calls_; }
    int count(const std::string& what) const;
    // Position of the first such line; past the end when there is none.
    std::size_t first(const std::string& what) const;

private:
    int calls_ = 0;
};

struct job_row {
    message_id id;
    claim_id claim;
    postgres::content_hash_bytes content_hash{};
    bool final = false;
    std::string reason;
    account_name account;
    std::optional<pinwire::pin_id> pin;
    std::string spec;
    wall_time send_by;
    std::vector<attempt_id> attempts;
};

struct attempt_row {
    message_id job;
    int number = 1;
    route_name route;
    carrier_name carrier;
    attempt_state state = attempt_state::waiting;
    std::optional<epoch_id> owner;
    std::string carrier_message_id;
    std::string error;
    wall_time next_at;
    int repeats = 0;
    int step = 0;  // of a plan
    std::int64_t cost = 0;
};

// What Postgres would hold; outlives the worker that wrote it.
struct tables {
    std::map<std::pair<std::string, std::string>, job_row> jobs;  // by account and job_id
    std::map<attempt_id, attempt_row> attempts;
    std::map<std::pair<std::string, std::string>, std::string> pins;  // sealed, by account and id
    std::optional<wall_time> pin_expires_at;                          // of every PIN

    job_row* job(const std::string& job_id);
    job_row& job_of(const attempt_row&);
    attempt_row* only_attempt();
    postgres::work_item item(const attempt_id&);
};

class fake_store final : public job_store {
public:
    fake_store(stage& on, std::shared_ptr<tables> in, epoch_id epoch)
        : stage_(on), tables_(std::move(in)), epoch_(epoch) {}

    std::set<std::string> bad_rows;  // job ids that the database refuses
    std::string start_refusal;       // what start says, if not empty
    bool others_took_the_claim = false;

    awaitable<std::optional<postgres::known_job>> known(account_name, job_id) override;
    awaitable<claim_outcome> claim(postgres::claim_request) override;
    awaitable<void> announce_again(message_id, std::string waiter) override;
    awaitable<postgres::start_answer> start(postgres::start_request) override;
    awaitable<postgres::record_answer> record(postgres::record_request) override;
    awaitable<void> give_up(std::vector<attempt_id>) override;
    void abandon() override {}
    awaitable<std::vector<postgres::work_item>> take_waiting(
        route_name, wall_time, int, std::vector<attempt_id>, bool others_too
    ) override;
    awaitable<std::vector<postgres::work_item>> take_homeless(std::vector<route_name>, int)
        override;
    awaitable<int> take_over_sending(int, std::chrono::milliseconds) override;
    awaitable<std::vector<postgres::work_item>> take_in_doubt(int, std::chrono::milliseconds)
        override;
    awaitable<void> postpone(attempt_id, wall_time) override;
    awaitable<bool> is_of_another(carrier_name, std::string, attempt_id) override;
    awaitable<std::optional<wall_time>> settled_until() override;
    awaitable<int> close_overdue(int) override;
    awaitable<void> note_routes(std::vector<postgres::route_state>) override;
    awaitable<std::vector<postgres::delivery_answer>> route_deliveries(
        std::vector<postgres::delivery_question>, wall_time
    ) override;
    awaitable<std::vector<postgres::plan_fact>> plan_facts(std::vector<attempt_id>) override;
    awaitable<std::vector<postgres::due_step>> take_steps(int) override;
    awaitable<std::vector<postgres::step_answer>> begin_steps(std::vector<postgres::step_request>)
        override;

    // As if the present step of this job were over.
    postgres::due_step step_over(const std::string& job_id);

    std::vector<postgres::claim_request> claims;
    std::vector<std::string> told_again;  // the waiters of repeats
    std::vector<postgres::record_request> records;
    std::vector<std::vector<postgres::route_state>> noted;
    std::vector<std::vector<postgres::delivery_question>> asked_of_deliveries;
    std::vector<postgres::delivery_answer> deliveries;
    std::vector<postgres::step_request> steps;

private:
    claim_outcome claim_now(const postgres::claim_request&);
    postgres::start_answer start_now(const postgres::start_request&);
    postgres::record_answer record_now(const postgres::record_request&);
    void add_next(attempt_row& before, const postgres::next_attempt&, postgres::record_answer&);

    stage& stage_;
    std::shared_ptr<tables> tables_;
    epoch_id epoch_;
};

// Answers of a carrier that speaks infobip's dialect; vonage's, and twilio's for calls, are spoken
// by test settings only.
http::exchange accepted();
http::exchange refused(int status_id);  // 12: this route won't; 52: no route would; 23: duplicate
http::exchange answered(unsigned status, std::string body = {});
http::exchange unanswered(http::progress how_far, http::failure why);
http::exchange silent();  // the request went out and nothing came back

// One carrier request as it left.
struct sent_request {
    carrier_name carrier;
    attempt_id attempt;
    std::string to;
    std::string text;
    std::string from;
    std::string words_url;  // of a call that asks for its words
    bool lawful = false;    // its attempt was ours and committed as sending (or as in doubt) before
};

class fake_gateway final : public gateway {
public:
    fake_gateway(stage& on, std::shared_ptr<tables> in, epoch_id epoch)
        : stage_(on), tables_(std::move(in)), epoch_(epoch) {}

    std::map<std::string, std::deque<http::exchange>> carrier_script;  // by carrier; then: accepted
    std::deque<http::exchange> inquiry_script;   // what carriers say when asked; then: silent
    std::deque<http::exchange> provider_script;  // then: reachable
    bool provider_hangs = false;                 // until the deadline given
    std::function<awaitable<void>(std::string to)> before_first_byte;
    std::function<awaitable<void>(std::string to)> before_answer;
    std::function<awaitable<void>()> before_lookup_answer;

    std::vector<sent_request> sent;  // whose first byte went out
    std::vector<std::string> looked_up;
    std::vector<http_request> asked;

    std::vector<config::request_times> times;  // of each carrier request

    awaitable<http::exchange> to_carrier(
        carrier_name name,
        http_request request,
        config::request_times within,
        std::function<bool()> may_send,
        std::function<void()> on_first_byte
    ) override;
    awaitable<http::exchange> ask_carrier(carrier_name, http_request) override;
    awaitable<http::exchange> ask_balance(carrier_name, http_request) override;
    awaitable<http::exchange> to_provider(
        provider_name, http_request, std::chrono::steady_clock::time_point
    ) override;

private:
    sent_request read(const carrier_name&, const http_request&) const;

    stage& stage_;
    std::shared_ptr<tables> tables_;
    epoch_id epoch_;
};

class fake_counter final : public send_counter {
public:
    explicit fake_counter(stage& on) : stage_(on) {}

    std::map<std::string, postgres::cap_answer> answers;  // by number; else: there is room
    std::vector<postgres::cap_request> asked;

    awaitable<postgres::cap_answer> count(postgres::cap_request) override;

private:
    stage& stage_;
};

class fake_dead_letters final : public dead_letter_box {
public:
    explicit fake_dead_letters(stage& on) : stage_(on) {}

    std::function<awaitable<void>()> before_acknowledgement;
    std::vector<dead_letter> kept;  // acknowledged
    std::vector<std::int64_t> offsets;

    awaitable<void> put(const kafka::record&, dead_letter) override;

private:
    stage& stage_;
};

}  // namespace pinwire::worker::test
