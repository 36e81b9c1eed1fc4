// Plans: the due row carries the next step, what is settled says when a step is over, and of two
// writers one decides.
#include <thread>

#include "common/postgres/guesses.hpp"
#include "common/postgres/plans.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class planning : public database {
protected:
    // An SMS of 20 s, `sending` under epoch_, and a call behind it.
    claim_request planned(const std::string& job) {
        auto request = sms_request(job);
        request.plan.emplace();
        request.plan->after = 20s;
        return request;
    }
    claim_request sent(const std::string& job) {
        auto request = planned(job);
        EXPECT_TRUE(claim_one(request).ours());
        const auto done = sent_record(request.attempt->id);
        record(db(), epoch_, {&done, 1});
        return request;
    }
    // As if so much time had passed since its request; the settler has read as far.
    void pass(std::chrono::seconds time) {
        const auto back = " - make_interval(secs => " + std::to_string(time.count()) + ")";
        db().query("update due set step_at = step_at" + back);
        db().query(
            "update attempt set started_at = started_at" + back + ", created_at = created_at" + back
        );
    }
    void settled(std::chrono::seconds ahead = 0s) {
        settle_request request;
        settled_mark mark;
        mark.until = now() + ahead;
        request.marks = {mark};
        settle(db(), epoch_, request);
    }
    // Its first step is in doubt, and over.
    void in_doubt(const std::string& job, time_point next_at, time_point deadline) {
        const auto request = planned(job);
        claim_one(request);
        record_request doubt;
        doubt.attempt = request.attempt->id;
        doubt.error = "timeout";
        doubt.next_at = next_at;
        doubt.deadline = deadline;
        record(db(), epoch_, {&doubt, 1});
        pass(30s);
        settled();
    }
    int closed() {
        overdue_query query;
        query.limit = 10;
        return close_overdue(db(), epoch_, query).closed;
    }
    std::vector<due_step> take(const epoch_id& by, std::chrono::milliseconds lease = 5s) {
        due_steps_query query;
        query.limit = 10;
        query.skew = 2s;
        query.lease = lease;
        return take_steps(db(), by, query);
    }
    static step_request calling(const due_step& of, bool last = true) {
        step_request out;
        out.attempt = of.attempt;
        out.step_at = *of.step_at;
        out.next.emplace();
        out.next->step = of.step + 1;
        out.next->channel = channel::voice;
        if (!last) out.next->after = 20s;
        out.next->attempt.id = fresh_id<attempt_id>();
        out.next->attempt.route = route_name("calls");
        out.next->attempt.carrier = carrier_name("c1");
        out.next->attempt.keep = true;
        out.next->attempt.next_at = now();
        out.next->attempt.deadline = now() + 1h;
        out.next->attempt.cost = 70;
        return out;
    }
    std::optional<int> begin(const step_request& request, const epoch_id& by) {
        return begin_steps(db(), by, {&request, 1}).at(0).next_n;
    }
    // Its next step's attempt has begun and waits.
    step_request begun(const std::string& job) {
        sent(job);
        pass(30s);
        settled();
        const auto request = calling(take(epoch_).at(0));
        EXPECT_EQ(begin(request, epoch_), 2);
        return request;
    }
    start_answer start(const attempt_id& attempt, const epoch_id& by) {
        const start_request request{attempt, now() + 30s, now() + 2h};
        return start_sending(db(), by, {&request, 1}).at(0);
    }
    void verify(const claim_request& job) {
        db().query(
            "update pin set verified_at = clock_timestamp() where pin_id = '" + job.pin->id.str() +
            "'"
        );
    }
    std::string attempt_column(const attempt_id& id, const std::string& column) {
        return value("select " + column + " from attempt where id = '" + id.hex() + "'");
    }
};

TEST_F(planning, AJobWithoutStepsHasNothingOfIt) {
    claim_one(sms_request("j1"));
    EXPECT_EQ(count("due where step is null and step_at is null and step_after is null"), 1);
    EXPECT_EQ(count("attempt where step is null and channel is null"), 1);
}

TEST_F(planning, TheDueRowCarriesTheNextStep) {
    const auto job = planned("j1");
    claim_one(job);
    claim_one(job);  // its answer was lost
    EXPECT_EQ(count("due"), 1);
    EXPECT_EQ(value("select what from due"), "2") << "as without a plan";
    EXPECT_EQ(value("select step from due"), "1");
    EXPECT_EQ(
        value("select step_at between clock_timestamp() + '15s' and clock_timestamp() + '20s'"
              " from due"),
        "t"
    );
    EXPECT_EQ(attempt_column(job.attempt->id, "step"), "1");
    EXPECT_EQ(attempt_column(job.attempt->id, "channel"), "null") << "the job's own";
}

TEST_F(planning, ASilentStepIsOverOnceThatIsSettledAndNotBefore) {
    sent("j1");
    settled(1min);
    EXPECT_TRUE(take(epoch_).empty()) << "it isn't over";
    pass(21s);
    db().query("update settled set until = '-infinity'");
    EXPECT_TRUE(take(epoch_).empty()) << "a partition was never read";
    settled(-2s);  // less the skew: before its end
    EXPECT_TRUE(take(epoch_).empty()) << "news may wait to be read";
    settled(2s);
    const auto due = take(epoch_);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].step, 1);
    EXPECT_EQ(due[0].n, 1);
    ASSERT_EQ(due[0].tries.size(), 1U);
    EXPECT_EQ(due[0].tries[0].route, route_name("r1"));
    EXPECT_FALSE(due[0].tries[0].refused);
    EXPECT_TRUE(due[0].step_at);
}

TEST_F(planning, TheNextStepIsAnAttemptLikeEveryOtherOne) {
    const auto next = begun("j1");
    EXPECT_EQ(count("due"), 1);
    EXPECT_EQ(value("select what from due"), "1");
    EXPECT_EQ(value("select route from due"), "calls");
    EXPECT_EQ(value("select step from due"), "2");
    EXPECT_EQ(value("select step_at is null and step_after is null from due"), "t") << "the last";
    const auto facts = plan_facts(db(), std::vector<attempt_id>{next.next->attempt.id});
    ASSERT_EQ(facts.size(), 1U);
    EXPECT_EQ(facts[0].step, 2);
    EXPECT_EQ(facts[0].cost, 70);
    ASSERT_EQ(facts[0].tries.size(), 1U);
    EXPECT_EQ(begin(next, epoch_), 2) << "told again after a lost answer";
    EXPECT_EQ(count("attempt"), 2);
    EXPECT_TRUE(start(next.next->attempt.id, epoch_).started());
    EXPECT_EQ(start(next.next->attempt.id, other_).why, "not_ours");
}

TEST_F(planning, OfTwoWorkersOneBegins) {
    sent("j1");
    pass(30s);
    settled();
    const auto first = take(epoch_);
    ASSERT_EQ(first.size(), 1U);
    EXPECT_TRUE(take(other_).empty()) << "leased";
    pass(9s);  // its lease is over
    settled();
    const auto second = take(other_);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(begin(calling(first[0]), epoch_), std::nullopt);
    EXPECT_EQ(begin(calling(second[0]), other_), 2);
    EXPECT_EQ(begin(calling(second[0]), other_), std::nullopt) << "another attempt for one lease";
    EXPECT_EQ(count("attempt"), 2);
}

TEST_F(planning, AFailureGoesOnAtOnce) {
    const auto job = sent("j1");
    settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
    EXPECT_EQ(job_column(job.id, "final_at is null and dlr_status is null"), "t");
    EXPECT_EQ(value("select what from due"), "5");
    EXPECT_EQ(value("select close_at = (select send_by from job) from due"), "t");
    const auto due = take(epoch_);
    ASSERT_EQ(due.size(), 1U) << "nothing is settled, and nothing is awaited";
    EXPECT_EQ(begin(calling(due[0]), epoch_), 2);
    EXPECT_EQ(value("select what from due"), "1");
}

TEST_F(planning, ASureRefusalGoesOnAtOnceAndCostsNothing) {
    auto job = planned("j1");
    job.attempt->cost = 30;
    claim_one(job);
    const auto refused = failed_record(job.attempt->id, "refused");
    EXPECT_TRUE(record(db(), epoch_, {&refused, 1}).at(0).applied);
    EXPECT_EQ(job_column(job.id, "final_at is null"), "t");
    const auto due = take(epoch_);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_TRUE(due[0].tries.at(0).refused);
    EXPECT_EQ(due[0].tries.at(0).cost, 0);
}

TEST_F(planning, AnotherRouteOfTheSameStepStaysInIt) {
    const auto job = planned("j1");
    claim_one(job);
    pass(15s);
    auto refused = failed_record(job.attempt->id, "refused");
    refused.next.emplace();
    refused.next->id = fresh_id<attempt_id>();
    refused.next->route = route_name("r2");
    refused.next->carrier = carrier_name("c1");
    refused.next->start = true;
    refused.next->next_at = now() + 30s;
    refused.next->deadline = now() + 2h;
    record(db(), epoch_, {&refused, 1});
    EXPECT_EQ(attempt_column(refused.next->id, "step"), "1");
    EXPECT_EQ(value("select step_at > clock_timestamp() + '15s' from due"), "t")
        << "it has the step's whole time";
    EXPECT_EQ(value("select what from due"), "2");
}

TEST_F(planning, TheClockBeginsWithTheRequest) {
    auto job = planned("j1");
    job.attempt->start = false;
    job.attempt->keep = true;
    claim_one(job);
    pass(15s);
    EXPECT_TRUE(start(job.attempt->id, epoch_).started());
    EXPECT_EQ(value("select step_at > clock_timestamp() + '15s' from due"), "t");
}

TEST_F(planning, WhatStillWaitsForItsTurnIsWithdrawn) {
    auto job = planned("j1");
    job.attempt->start = false;
    job.attempt->keep = true;
    claim_one(job);
    pass(30s);
    const auto due = take(other_);
    ASSERT_EQ(due.size(), 1U) << "unsent: no news of it can come";
    EXPECT_EQ(due[0].tries.at(0).cost, 0);
    EXPECT_FALSE(due[0].tries.at(0).refused);
    EXPECT_EQ(begin(calling(due[0]), other_), 2);
    EXPECT_EQ(start(job.attempt->id, epoch_).why, "not_ours");
    EXPECT_EQ(attempt_column(job.attempt->id, "error"), "step_over");
}

TEST_F(planning, WhatStartedMeanwhileIsNotWithdrawn) {
    auto job = planned("j1");
    job.attempt->start = false;
    job.attempt->keep = true;
    claim_one(job);
    pass(30s);
    const auto due = take(other_);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_TRUE(start(job.attempt->id, epoch_).started());
    EXPECT_EQ(begin(calling(due[0]), other_), std::nullopt);
    EXPECT_EQ(attempt_column(job.attempt->id, "state"), "2");
    EXPECT_EQ(value("select step_at > clock_timestamp() + '15s' from due"), "t");
}

TEST_F(planning, AReportThatItWasDeliveredStopsIt) {
    const auto job = sent("j1");
    pass(30s);
    settled();
    const auto due = take(epoch_);
    settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(job.id, "final_at is not null and dlr_status = 8"), "t");
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(begin(calling(due.at(0)), epoch_), std::nullopt);
    EXPECT_EQ(count("attempt"), 1);
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, AStepThatWaitsWhenTheJobClosesIsNeverSent) {
    const auto next = begun("j1");
    const auto first = value("select id from attempt where n = 1");
    settle_all({dlr_for(*attempt_id::parse(first), dlr_status::delivrd)});
    EXPECT_EQ(value("select final_at is not null from job"), "t");
    EXPECT_NE(start(next.next->attempt.id, epoch_).why, "");
    EXPECT_EQ(attempt_column(next.next->attempt.id, "state"), "6");
    EXPECT_EQ(value("select call_status is null from job"), "t") << "planned, never made";
    EXPECT_EQ(count("report"), 1);
}

// Nobody comes for it after that: its job's due row is gone.
TEST_F(planning, AStepThatIsBeingSentWhenTheJobClosesIsInDoubtFromThenOn) {
    heartbeat_of(epoch_, 1h);
    const auto next = begun("j1");
    const auto call = next.next->attempt.id;
    const auto message = *attempt_id::parse(value("select id from attempt where n = 1"));
    EXPECT_TRUE(start(call, epoch_).started());  // and its worker dies
    settle_all({dlr_for(message, dlr_status::delivrd)});
    EXPECT_EQ(take_over_sending(db(), other_, 10, 45s, 3), 0);
    EXPECT_EQ(attempt_column(call, "state"), "3");
    EXPECT_EQ(attempt_column(call, "error"), "job_final");
    EXPECT_EQ(value("select in_doubt from job"), "f") << "what closed it is sure";
    EXPECT_EQ(
        value("select string_agg(channel || ':' || messages, ' ' order by channel)"
              " from usage(current_date - 1, current_date + 2)"),
        "0:1 1:1"
    ) << "the carrier may have it: it is on the bill";
    auto late = dlr_for(call, dlr_status::undeliv);
    late.call = call_status::error_user_busy;
    settle_all({late});
    EXPECT_EQ(attempt_column(call, "state"), "4") << "evidence counts whenever it comes";
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, ALivingWorkerStillTellsWhatBecameOfIt) {
    const auto refused = begun("j1");
    EXPECT_TRUE(start(refused.next->attempt.id, epoch_).started());
    settle_all({dlr_for(
        *attempt_id::parse(value("select id from attempt where n = 1")), dlr_status::delivrd
    )});
    auto said = failed_record(refused.next->attempt.id, "no_credit");
    said.next = refused.next->attempt;
    said.next->id = fresh_id<attempt_id>();
    const auto answer = record(db(), epoch_, {&said, 1}).at(0);
    EXPECT_TRUE(answer.applied);
    EXPECT_FALSE(answer.next_n) << "the job is final";
    EXPECT_EQ(attempt_column(refused.next->attempt.id, "state"), "5");
    const auto sent = sent_record(refused.next->attempt.id);
    record(db(), epoch_, {&sent, 1});
    EXPECT_EQ(attempt_column(refused.next->attempt.id, "state"), "4");
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, AReportAndAStepAtOnceHaveOneOutcome) {
    constexpr int jobs = 24;
    std::vector<claim_request> made;
    for (int i = 0; i < jobs; ++i)
        made.push_back(sent("j" + std::to_string(i)));
    pass(30s);
    settled();
    due_steps_query query;
    query.limit = jobs;
    query.lease = 5s;
    const auto due = take_steps(db(), epoch_, query);
    ASSERT_EQ(due.size(), static_cast<std::size_t>(jobs));
    auto worker = another();
    auto settler = another();
    std::thread stepping([&] {
        for (const auto& one : due) {
            const auto request = calling(one);
            if (!begin_steps(*worker, epoch_, {&request, 1}).at(0).next_n) continue;
            const start_request go{request.next->attempt.id, now() + 30s, now() + 2h};
            start_sending(*worker, epoch_, {&go, 1});
        }
    });
    std::thread settling([&] {
        for (const auto& one : made) {
            settle_request request;
            request.entries = {dlr_for(one.attempt->id, dlr_status::delivrd)};
            settle(*settler, other_, request);
        }
    });
    stepping.join();
    settling.join();
    EXPECT_EQ(count("job where final_at is not null and dlr_status = 8"), jobs);
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("report"), jobs);
    EXPECT_EQ(count("attempt where state = 1"), 0) << "none waits for ever";
}

TEST_F(planning, APinThatNoLongerCountsStopsIt) {
    const char* const fates[] = {
        "verified_at = clock_timestamp()",
        "cancelled_at = clock_timestamp()",
        "tries_left = 0, max_tries = 3",
        "expires_at = clock_timestamp()",
        "sealed = null"};
    int n = 0;
    for (const auto* fate : fates) {
        const auto job = sent("j" + std::to_string(n++));
        pass(30s);
        settled();
        db().query(
            "update pin set " + std::string(fate) + " where pin_id = '" + job.pin->id.str() + "'"
        );
        const auto due = take(epoch_);
        ASSERT_EQ(due.size(), 1U) << fate;
        EXPECT_FALSE(due[0].step_at) << fate;
        EXPECT_EQ(
            count("due where job = '" + job.id.hex() + "' and step_at is null and what = 4"), 1
        ) << fate
          << ": its report is awaited";
        EXPECT_TRUE(take(epoch_).empty()) << fate;
    }
}

TEST_F(planning, ANewerPinOfTheNumberStopsIt) {
    auto old = planned("j1");
    old.pin->by_number = true;
    claim_one(old);
    pass(30s);
    settled();
    auto newer = sms_request("j2");
    newer.pin->by_number = true;
    newer.requested_at += 1s;
    claim_one(newer);
    const auto due = take(epoch_);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_FALSE(due[0].step_at);
}

TEST_F(planning, AFailedJobWhosePinWasVerifiedEndsThere) {
    const auto job = sent("j1");
    settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
    verify(job);
    const auto due = take(epoch_);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_FALSE(due[0].step_at);
    EXPECT_EQ(job_column(job.id, "final_at is not null and dlr_status = 6"), "t");
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, AWaitingStepWhosePinIsVerifiedEndsUnsentAndWithItThePlan) {
    sent("j1");
    pass(30s);
    settled();
    const auto next = calling(take(epoch_).at(0), false);
    EXPECT_EQ(begin(next, epoch_), 2);
    db().query("update pin set verified_at = clock_timestamp()");
    EXPECT_EQ(start(next.next->attempt.id, epoch_).why, "superseded");
    EXPECT_EQ(value("select step_at is null from due"), "t");
    EXPECT_EQ(value("select final_at is null from job"), "t") << "the message's report is awaited";
}

TEST_F(planning, WithoutANextStepItIsOver) {
    const auto job = sent("j1");
    pass(30s);
    settled();
    auto over = calling(take(epoch_).at(0));
    over.next.reset();
    EXPECT_EQ(begin(over, epoch_), std::nullopt);
    EXPECT_EQ(value("select step_at is null from due"), "t");
    settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
    EXPECT_EQ(job_column(job.id, "final_at is not null and dlr_status = 6"), "t");
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, AfterSendByNoStepIsToCome) {
    const auto job = sent("j1");
    db().query("update job set send_by = clock_timestamp()");
    settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
    EXPECT_EQ(count("due"), 0);
}

TEST_F(planning, AStepThatNobodyBeganIsClosedByWhoeverLives) {
    const auto job = sent("j1");
    settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
    db().query("update job set send_by = clock_timestamp() - interval '1s'");
    db().query("update due set close_at = clock_timestamp() - interval '1s'");
    settled(1min);
    overdue_query query;
    query.limit = 10;
    close_overdue(db(), other_, query);
    EXPECT_EQ(job_column(job.id, "final_at is not null and dlr_status = 6"), "t");
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, AnAttemptInDoubtMayBeFollowedByPlanAndIsStillHeard) {
    auto job = planned("j1");
    claim_one(job);
    record_request doubt;
    doubt.attempt = job.attempt->id;
    doubt.error = "timeout";
    doubt.next_at = now() + 1h;
    doubt.deadline = now() + 2h;
    record(db(), epoch_, {&doubt, 1});
    pass(30s);
    settled();
    const auto next = calling(take(epoch_).at(0));
    EXPECT_EQ(begin(next, epoch_), 2);
    EXPECT_TRUE(start(next.next->attempt.id, epoch_).started());
    record_request waived = failed_record(job.attempt->id, "in_doubt_resent");
    waived.result = record_result::resent;
    waived.next = next.next->attempt;
    waived.next->id = fresh_id<attempt_id>();
    EXPECT_FALSE(record(db(), epoch_, {&waived, 1}).at(0).next_n) << "the plan was faster";
    settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(
        job_column(job.id, "final_at is not null and dlr_status = 8 and sms_status = 2"), "t"
    );
}

TEST_F(planning, WhatWaitedTooLongIsClosedAtItsTimeAndHidesNoDoubt) {
    in_doubt("j1", now() + 1h, now() + 2h);
    auto next = calling(take(epoch_).at(0));
    next.next->attempt.next_at = now() - 2s;
    next.next->attempt.deadline = now() - 1s;
    EXPECT_EQ(begin(next, epoch_), 2);
    EXPECT_EQ(value("select what from due"), "1");
    EXPECT_EQ(closed(), 1);
    EXPECT_EQ(attempt_column(next.next->attempt.id, "error"), "expired");
    EXPECT_EQ(value("select what from due"), "3") << "the ladder finds it again";
}

TEST_F(planning, WhatWasInDoubtTooLongIsClosedAtItsTimeAndHidesNoTurn) {
    in_doubt("j1", now() - 2s, now() - 1s);
    auto next = calling(take(epoch_).at(0));
    next.next->attempt.next_at = now() + 1h;
    EXPECT_EQ(begin(next, epoch_), 2);
    EXPECT_EQ(value("select what from due"), "3");
    settled();
    EXPECT_EQ(closed(), 1);
    EXPECT_EQ(value("select what from due"), "1");
    EXPECT_EQ(count("job where final_at is null"), 1);
}

TEST_F(planning, EachChannelTellsOfItsOwnAttempts) {
    const auto job = planned("j1");
    claim_one(job);
    const auto refused = failed_record(job.attempt->id, "refused");
    record(db(), epoch_, {&refused, 1});
    const auto next = calling(take(epoch_).at(0));
    begin(next, epoch_);
    start(next.next->attempt.id, epoch_);
    auto called = sent_record(next.next->attempt.id);
    called.call = call_status::pending_accepted;
    record(db(), epoch_, {&called, 1});
    EXPECT_EQ(job_column(job.id, "sms_status"), "null") << "the outcome is open";
    EXPECT_EQ(job_column(job.id, "call_status"), "1");
    auto answered = dlr_for(next.next->attempt.id, dlr_status::delivrd);
    answered.call = call_status::processed;
    settle_all({answered});
    EXPECT_EQ(job_column(job.id, "call_status"), "12");
    EXPECT_EQ(job_column(job.id, "dlr_status"), "8");
    EXPECT_EQ(job_column(job.id, "sms_status"), "1");
    EXPECT_EQ(value("select attempts from job"), "2");
}

TEST_F(planning, ADeliveryEndsItForAllChannelsEvenWhileAnotherAttemptIsOpen) {
    const auto job = planned("j1");
    claim_one(job);
    const auto refused = failed_record(job.attempt->id, "refused");
    record(db(), epoch_, {&refused, 1});
    const auto first = calling(take(epoch_).at(0), false);
    begin(first, epoch_);
    start(first.next->attempt.id, epoch_);  // and its outcome never comes
    pass(30s);
    settled();
    const auto second = calling(take(epoch_).at(0));
    begin(second, epoch_);
    start(second.next->attempt.id, epoch_);
    auto answered = dlr_for(second.next->attempt.id, dlr_status::delivrd);
    answered.call = call_status::processed;
    settle_all({answered});
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
    EXPECT_EQ(job_column(job.id, "sms_status"), "1");
    EXPECT_EQ(job_column(job.id, "call_status"), "12");
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, TheLastFailureEndsTheJobWithWhatACarrierSaid) {
    const auto job = sent("j1");
    auto lost = dlr_for(job.attempt->id, dlr_status::undeliv);
    lost.error_code = "5";
    settle_all({lost});
    const auto next = calling(take(epoch_).at(0));
    begin(next, epoch_);
    start(next.next->attempt.id, epoch_);
    auto refused = failed_record(next.next->attempt.id, "no_credit");
    refused.call = call_status::error_not_enough_credits;
    record(db(), epoch_, {&refused, 1});
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
    EXPECT_EQ(job_column(job.id, "sms_status"), "2");
    EXPECT_EQ(job_column(job.id, "call_status"), "8");
    EXPECT_EQ(job_column(job.id, "dlr_status"), "6");
    EXPECT_EQ(job_column(job.id, "reason"), "5");
    EXPECT_EQ(count("report"), 1);
}

TEST_F(planning, InvoicesCountAnAttemptByItsOwnChannel) {
    const auto next = begun("j1");
    start(next.next->attempt.id, epoch_);
    const auto called = sent_record(next.next->attempt.id);
    record(db(), epoch_, {&called, 1});
    EXPECT_EQ(
        value("select string_agg(channel || ':' || messages, ' ' order by channel)"
              " from usage(current_date - 1, current_date + 2)"),
        "0:1 1:1"
    );
}

TEST_F(planning, AWorkerOfItsRoleMayDoAllThis) {
    const auto with = another("pinwire_worker");
    const auto job = planned("j1");
    EXPECT_TRUE(claim(*with, epoch_, {&job, 1}).front().ours());
    due_steps_query query;
    query.limit = 1;
    EXPECT_TRUE(take_steps(*with, epoch_, query).empty());
    EXPECT_EQ(plan_facts(*with, std::vector<attempt_id>{job.attempt->id}).size(), 1U);
    EXPECT_TRUE(begin_steps(*with, epoch_, {}).empty());
}

}  // namespace
}  // namespace pinwire::postgres::test
