// One job's life, or that of two or three at once, from its Kafka record to its last report, in
// virtual time: two workers, a callback (settler and dispatcher), three carriers, a customer and a
// Kafka. Each process may crash before and after every step, stop and go on, and lose the database
// or the answer to a COMMIT; what was decided is decided by the product's own pure code, and the
// tables are the mirror of sql/ (tests/support/mirror). An observer that knows what the carriers
// really took holds the promises of docs/promises.md against it. Seeded and pure: the same seed is
// always the same history. A function of sql/ is atomic here: who locks what is not looked at.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pinwire::simulation {

// What a run over many histories has to come to at least once.
enum class rare : int {
    waiting_taken_over,        // a waiting row, from a dead owner
    waiting_brought_again,     // one's own, which the answer of a refill had lost
    sending_taken_over,        // in doubt by that
    no_heartbeat,              // no byte left: nobody alive sends
    too_late_for_a_byte,       // no byte left: its time was over in the last instant
    other_life,                // no byte left: its owner stood still since the row was committed
    repeated,                  // under the same reference
    duplicate_reference,       // and the carrier knew it: proof of the first
    asked_found,               //
    asked_absent,              // and it went on as if refused
    asked_unknown,             //
    resent,                    // by the operator's waiver
    opened_by_evidence,        // of acceptance, after that
    set_aside,                 // three owners died with it in hand
    held_to_the_end,           // closed in doubt
    report_ends_doubt,         //
    report_before_answer,      // of an attempt that is being sent
    report_after_end,          // of a job that is final
    report_twice,              // settled again after a crash
    refusal_unanswered,        // parked: nobody knows yet which of the two
    refusal_moot,              // of what surely was not sent
    parked_without_match,      //
    parked_found,              // its row by now
    parked_other_number,       //
    parked_ambiguous,          //
    closed_over_waiting,       // delivered, while another attempt waited: never sent
    closed_over_sending,       // delivered, while another was being sent: in doubt
    moved_on,                  // an outcome came too late: its row is another's
    late_evidence,             // acceptance, brought by who no longer owns the row
    claim_repeated,            // the answer to its COMMIT was lost
    start_repeated,            //
    record_repeated,           //
    step_repeated,             //
    settle_repeated,           //
    two_owners,                // one message in two hands
    known_before_claim,        //
    id_reused,                 // with other content: a dead letter
    refused_by_lookup,         // and no report was wanted of that
    withheld_by_lookup,        // the PIN exists all the same
    resend_refused,            // its PIN can't be sent
    resend_sent,               // the same PIN again
    start_expired,             //
    start_pin_expired,         //
    start_superseded,          //
    other_route_at_once,       //
    same_route_later,          //
    way_round,                 // its route is in trouble: another one, unasked
    passed_by_too_late,        // it is being sent already
    given_up_waiting,          // on SIGTERM
    step_by_silence,           //
    step_by_failure,           //
    step_withdrawn,            // it still waited for its turn
    step_lease_lost,           // somebody else decided
    plan_stopped,              // its PIN was verified
    plan_used_up,              // no step is left
    voice_by_plan,             // and what a human answered
    closed_waiting,            // its time was over before its turn
    closed_without_news,       //
    report_retried,            //
    report_given_up,           // malformed three times
    report_taken_over,         // from a dead dispatcher
    report_delivered_twice,    // and it was the same
    accepted_twice_in_window,  // the carrier dropped the second
    two_by_plan,               // carriers have both steps
    count_of_rare              // not one
};
const char* name_of(rare);

using rarities = std::array<std::int64_t, static_cast<std::size_t>(rare::count_of_rare)>;

struct history_options {
    std::uint64_t seed = 1;
    int events_max = 1'000'000;  // after so many nothing goes wrong any more
    bool trace = false;
    // As if "another route, unasked" had a word that record() doesn't know, and could end what is
    // being sent: so that the observer sees a double send.
    bool passes_by_what_is_sent = false;
};

struct history_end {
    std::string breach;  // which promise, and how; empty: all were kept
    int events = 0;
    int troubled = 0;  // of them before the faults ended
    std::vector<std::string> trace;
};

history_end run_history(const history_options&, rarities& seen);

}  // namespace pinwire::simulation
