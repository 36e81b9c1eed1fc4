// Steps 4 to 6 for attempts that are ours: send, record, and the next attempt until the job's
// sending is over. Jobs that were just claimed and rows that were taken from the table go the same
// way from here. Loop thread only.
#pragma once

#include <functional>

#include "common/config/settings.hpp"
#include "common/runtime/task_group.hpp"
#include "worker/figures.hpp"
#include "worker/next_step.hpp"
#include "worker/ports.hpp"
#include "worker/routes.hpp"
#include "worker/send.hpp"
#include "worker/work.hpp"

namespace pinwire::worker {

class attempts {
public:
    attempts(const config::settings&, job_store&, routes&, send_step&, figures&);

    // Asked before a claim; its attempt takes it along.
    int stretch() const { return send_.stretch(); }

    // Sends what is `sending` already, with its permit in hand, and all that follows from it.
    awaitable<void> run(attempt_work, route_permit, std::function<void()> on_first_byte = nullptr);

    // One route's line: waiting attempts leave it in due order as its permits allow, each in a task
    // of its own.
    awaitable<void> serve(route_line&, task_group&);

    // A waiting attempt chooses again: its route is gone.
    awaitable<void> rehome(attempt_work);
    // What waits for a route that is paused or in trouble goes another way where there is one; what
    // is too late is let go. One bounded round.
    void leave(route_line&, task_group&);

    // The ladder's rungs, for attempts in doubt.
    awaitable<void> repeat(attempt_work);
    awaitable<void> ask(attempt_work);
    awaitable<void> resend(attempt_work);

private:
    awaitable<void> start(attempt_work, route_permit);
    awaitable<void> start_or_leave(attempt_work, route_permit);
    route_line* way_round(const attempt_work&);
    route_line* way_in_plan(const attempt_work&, route_line& best);
    awaitable<void> move_on(attempt_work, std::string why);
    awaitable<void> drop_what_is_anothers(const attempt_work&, carriers::inquiry_answer& said);
    // Records the outcome; the next attempt, if it is ours to send at once.
    awaitable<bool> record(attempt_work&, const outcome&, route_permit&);
    std::chrono::milliseconds pull_after(const attempt_work&) const;
    postgres::record_request request_of(const attempt_work&, const outcome&) const;
    void plan_next(const attempt_work&, const next_step&, postgres::record_request&, route_permit&);
    // `waived`: the carrier may have it all the same.
    next_step step_after(const attempt_work&, const outcome&, bool waived = false);
    next_step step_in_plan(const attempt_work&, const outcome&, bool waived);
    bool follow(
        attempt_work& work,
        const next_step& step,
        const postgres::record_request& asked,
        const postgres::record_answer& answer
    );

    const config::settings& settings_;
    job_store& store_;
    routes& routes_;
    send_step& send_;
    figures& figures_;
};

}  // namespace pinwire::worker
