// The world of one history; see history.hpp. Its parts: history.cpp (time, faults, what comes
// next), history_worker.cpp and history_sweep.cpp (the worker), history_carrier.cpp,
// history_callback.cpp, history_judge.cpp (the observer).
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "common/config/settings.hpp"
#include "common/core/plan.hpp"
#include "tests/simulation/history.hpp"
#include "tests/support/mirror/mirror.hpp"
#include "worker/ladder.hpp"
#include "worker/next_step.hpp"

namespace pinwire::simulation {

using mirror::moment;
using ms = std::chrono::milliseconds;
using namespace std::chrono_literals;

// xorshift64*: quick to seed, and the same everywhere.
class dice {
public:
    explicit dice(std::uint64_t seed)
        : state_(seed * 0x9E3779B97F4A7C15ULL + 0xD1B54A32D192ED03ULL) {
        for (int i = 0; i < 4; ++i)
            next();
    }
    std::uint64_t next() {
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1DULL;
    }
    int below(int n) { return static_cast<int>((next() >> 33) % static_cast<std::uint64_t>(n)); }
    double share() { return static_cast<double>(next() >> 11) / 9007199254740992.0; }
    bool chance(double p) { return p > 0 && share() < p; }
    ms between(ms least, ms most) {
        return least + ms(below(static_cast<int>((most - least).count()) + 1));
    }

private:
    std::uint64_t state_;
};

// A route and the carrier behind it: both have its number.
struct way {
    int number = 1;
    channel on = channel::sms;
    ms window{0};  // of idempotency; the carrier's own is longer
    bool can_ask = false;
    ms absent_after{0};
    in_doubt_policy policy = in_doubt_policy::hold;
    bool gives_ids = true;
    bool reports_by_id = false;
    int ids = 1000;  // so many different ones
    ms validity{60'000};
    std::int64_t price = 10;
    double refuses = 0, later = 0, silent = 0, lost = 0;
};

// What a producer wants.
struct order {
    int key = 0;
    int hash = 0;
    int number = 0;
    job plan;     // only steps, limits and channel
    int pin = 0;  // of a resend; 0: its own
    bool by_number = false;
    bool wants_report = true;
    bool report_refusal = true;
    moment requested_at;
    moment send_by;
    std::optional<ms> pin_expires_in;
};

struct message {
    int order = 0;
    bool done = false;  // its offset is stored
    int hands = 0;
};

struct work {  // attempt_work (worker/work.hpp)
    int id = 0;
    int job = 0;
    int number = 1;
    int route = 0;
    int order = 0;
    moment pin_expires_at = moment::max();
    moment send_by;
    moment next_at;
    moment started_at;
    moment deadline;
    int repeats = 0;
    std::vector<int> refused;
    int step = 1;
    std::int64_t cost = 0;
    std::vector<plan_try> tries;
    int gaps = 0;  // of its owner's heartbeats, before the row was committed

    moment last_moment() const { return std::min(send_by, pin_expires_at); }
};

enum class doing {
    message,
    claim,
    claim_known,
    turn,
    start,
    start_known,
    first_byte,
    answer,
    record,
    record_known,
    rung,
    asked,
    steps,
    step_known,
    worker_up,
    carrier_gets,
    report_posted,
    report_appended,
    settle_known,
    customer_gets,
    customer_answered,
    callback_up,
    verify
};
enum class manner { first, repeat, ask, resend };

struct task {
    work of;
    manner how = manner::first;
    int message = -1;
    mirror::claim_row claim;
    mirror::claim_answer claimed;
    mirror::start_row start;
    mirror::start_answer started;
    worker::outcome result;
    mirror::record_row record;
    mirror::record_answer recorded;
    work next;  // if there is one
    moment not_before;
    std::optional<moment> settled;
    mirror::step_row step;
    mirror::step_answer stepped;
    mirror::dlr_row dlr;
    mirror::report_result report;
    bool lost = false;  // an answer to COMMIT was, once
};

struct event {
    moment at;
    int made = 0;  // keeps equal moments apart
    doing what = doing::message;
    int process = 0;  // 0, 1: workers; 2: the callback; 3: nobody's
    int life = 0;
    int task = 0;
};

struct process {
    int epoch = 0;
    int life = 0;  // grows with each crash
    int gaps = 0;  // in its heartbeats, long enough for a takeover
    bool up = true;
    moment goes_on = moment::min();      // it stands still until then
    moment database_at = moment::min();  // the database is out of its reach until then
    moment beat = moment::min();         // began, of the last committed one
    moment steady_since = moment::min();
    std::optional<moment> beats_at;  // none: each second
    moment sweep_at = moment::min();
    ms pause{1000};
    std::vector<int> held;  // waiting attempts
};

// What really happened to an attempt; only the observer and the carrier know.
struct truth {
    std::optional<moment> first_byte;
    std::optional<moment> accepted;  // the first time
    int messages = 0;                // that the carrier made of it
    int carrier_id = 0;
    bool waived = false;  // sent again by the operator's policy
};

struct posted {  // to the customer
    int times = 0;
    mirror::told says;
};

class history {
public:
    history(const history_options&, rarities&);
    history_end run();

private:
    // --- time and faults (history.cpp)
    void draw_world();
    void draw_order(int i);
    bool step();
    void do_event(const event&);
    void dispatch(const event&);
    void sweep_of(int which);
    moment next_sweep(int which) const;
    moment next_due() const;
    void plan(doing, int process, int task, ms in);
    int new_task(work of = {});
    void maybe_fault(int process);
    void crash(int process);
    void revive(int process);
    void stand_still(int process);
    void beats();
    void beat(int process);
    bool troubled() const { return !calm_ && events_ < options_.events_max; }
    bool loses_answer() { return troubled() && dice_.chance(lost_answers_); }
    void note(rare what) { ++seen_[static_cast<std::size_t>(what)]; }
    void say(const std::string& text);
    void broke(const std::string& what);
    ms soon() { return dice_.between(ms(1), ms(40)); }
    // A call of the database's was made: its answer comes, or it is lost and the call repeated.
    void await_answer(int by, int t, doing again, doing known);

    // --- the worker (history_worker.cpp)
    void take_message(int by, int t);
    void claim(int by, int t);
    void claim_known(int by, int t);
    void choose_way(int by, const order&, mirror::claim_row&, work&);
    void hold(int by, work);
    void turn(int by, int t);
    void start(int by, int t);
    void start_known(int by, int t);
    void first_byte(int by, int t);
    void answer(int by, int t);
    void record(int by, int t);
    void record_known(int by, int t);
    worker::next_step step_after(const work&, const worker::outcome&, bool waived);
    void plan_next(int by, task&, const worker::next_step&);
    void request_of(task&);
    const char* way_round_word() const;
    plan_routes offers();
    int choose(channel, const std::vector<int>& tried);
    std::int64_t cost_on(int route) const;
    bool alive(int by) const;
    bool steady(int by) const;
    channel channel_of(const work&) const;

    // --- its sweep (history_sweep.cpp)
    void sweep(int by);
    void refill(int by);
    void take_over(int by);
    void climb(int by);
    std::ptrdiff_t set_aside() const;
    void step_on(int by);
    void close_overdue(int by);
    void rung(int by, int t);
    void resend(int by, int t);
    void asked(int by, int t);
    void steps(int by, int t);
    void step_known(int by, int t);
    ms dead_after(int by) const;
    work work_of(int attempt);
    std::vector<plan_try> tries_of(int job, int up_to);

    // --- carriers (history_carrier.cpp)
    void send_request(int by, int t);
    void carrier_gets(int t);
    void plan_reports(const work&, const truth&);
    void report_posted(int t);
    void report_appended(int t);
    void verify(int t);
    truth& truth_of(int attempt);

    // --- the callback (history_callback.cpp)
    void callback_sweep();
    bool settle();
    void settle_known(int t);
    void settle_parked();
    void mark_settled();
    void hand_over();
    void take_reports();
    void customer_gets(int t);
    void customer_answered(int t);
    void note_news(const mirror::dlr_row&);

    // --- the observer (history_judge.cpp)
    void look();
    void look_at_jobs();
    void look_at_attempts();
    void look_at_reports();
    void judge_first_byte(const work&, manner);
    void judge_acceptance(int attempt);
    void judge_end();
    bool all_quiet() const;

    const history_options& options_;
    rarities& seen_;
    dice dice_;
    mirror::tables db_;
    moment now_{std::chrono::hours(500'000)};
    moment began_{now_};
    bool calm_ = false;
    int events_ = 0;
    int made_ = 0;
    int next_id_ = 0;
    int next_epoch_ = 0;
    double crashes_ = 0, standstills_ = 0, lost_answers_ = 0;
    double grumpy_ = 0, malformed_ = 0;  // the customer
    int faults_left_ = 8;
    config::timing_settings timing_;
    ms no_news_after_{30'000};
    std::vector<way> ways_;
    std::vector<order> orders_;
    std::vector<message> messages_;
    std::array<process, 3> processes_;
    std::vector<event> plans_;
    std::deque<task> tasks_;    // what one of them refers to stays where it is
    std::deque<truth> truths_;  // by attempt

    // Kafka's pin.dlrs, and how far it is settled
    std::array<std::vector<mirror::dlr_row>, 2> dlrs_;
    std::array<std::size_t, 2> read_{}, stored_{}, settled_once_{};
    bool settling_ = false;

    std::vector<posted> posted_;  // by job
    // as the observer saw them last
    std::vector<mirror::job_row> jobs_seen_;
    std::vector<mirror::attempt_row> attempts_seen_;
    std::vector<mirror::report_row> reports_seen_;
    std::vector<std::string> trace_;
    std::string breach_;
};

}  // namespace pinwire::simulation
