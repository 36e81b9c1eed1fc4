// Reports of what isn't final: who gets them, and that one job's reports stay in order, whoever has
// one in hands and whatever becomes of it.
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class report_events : public database {
protected:
    report_events() { wants("all"); }
    void wants(const std::string& events) {
        db().query(
            "insert into account (name, report_events) values ('acme', $1) on conflict (name) do "
            "update set report_events = excluded.report_events",
            {events}
        );
    }
    claim_request taken_by_carrier(
        const std::string& job, report_format format = report_format::standard
    ) {
        auto request = sms_request(job);
        request.report_format = format;
        claim_one(request);
        const auto sent = sent_record(request.attempt->id, "id-" + job);
        record(db(), epoch_, {&sent, 1});
        return request;
    }
    settle_answer news(const claim_request& of, dlr_status status) {
        return settle_all({dlr_for(of.attempt->id, status)});
    }
    std::vector<report_row> take(const epoch_id& who) {
        return take_reports(db(), who, -1, 100, 60s);
    }
    void ends(const report_id& id, report_outcome outcome, const epoch_id& who) {
        report_result result;
        result.id = id;
        result.outcome = outcome;
        result.http_status = outcome == report_outcome::delivered ? 200 : 503;
        result.due_at = now() - 1ms;
        complete_reports(db(), who, {&result, 1});
    }
    std::string kinds() {
        return value("select coalesce(string_agg(kind::text, ' ' order by seq), '') from report");
    }
    static final_report content(const report_row& row) {
        return decode_report_payload(row.id, row.payload);
    }
};

TEST_F(report_events, EachStepIsToldOnce) {
    const auto job = taken_by_carrier("j1");
    auto rows = take(epoch_);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].kind, 2);
    EXPECT_EQ(content(rows[0]).kind, report_kind::accepted);
    EXPECT_EQ(content(rows[0]).delivery, dlr_status::acceptd);
    EXPECT_EQ(content(rows[0]).sms, sms_status::sent);
    ends(rows[0].id, report_outcome::delivered, epoch_);
    news(job, dlr_status::acceptd);
    EXPECT_EQ(kinds(), "") << "no second report of the same";
    news(job, dlr_status::enroute);
    rows = take(epoch_);
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(content(rows[0]).kind, report_kind::enroute);
    EXPECT_EQ(content(rows[0]).delivery, dlr_status::enroute);
    ends(rows[0].id, report_outcome::delivered, epoch_);
    const auto final = news(job, dlr_status::delivrd).reports;
    ASSERT_EQ(final.size(), 1U) << "born leased, as ever";
    EXPECT_EQ(content(final[0]).kind, report_kind::final);
    EXPECT_EQ(content(final[0]).delivery, dlr_status::delivrd);
}

TEST_F(report_events, WhoWantsTheFinalOneAloneGetsNoOther) {
    wants("final");
    const auto job = taken_by_carrier("j1");
    news(job, dlr_status::enroute);
    EXPECT_EQ(kinds(), "");
    EXPECT_EQ(news(job, dlr_status::delivrd).reports.size(), 1U);
    EXPECT_EQ(job_column(job.id, "told_kind"), "0");
}

TEST_F(report_events, Nrs360HasOneWordForBothSteps) {
    const auto job = taken_by_carrier("j1", report_format::nrs360);
    const auto rows = take(epoch_);
    ASSERT_EQ(rows.size(), 1U);
    ends(rows[0].id, report_outcome::delivered, epoch_);
    news(job, dlr_status::enroute);
    EXPECT_EQ(kinds(), "");
}

TEST_F(report_events, ALaterOneTakesTheUnsentOnesPlace) {
    const auto job = taken_by_carrier("j1");
    EXPECT_EQ(kinds(), "2");
    news(job, dlr_status::enroute);
    EXPECT_EQ(kinds(), "3");
    EXPECT_EQ(news(job, dlr_status::delivrd).reports.size(), 1U);
    EXPECT_EQ(kinds(), "1");
    const auto retried = taken_by_carrier("j2");
    ends(take(epoch_).at(0).id, report_outcome::retry, epoch_);
    EXPECT_EQ(count("report_retry"), 1);
    EXPECT_EQ(news(retried, dlr_status::undeliv).reports.size(), 1U);
    EXPECT_EQ(count("report_retry"), 0) << "it waited for another try";
}

// Whatever becomes of the one that another callback has in hands.
class in_hands : public report_events, public testing::WithParamInterface<report_outcome> {};

TEST_P(in_hands, EndsBeforeTheFinalOneMayGo) {
    const auto job = taken_by_carrier("j1");
    const auto first = take(other_).at(0);
    EXPECT_TRUE(news(job, dlr_status::delivrd).reports.empty()) << "not handed over";
    EXPECT_EQ(kinds(), "2 1");
    EXPECT_TRUE(take(epoch_).empty());
    db().query("update report set lease_until = clock_timestamp() + interval '2 s' where kind = 1");
    renew_leases(db(), other_, std::vector<report_id>{first.id}, 60s);
    EXPECT_EQ(count("report where lease_until > clock_timestamp() + interval '50 s'"), 2)
        << "it waits for as long as the other is held";
    ends(first.id, GetParam(), other_);
    const auto final = take(epoch_);
    ASSERT_EQ(final.size(), 1U);
    EXPECT_EQ(final[0].kind, 1);
    EXPECT_EQ(kinds(), "1");
    EXPECT_EQ(count("report_retry") + count("report_dead"), 0) << "nothing of the other is left";
    ends(final[0].id, report_outcome::delivered, epoch_);
    EXPECT_EQ(kinds(), "");
}

INSTANTIATE_TEST_SUITE_P(
    Outcomes,
    in_hands,
    testing::Values(
        report_outcome::delivered,
        report_outcome::retry,
        report_outcome::dead,
        report_outcome::given_back
    )
);

TEST_F(report_events, WhatItsCallbackDiedWithIsLeftOut) {
    const auto job = taken_by_carrier("j1");
    take(other_);
    news(job, dlr_status::delivrd);
    EXPECT_EQ(kinds(), "2 1");
    db().query("update report set lease_until = clock_timestamp() where kind = 2");
    const auto next = take(epoch_);
    ASSERT_EQ(next.size(), 1U) << "the final one alone";
    EXPECT_EQ(next[0].kind, 1);
    EXPECT_EQ(kinds(), "1");
}

TEST_F(report_events, ARetryInHandsHoldsTheNextStepAndTheFinalOneTakesThatPlace) {
    const auto job = taken_by_carrier("j1");
    const auto first = take(epoch_).at(0);
    ends(first.id, report_outcome::retry, epoch_);
    ASSERT_EQ(take_retries(db(), epoch_, 10, 60s).size(), 1U);
    news(job, dlr_status::enroute);
    EXPECT_EQ(kinds(), "3");
    EXPECT_TRUE(take(epoch_).empty());
    EXPECT_TRUE(news(job, dlr_status::delivrd).reports.empty());
    EXPECT_EQ(kinds(), "1");
    EXPECT_TRUE(take(other_).empty());
    ends(first.id, report_outcome::retry, epoch_);
    EXPECT_EQ(count("report_retry"), 0);
    EXPECT_EQ(take(other_).size(), 1U);
}

TEST_F(report_events, AStepThatWasGivenUpIsNotKept) {
    taken_by_carrier("j1");
    ends(take(epoch_).at(0).id, report_outcome::dead, epoch_);
    EXPECT_EQ(kinds(), "");
    EXPECT_EQ(count("report_dead"), 0);
}

}  // namespace
}  // namespace pinwire::postgres::test
