// Steps 4 and 5: starting, recording, refilling, taking over.
#include <array>
#include <thread>

#include "common/postgres/liveness.hpp"
#include "common/postgres/route_states.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class sending : public database {
protected:
    // A job whose attempt is `sending` under epoch_.
    claim_request started(const std::string& job) {
        auto request = sms_request(job);
        EXPECT_EQ(claim_one(request).state, attempt_state::sending);
        return request;
    }
    // ... or waits in epoch_'s window, or in nobody's.
    claim_request waiting(const std::string& job, bool kept = true) {
        auto request = sms_request(job);
        request.attempt->start = false;
        request.attempt->keep = kept;
        request.attempt->next_at = now() - 1s;
        EXPECT_EQ(claim_one(request).state, attempt_state::waiting);
        return request;
    }
    // ... or was in doubt and has been sent again by the policy: the second attempt.
    std::pair<claim_request, attempt_id> resent(const std::string& job) {
        const auto first = started(job);
        record_request request;
        request.attempt = first.attempt->id;
        request.next_at = now();
        record_one(request, epoch_);
        request.result = record_result::resent;
        request.next = following("r1");
        EXPECT_EQ(record_one(request, epoch_).next_n, 2);
        return {first, request.next->id};
    }
    start_answer start(const claim_request& of, const epoch_id& by) {
        start_request request{of.attempt->id, now() + 30s, now() + 2h};
        return start_sending(db(), by, {&request, 1}).at(0);
    }
    record_answer record_one(const record_request& request, const epoch_id& by) {
        return record(db(), by, {&request, 1}).at(0);
    }
    std::string attempt_column(const attempt_id& id, const std::string& column) {
        return value("select " + column + " from attempt where id = '" + id.hex() + "'");
    }
    waiting_query window(const std::string& route = "r1") {
        waiting_query out;
        out.route = route_name(route);
        out.until = now();
        out.limit = 10;
        out.stale = 5s;
        out.grace = 10s;
        return out;
    }
    std::size_t ladder(const epoch_id& by, std::chrono::milliseconds lease) {
        return take_in_doubt(db(), by, 10, 15s, lease, 3).size();
    }
    static next_attempt following(const std::string& route) {
        next_attempt out;
        out.id = fresh_id<attempt_id>();
        out.route = route_name(route);
        out.carrier = carrier_name("c2");
        out.start = true;
        out.next_at = now() + 30s;
        out.deadline = now() + 2h;
        return out;
    }
};

TEST_F(sending, ACarriersIdIsKnownAsAnotherAttemptsOnceThatIsRecorded) {
    const auto first = started("j1");
    const auto second = started("j2");
    const carrier_name carrier = first.attempt->carrier;
    EXPECT_FALSE(is_of_another(db(), carrier, "CA1", second.attempt->id));
    auto request = sent_record(first.attempt->id);
    request.carrier_message_id = "CA1";
    record_one(request, epoch_);
    EXPECT_TRUE(is_of_another(db(), carrier, "CA1", second.attempt->id));
    EXPECT_FALSE(is_of_another(db(), carrier, "CA1", first.attempt->id));
    EXPECT_FALSE(is_of_another(db(), carrier_name("c2"), "CA1", second.attempt->id));
    EXPECT_FALSE(is_of_another(db(), carrier, "CA2", second.attempt->id));
}

TEST_F(sending, StartsAWaitingAttemptOfItsOwnerOnce) {
    const auto job = waiting("j1");
    EXPECT_EQ(start(job, other_).why, "not_ours");
    const auto answer = start(job, epoch_);
    EXPECT_TRUE(answer.started());
    EXPECT_EQ(answer.sealed, "v1.k.j1");
    EXPECT_EQ(start(job, epoch_).why, "not_ours") << "it has started: never twice";
    EXPECT_EQ(value("select what from due"), "2");
}

TEST_F(sending, IsToldAgainThatItStartedWhenTheAnswerWasLost) {
    const auto job = waiting("j1");
    const start_request request{job.attempt->id, now() + 30s, now() + 2h};
    EXPECT_TRUE(start_sending(db(), epoch_, {&request, 1}).at(0).started());
    EXPECT_TRUE(start_sending(db(), epoch_, {&request, 1}).at(0).started());
    EXPECT_EQ(start_sending(db(), other_, {&request, 1}).at(0).why, "not_ours");
}

TEST_F(sending, NeverStartsWhatIsTooLate) {
    const auto job = waiting("j1");
    db().query("update job set send_by = clock_timestamp()");
    EXPECT_EQ(start(job, epoch_).why, "expired");
    EXPECT_EQ(job_column(job.id, "reason"), "expired");
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("report"), 1);
}

TEST_F(sending, NeverStartsAnExpiredPin) {
    const auto job = waiting("j1");
    db().query("update pin set expires_at = clock_timestamp()");
    EXPECT_EQ(start(job, epoch_).why, "pin_expired");
    EXPECT_EQ(job_column(job.id, "sms_status"), "1");
}

TEST_F(sending, EndsASupersededAttemptUnsent) {
    auto old = sms_request("j1");
    old.pin->by_number = true;
    old.attempt->start = false;
    old.attempt->keep = true;
    claim_one(old);
    auto newer = sms_request("j2");
    newer.pin->by_number = true;
    newer.requested_at += 1s;
    claim_one(newer);
    EXPECT_EQ(start(old, epoch_).why, "superseded");
    EXPECT_EQ(attempt_column(old.attempt->id, "state"), "6");
    EXPECT_EQ(job_column(old.id, "reason"), "superseded");
    EXPECT_EQ(job_column(old.id, "final_at is not null"), "t");
    EXPECT_EQ(job_column(newer.id, "final_at is not null"), "f");
}

TEST_F(sending, TakesEvidenceFromAnybodyAndNothingElse) {
    const auto one = started("j1");
    const auto two = started("j2");
    EXPECT_TRUE(record_one(sent_record(one.attempt->id, "id-1"), other_).applied);
    EXPECT_EQ(attempt_column(one.attempt->id, "state"), "4");
    EXPECT_EQ(count("carrier_ref"), 1);
    EXPECT_FALSE(record_one(failed_record(two.attempt->id, "refused"), other_).applied);
    EXPECT_EQ(attempt_column(two.attempt->id, "state"), "2");
    record_request doubt;
    doubt.attempt = two.attempt->id;
    EXPECT_FALSE(record_one(doubt, other_).applied);
    EXPECT_EQ(job_column(two.id, "version"), "1");
}

TEST_F(sending, PassesByOnlyWhatWaits) {
    int n = 0;
    for (const auto* why : {"route_paused", "route_unhealthy", "route_gone"}) {
        const auto being_sent = started("s" + std::to_string(++n));
        auto request = failed_record(being_sent.attempt->id, why);
        request.next = following("r2");
        EXPECT_FALSE(record_one(request, epoch_).applied) << why;
        EXPECT_EQ(attempt_column(being_sent.attempt->id, "state"), "2") << "it may have gone out";
        const auto waits = waiting("w" + std::to_string(n));
        request = failed_record(waits.attempt->id, why);
        request.next = following("r2");
        EXPECT_EQ(record_one(request, epoch_).next_n, 2) << why;
    }
}

TEST_F(sending, GoesOnWithTheNextRouteAfterASureRefusal) {
    const auto job = started("j1");
    auto request = failed_record(job.attempt->id, "refused");
    request.next = following("r2");
    const auto answer = record_one(request, epoch_);
    EXPECT_TRUE(answer.applied);
    EXPECT_EQ(answer.next_n, 2);
    EXPECT_EQ(job_column(job.id, "final_at is null"), "t");
    EXPECT_EQ(value("select route from due"), "r2");
    const auto again = record_one(request, epoch_);  // its answer was lost
    EXPECT_TRUE(again.applied);
    EXPECT_EQ(again.next_n, 2);
    EXPECT_EQ(count("attempt"), 2);
    const auto items = work_items(db(), std::vector<attempt_id>{request.next->id});
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].refused, std::vector<route_name>{route_name("r1")});
    EXPECT_EQ(items[0].spec, job.spec);
    EXPECT_EQ(items[0].n, 2);
}

TEST_F(sending, EndsTheJobWhenNoRouteIsLeft) {
    const auto job = started("j1");
    record_one(failed_record(job.attempt->id, "no_credit"), epoch_);
    EXPECT_EQ(job_column(job.id, "reason"), "no_credit");
    EXPECT_EQ(job_column(job.id, "sms_status"), "1");
    EXPECT_EQ(job_column(job.id, "version"), "2");
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("report"), 1);
    EXPECT_EQ(count("outbox"), 2);
}

TEST_F(sending, MakesNoNextAttemptPastTheJobsTime) {
    const auto job = started("j1");
    db().query("update job set send_by = clock_timestamp()");
    auto request = failed_record(job.attempt->id, "busy");
    request.next = following("r2");
    const auto answer = record_one(request, epoch_);
    EXPECT_TRUE(answer.applied);
    EXPECT_FALSE(answer.next_n);
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
}

TEST_F(sending, KeepsAnAttemptInDoubtOpen) {
    const auto job = started("j1");
    record_request doubt;
    doubt.attempt = job.attempt->id;
    doubt.error = "timeout";
    doubt.next_at = now() + 60s;
    EXPECT_TRUE(record_one(doubt, epoch_).applied);
    EXPECT_EQ(attempt_column(job.attempt->id, "state"), "3");
    EXPECT_EQ(value("select what from due"), "3");
    EXPECT_EQ(job_column(job.id, "final_at is null and sms_status is null"), "t");
    EXPECT_TRUE(record_one(sent_record(job.attempt->id), other_).applied) << "evidence adds up";
    EXPECT_EQ(job_column(job.id, "sms_status"), "2");
}

TEST_F(sending, KeepsTheCarriersIdThoughOneBatchHoldsTwoOutcomesOfAnAttempt) {
    const auto job = started("j1");
    record_request doubt;
    doubt.attempt = job.attempt->id;
    doubt.error = "timeout";
    doubt.next_at = now() + 60s;
    const std::array both = {doubt, sent_record(job.attempt->id, "cm-1")};
    record(db(), epoch_, both);
    EXPECT_EQ(value("select carrier_message_id from carrier_ref"), "cm-1")
        << "else a report by that id would find nothing";
}

TEST_F(sending, SweepsAwayWhatSomeMishapLeftDueOfAFinalJob) {
    const auto job = started("j1");
    record_one(failed_record(job.attempt->id, "no_credit"), epoch_);
    ASSERT_EQ(count("due"), 0);
    db().query(
        "insert into due (job, what, route, at, close_at) values ($1::uuid, 1, 'r1', now() - "
        "interval '2 hours',"
        " now() - interval '2 hours')",
        {job.id.hex()}
    );
    overdue_query query;
    query.limit = 10;
    close_overdue(db(), epoch_, query);
    EXPECT_EQ(count("due"), 0);
}

TEST_F(sending, SaysWhyAnAttemptWasInDoubtAndHowThatEnded) {
    const auto doubted = [this](const std::string& name) {
        const auto job = started(name);
        record_request doubt;
        doubt.attempt = job.attempt->id;
        doubt.error = "answer_timeout";
        record_one(doubt, epoch_);
        doubt.error = "asked_unknown(NOT_LISTED)";
        doubt.repeated = true;
        record_one(doubt, epoch_);
        EXPECT_EQ(attempt_column(job.attempt->id, "doubt"), "answer_timeout") << "why it began";
        EXPECT_EQ(attempt_column(job.attempt->id, "doubt_end is null"), "t");
        return job;
    };
    const auto ended = [this](const claim_request& job) {
        EXPECT_EQ(attempt_column(job.attempt->id, "doubt"), "answer_timeout");
        EXPECT_EQ(attempt_column(job.attempt->id, "doubt_ended_at is not null"), "t");
        return attempt_column(job.attempt->id, "doubt_end");
    };
    const auto repeated = doubted("j1");
    auto request = sent_record(repeated.attempt->id);
    request.doubt_end = "repeated";
    record_one(request, epoch_);
    EXPECT_EQ(ended(repeated), "repeated");
    EXPECT_EQ(attempt_column(repeated.attempt->id, "error is null"), "t");
    EXPECT_EQ(job_column(repeated.id, "doubt"), "repeated");

    const auto answered = doubted("j2");
    record_one(sent_record(answered.attempt->id), other_);
    EXPECT_EQ(ended(answered), "answered") << "its first owner's late answer";

    const auto absent = doubted("j3");
    request = failed_record(absent.attempt->id, "asked_absent");
    request.doubt_end = "asked_absent";
    record_one(request, epoch_);
    EXPECT_EQ(ended(absent), "asked_absent");

    const auto reported = doubted("j4");
    settle_all({dlr_for(reported.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(ended(reported), "reported");
    EXPECT_EQ(job_column(reported.id, "doubt"), "reported");
    record_one(sent_record(reported.attempt->id), epoch_);
    EXPECT_EQ(ended(reported), "reported") << "what settled it stays";

    const auto resent = doubted("j5");
    request = record_request();
    request.attempt = resent.attempt->id;
    request.result = record_result::resent;
    request.next = following("r1");
    record_one(request, epoch_);
    EXPECT_EQ(ended(resent), "resent");

    const auto never = started("j6");
    record_one(sent_record(never.attempt->id), epoch_);
    EXPECT_EQ(attempt_column(never.attempt->id, "doubt is null and doubt_end is null"), "t");
    EXPECT_EQ(job_column(never.id, "doubt is null"), "t");
}

TEST_F(sending, TakesADeliveryThatWasFoundByAskingLikeAReport) {
    const auto doubted = [this](const std::string& name) {
        const auto job = started(name);
        record_request doubt;
        doubt.attempt = job.attempt->id;
        record_one(doubt, epoch_);
        return job;
    };
    const auto found = [this](const claim_request& job, dlr_status status, const char* error) {
        auto request = sent_record(job.attempt->id, "id-" + job.job.str());
        request.doubt_end = "asked_found";
        found_delivery said;
        said.status = status;
        said.raw_status = "as-written";
        said.error_code = error;
        request.found = said;
        EXPECT_TRUE(record_one(request, epoch_).applied);
    };
    const auto delivered = doubted("j1");
    found(delivered, dlr_status::delivrd, "");
    EXPECT_EQ(job_column(delivered.id, "dlr_status"), "8");
    EXPECT_EQ(job_column(delivered.id, "sms_status"), "2");
    EXPECT_EQ(job_column(delivered.id, "final_at is not null"), "t");
    EXPECT_EQ(count("report"), 1);
    EXPECT_EQ(
        value("select carrier || ' ' || status || ' ' || raw_status from dlr_history"),
        "c1 8 as-written"
    );
    EXPECT_EQ(count("due"), 0);

    const auto failed = doubted("j2");
    found(failed, dlr_status::undeliv, "30006");
    EXPECT_EQ(job_column(failed.id, "dlr_status"), "6");
    EXPECT_EQ(job_column(failed.id, "reason"), "30006");
    EXPECT_EQ(job_column(failed.id, "doubt"), "asked_found");
    settle_all({dlr_for(failed.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(failed.id, "dlr_status"), "8") << "statuses only grow";

    const auto under_way = doubted("j3");
    found(under_way, dlr_status::enroute, "");
    EXPECT_EQ(job_column(under_way.id, "dlr_status"), "2");
    EXPECT_EQ(job_column(under_way.id, "final_at is null"), "t") << "its report is still awaited";
}

TEST_F(sending, TellsInEventsWhatARoutePutAsTheSenderAndHowADoubtEnded) {
    const auto job = started("j1");
    sender_note note;
    note.attempt = job.attempt->id;
    note.sender = sender_name("18005550100");
    note_senders(db(), epoch_, {&note, 1});
    record_request doubt;
    doubt.attempt = job.attempt->id;
    record_one(doubt, epoch_);
    auto request = sent_record(job.attempt->id);
    request.doubt_end = "repeated";
    record_one(request, epoch_);
    const auto events = value("select events from outbox order by id desc limit 1");
    EXPECT_NE(events.find(R"("put_sender":"18005550100")"), std::string::npos) << events;
    EXPECT_NE(events.find(R"("doubt":"repeated")"), std::string::npos) << events;

    record_one(sent_record(started("j2").attempt->id), epoch_);
    const auto plain = value("select events from outbox order by id desc limit 1");
    EXPECT_EQ(plain.find("put_sender"), std::string::npos) << plain;
    EXPECT_EQ(plain.find("doubt\":\""), std::string::npos) << plain;
}

TEST_F(sending, ResendsByPolicyOnceAndOnlyInTime) {
    const auto job = started("j1");
    record_request request;
    request.attempt = job.attempt->id;
    request.next_at = now();
    record_one(request, epoch_);
    request.result = record_result::resent;
    request.next = following("r1");
    EXPECT_EQ(record_one(request, epoch_).next_n, 2);
    EXPECT_EQ(record_one(request, epoch_).next_n, 2) << "run again after a lost answer";
    EXPECT_EQ(count("attempt"), 2);
    EXPECT_EQ(attempt_column(job.attempt->id, "closed"), "t");
    record_one(failed_record(request.next->id, "refused"), epoch_);
    EXPECT_EQ(job_column(job.id, "sms_status"), "2") << "the first may have been sent";
    EXPECT_EQ(job_column(job.id, "in_doubt"), "t");
    EXPECT_EQ(job_column(job.id, "dlr_status"), "3");

    const auto late = started("j2");
    request.attempt = late.attempt->id;
    request.result = record_result::in_doubt;
    request.next.reset();
    record_one(request, epoch_);
    db().query("update job set send_by = clock_timestamp() where job_id = 'j2'");
    request.result = record_result::resent;
    request.next = following("r1");
    EXPECT_FALSE(record_one(request, epoch_).next_n);
    EXPECT_EQ(job_column(late.id, "final_at is null"), "t") << "held until its deadline";
    EXPECT_EQ(attempt_column(late.attempt->id, "next_at = deadline"), "t");
}

TEST_F(sending, WaitsForTheNewsOfWhatWasResentOnceItsCarrierSurelyHasIt) {
    for (const bool answered : {true, false}) {
        const auto [job, second] = resent(answered ? "answered" : "reported");
        if (answered)
            EXPECT_TRUE(record_one(sent_record(job.attempt->id, "id-1"), other_).applied);
        else
            settle_all({dlr_for(job.attempt->id, dlr_status::enroute)});
        EXPECT_EQ(attempt_column(job.attempt->id, "state"), "4");
        EXPECT_EQ(attempt_column(job.attempt->id, "closed"), "f");
        record_one(failed_record(second, "refused"), epoch_);
        EXPECT_EQ(job_column(job.id, "final_at is null"), "t") << "sent, and no news yet";
        settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
        EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
        EXPECT_EQ(job_column(job.id, "dlr_status"), "8");
    }
}

TEST_F(sending, LeavesWhatWasResentClosedWhenTheJobIsFinal) {
    const auto [job, second] = resent("j1");
    record_one(failed_record(second, "refused"), epoch_);
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
    EXPECT_TRUE(record_one(sent_record(job.attempt->id, "id-1"), other_).applied);
    settle_all({dlr_for(job.attempt->id, dlr_status::enroute)});
    EXPECT_EQ(attempt_column(job.attempt->id, "closed"), "t") << "nobody would come for it";
    EXPECT_EQ(job_column(job.id, "dlr_status"), "3");
}

TEST_F(sending, NeverSendsAgainWhatWasReportedAsDelivered) {
    const auto job = started("j1");
    record_request request;
    request.attempt = job.attempt->id;
    request.next_at = now();
    record_one(request, epoch_);
    request.result = record_result::resent;
    request.next = following("r1");
    request.next->start = false;
    request.next->keep = true;
    EXPECT_EQ(record_one(request, epoch_).next_n, 2);
    settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(job.id, "final_at is not null and dlr_status = 8"), "t");
    EXPECT_EQ(attempt_column(request.next->id, "state"), "6") << "it doesn't wait for ever";
    EXPECT_EQ(attempt_column(request.next->id, "error"), "job_final");
}

TEST_F(sending, AcceptsTheReportBeforeTheAnswerAndAfterIt) {
    const auto early = started("j1");
    settle_all({dlr_for(early.attempt->id, dlr_status::enroute)});
    EXPECT_EQ(job_column(early.id, "sms_status"), "2");
    record_request doubt;
    doubt.attempt = early.attempt->id;
    EXPECT_FALSE(record_one(doubt, epoch_).applied) << "a time-out is no news any more";
    EXPECT_TRUE(record_one(sent_record(early.attempt->id, "id-1"), epoch_).applied);
    EXPECT_EQ(job_column(early.id, "dlr_status"), "2");
    settle_all({dlr_for(early.attempt->id, dlr_status::delivrd)});
    record_one(sent_record(early.attempt->id, "id-1"), epoch_);
    EXPECT_EQ(job_column(early.id, "dlr_status"), "8");
    EXPECT_EQ(count("report"), 1);
}

// Two writers that each close one of a job's two attempts, at the same time: the job must close.
TEST_F(sending, ClosesAJobWhoseTwoAttemptsEndAtOnce) {
    const auto second = another();
    for (int round = 0; round < 20; ++round) {
        const auto job = started("j" + std::to_string(round));
        record_request request;
        request.attempt = job.attempt->id;
        record_one(request, epoch_);
        request.result = record_result::resent;
        request.next = following("r2");
        record_one(request, epoch_);
        record_one(sent_record(job.attempt->id), epoch_);
        db().query(
            "update attempt set closed = false where id = $1::uuid", {job.attempt->id.hex()}
        );
        std::thread rival([&] {
            auto failed = failed_record(request.next->id, "refused");
            record(*second, epoch_, {&failed, 1});
        });
        settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
        rival.join();
        EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
        EXPECT_EQ(job_column(job.id, "dlr_status"), "6");
    }
    EXPECT_EQ(count("report"), 20);
    EXPECT_EQ(count("due"), 0);
}

TEST_F(sending, ShowsNoFailureWhileAnAttemptIsOpen) {
    const auto job = started("j1");
    record_request request;
    request.attempt = job.attempt->id;
    record_one(request, epoch_);
    request.result = record_result::resent;
    request.next = following("r2");
    record_one(request, epoch_);
    settle_all({dlr_for(job.attempt->id, dlr_status::undeliv)});
    EXPECT_EQ(job_column(job.id, "dlr_status"), "null");
    EXPECT_EQ(job_column(job.id, "final_at is null"), "t");
    auto entry = dlr_for(request.next->id, dlr_status::delivrd);
    entry.carrier = carrier_name("c2");
    settle_all({entry});
    EXPECT_EQ(job_column(job.id, "dlr_status"), "8");
    EXPECT_EQ(job_column(job.id, "final_at is not null"), "t");
}

TEST_F(sending, RefillsAWindowInDueOrderWithWhatNobodyLivingHolds) {
    heartbeat_of(epoch_);
    heartbeat_of(other_);
    const auto kept = waiting("kept");
    auto late = waiting("late", false);
    auto first = waiting("first", false);
    db().query(
        "update due set at = at - interval '3 seconds' where job = $1::uuid", {first.id.hex()}
    );
    auto taken = take_waiting(db(), other_, window());
    ASSERT_EQ(taken.size(), 2U);
    EXPECT_TRUE(take_waiting(db(), other_, window()).empty());
    EXPECT_TRUE(take_waiting(db(), epoch_, window("r2")).empty());
    EXPECT_TRUE(start(late, other_).started());
    EXPECT_EQ(start(late, epoch_).why, "not_ours");
    // Its owner is well past the time, or dead: anybody may have it.
    db().query(
        "update due set at = at - interval '1 minute' where job = $1::uuid", {kept.id.hex()}
    );
    taken = take_waiting(db(), other_, window());
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].attempt, kept.attempt->id);
}

TEST_F(sending, TakesOverWaitingRowsOfTheDeadAtOnce) {
    heartbeat_of(epoch_);
    waiting("j1");
    EXPECT_TRUE(take_waiting(db(), other_, window()).empty());
    heartbeat_of(epoch_, 6s);
    EXPECT_EQ(take_waiting(db(), other_, window()).size(), 1U);
}

TEST_F(sending, GetsItsOwnRowsAgainWhenTheAnswerWasLost) {
    heartbeat_of(epoch_);
    const auto known = waiting("known", false);
    const auto lost = waiting("lost", false);
    ASSERT_EQ(take_waiting(db(), epoch_, window()).size(), 2U);
    EXPECT_TRUE(take_waiting(db(), epoch_, window()).empty());
    auto query = window();
    query.held = {known.attempt->id};
    const auto again = take_waiting(db(), epoch_, query);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].attempt, lost.attempt->id);
}

TEST_F(sending, GivesUpWaitingRowsForOthers) {
    heartbeat_of(epoch_);
    const auto job = waiting("j1");
    const std::vector<attempt_id> ids{job.attempt->id};
    EXPECT_EQ(give_up_waiting(db(), other_, ids), 0);
    EXPECT_EQ(give_up_waiting(db(), epoch_, ids), 1);
    EXPECT_EQ(take_waiting(db(), other_, window()).size(), 1U);
}

TEST_F(sending, LetsRowsOfAGoneRouteChooseAgain) {
    waiting("j1", false);
    const std::vector<route_name> known{route_name("r1")};
    EXPECT_TRUE(take_homeless(db(), epoch_, known, 10).empty());
    const std::vector<route_name> others{route_name("r2")};
    EXPECT_EQ(take_homeless(db(), epoch_, others, 10).size(), 1U);
}

// Workers learn of a new route one after the other.
TEST_F(sending, LeavesRowsOfARouteThatALivingWorkerServes) {
    heartbeat_of(epoch_);
    heartbeat_of(other_);
    waiting("j1", false);
    route_state its;
    its.route = route_name("r1");
    its.state = "ready";
    note_routes(db(), other_, {&its, 1});
    const std::vector<route_name> others{route_name("r2")};
    EXPECT_TRUE(take_homeless(db(), epoch_, others, 10).empty());
    db().query("update route_state set noted_at = noted_at - interval '11 seconds'");
    EXPECT_EQ(take_homeless(db(), epoch_, others, 10).size(), 1U);
    note_routes(db(), other_, {&its, 1});
    db().query("update process set dead = true where epoch = $1::uuid", {other_.hex()});
    db().query("update attempt set owner = null");
    EXPECT_EQ(take_homeless(db(), epoch_, others, 10).size(), 1U);
}

TEST_F(sending, InheritsSendingRowsOfTheDeadOnly) {
    heartbeat_of(epoch_);
    const auto job = started("j1");
    EXPECT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 0);
    heartbeat_of(epoch_, 16s);
    EXPECT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1);
    EXPECT_EQ(attempt_column(job.attempt->id, "state"), "3") << "in doubt: it may have gone out";
    EXPECT_EQ(attempt_column(job.attempt->id, "takeovers"), "1");
}

TEST_F(sending, SetsARowAsideWhenThreeOwnersDiedWithItInHand) {
    const auto job = started("j1");
    const auto third = fresh_id<epoch_id>();
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1) << "died while it was sent";
    EXPECT_EQ(ladder(other_, 0ms), 1);
    EXPECT_EQ(ladder(third, 0ms), 1) << "died in its step";
    EXPECT_EQ(attempt_column(job.attempt->id, "takeovers"), "2");
    EXPECT_EQ(attempt_column(job.attempt->id, "set_aside"), "f");
    EXPECT_EQ(ladder(epoch_, 0ms), 0) << "died in its step as well";
    EXPECT_EQ(attempt_column(job.attempt->id, "takeovers"), "3");
    EXPECT_EQ(attempt_column(job.attempt->id, "set_aside"), "t");
    EXPECT_EQ(value("select at = close_at from due"), "t");
    EXPECT_EQ(ladder(epoch_, 0ms), 0);
    EXPECT_EQ(backlog(db()).set_aside, 1);
    EXPECT_EQ(count("due"), 1) << "it is still closed at its deadline";
}

TEST_F(sending, SetsAsideOnlyTheRowThatKillsWhoeverTakesIt) {
    constexpr int jobs = 40;
    attempt_id poison;
    for (int i = 0; i < jobs; ++i) {
        const auto job = started("j" + std::to_string(i));
        if (i == 17) poison = job.attempt->id;
    }
    ASSERT_EQ(take_over_sending(db(), other_, 100, 15s, 3), jobs) << "all died with one";
    int deaths = 1;
    int rounds = 0;
    while (count("attempt where state = 3 and not set_aside") > 0 && rounds < 100) {
        ++rounds;
        const auto by = fresh_id<epoch_id>();
        std::vector<record_request> sent;
        bool dies = false;
        for (const auto& row : take_in_doubt(db(), by, 256, 15s, 0ms, 3)) {
            dies = dies || row.attempt == poison;
            sent.push_back(sent_record(row.attempt));
        }
        deaths += dies ? 1 : 0;
        if (!dies) record(db(), by, sent);
    }
    EXPECT_EQ(attempt_column(poison, "set_aside"), "t");
    EXPECT_EQ(count("attempt where set_aside"), 1);
    EXPECT_EQ(count("attempt where state = 4"), jobs - 1);
    EXPECT_EQ(deaths, 4) << "while sending, with all, with some, alone";
    EXPECT_LE(rounds, 1 + 3 + 16 + 1) << "all; groups of sixteen; one group one by one; set aside";
}

TEST_F(sending, TakesWhoeverADeathMetOnceByTheBatch) {
    for (int i = 0; i < 60; ++i)
        started("j" + std::to_string(i));
    ASSERT_EQ(take_over_sending(db(), other_, 100, 15s, 3), 60);
    EXPECT_EQ(take_in_doubt(db(), epoch_, 50, 15s, 30s, 3).size(), 50U);
    EXPECT_EQ(take_in_doubt(db(), epoch_, 50, 15s, 30s, 3).size(), 10U);
}

TEST_F(sending, TakesWhatThreeDiedWithAloneAndNothingBesideIt) {
    started("j1");
    started("j2");
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 2);
    db().query("update attempt set takeovers = 3");
    started("younger");
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1);
    const auto third = fresh_id<epoch_id>();
    heartbeat_of(epoch_);
    const auto one = take_in_doubt(db(), epoch_, 10, 15s, 30s, 3);
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].takeovers, 3);
    EXPECT_EQ(ladder(epoch_, 30s), 0) << "its hands stay empty until that step's end";
    EXPECT_EQ(ladder(third, 30s), 1) << "another's are its own";
    const postpone_request later{one[0].attempt, now() + 1h};
    postpone(db(), epoch_, {&later, 1});
    const auto rest = take_in_doubt(db(), epoch_, 10, 15s, 30s, 3);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].takeovers, 1);
}

TEST_F(sending, HoldsOneGroupOfSuspectsAtATimeAndLetsOthersPass) {
    for (int i = 0; i < 5; ++i)
        started("j" + std::to_string(i));
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 5);
    db().query("update attempt set takeovers = 2");
    EXPECT_EQ(take_in_doubt(db(), epoch_, 10, 15s, 30s, 3, 2).size(), 2U);
    EXPECT_EQ(take_in_doubt(db(), epoch_, 10, 15s, 30s, 3, 2).size(), 0U);
    started("another");
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1);
    EXPECT_EQ(take_in_doubt(db(), epoch_, 10, 15s, 30s, 3, 2).size(), 1U);
    EXPECT_EQ(count("attempt where leased_with = 1"), 0);
}

TEST_F(sending, SetsNobodyAsideWhoDiedBesideAnother) {
    const auto innocent = started("innocent");
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1);
    db().query("update attempt set takeovers = 2");
    started("other");
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1);
    EXPECT_EQ(ladder(other_, 0ms), 2) << "a suspect, and one that isn't";
    EXPECT_EQ(ladder(epoch_, 0ms), 1) << "it comes alone";
    EXPECT_EQ(count("attempt where set_aside"), 0);
    EXPECT_EQ(attempt_column(innocent.attempt->id, "set_aside"), "f");
}

TEST_F(sending, DoesNotCountWhoDiedBetweenTwoSteps) {
    const auto job = started("j1");
    ASSERT_EQ(take_over_sending(db(), other_, 10, 15s, 3), 1);
    for (const auto& by : {other_, epoch_, other_, epoch_}) {
        EXPECT_EQ(ladder(by, 30s), 1);
        const postpone_request soon{job.attempt->id, now() - 1s};
        postpone(db(), by, {&soon, 1});
    }
    EXPECT_EQ(ladder(epoch_, 0ms), 1);
    EXPECT_EQ(ladder(epoch_, 0ms), 1) << "its own, whose answer was lost";
    EXPECT_EQ(attempt_column(job.attempt->id, "takeovers"), "1");
}

TEST_F(sending, LeasesTheLaddersSteps) {
    heartbeat_of(epoch_);
    heartbeat_of(other_);
    const auto job = started("j1");
    record_request doubt;
    doubt.attempt = job.attempt->id;
    doubt.next_at = now() - 1s;
    record_one(doubt, epoch_);
    EXPECT_TRUE(take_in_doubt(db(), other_, 10, 15s, 30s, 3).empty()) << "its owner lives";
    EXPECT_EQ(take_in_doubt(db(), epoch_, 10, 15s, 30s, 3).size(), 1U);
    EXPECT_TRUE(take_in_doubt(db(), epoch_, 10, 15s, 30s, 3).empty()) << "leased";
    const postpone_request soon{job.attempt->id, now() - 1s};
    postpone(db(), epoch_, {&soon, 1});
    heartbeat_of(epoch_, 16s);
    EXPECT_EQ(take_in_doubt(db(), other_, 10, 15s, 30s, 3).size(), 1U) << "its owner died";
}

TEST_F(sending, KeepsWhatTheNextAttemptCosts) {
    const auto request = sms_request("j1");
    claim_one(request);
    auto failed = failed_record(request.attempt->id, "refused");
    next_attempt next;
    next.id = fresh_id<attempt_id>();
    next.route = route_name("r2");
    next.carrier = carrier_name("c2");
    next.next_at = now();
    next.deadline = now() + 1h;
    next.parts = 3;
    next.cost = 135'000;
    failed.next = next;
    record(db(), epoch_, std::vector<record_request>{failed});
    EXPECT_EQ(count("attempt where n = 2 and parts = 3 and cost = 135000"), 1);
}

}  // namespace
}  // namespace pinwire::postgres::test
