// Reports that are kept are found and sent again: as they were told, singly, under their own id.
#include "common/core/url.hpp"
#include "common/postgres/kept_reports.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class replaying : public database {
protected:
    // A job whose report says `status`; the report as it was made.
    report_row closed_as(const claim_request& request, dlr_status status) {
        claim_one(request);
        const auto sent = sent_record(request.attempt->id, "id-" + request.job.str());
        record(db(), epoch_, {&sent, 1});
        return settle_all({dlr_for(request.attempt->id, status)}).reports.at(0);
    }
    void tried(const report_id& id, report_outcome outcome, int status) {
        report_result result;
        result.id = id;
        result.outcome = outcome;
        result.http_status = status;
        if (outcome != report_outcome::delivered) result.reason = "gave up";
        complete_reports(db(), epoch_, {&result, 1});
    }
    static report_query everything() {
        report_query made;
        made.since = now() - 1h;
        made.until = now() + 1h;
        return made;
    }
    std::vector<kept_report> all(report_state state, const report_query& query = everything()) {
        return kept_reports(db(), state, query, {}, 1000);
    }
    int replay(std::vector<message_id> jobs, std::chrono::microseconds every = 0us) {
        return replay_reports(db(), jobs, now() - 1s, every);
    }
};

TEST_F(replaying, SendsWhatWasGivenUpAgainSinglyUnderItsOwnId) {
    const auto request = sms_request("j1");
    const auto made = closed_as(request, dlr_status::undeliv);
    EXPECT_EQ(replay({request.id}), 0) << "it waits already";
    tried(made.id, report_outcome::dead, 400);
    const auto dead = all(report_state::dead);
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_EQ(dead[0].id, made.id);
    EXPECT_EQ(dead[0].note, "gave up");
    EXPECT_EQ(replay({request.id}), 1);
    EXPECT_EQ(replay({request.id}), 0) << "once";
    EXPECT_TRUE(all(report_state::dead).empty());
    const auto again = take_retries(db(), other_, 10, 60s);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].report.id, made.id);
    EXPECT_EQ(again[0].report.payload, made.payload);
    EXPECT_EQ(again[0].report.url, made.url);
    EXPECT_EQ(again[0].tries, 1) << "never grouped with others";
    EXPECT_EQ(again[0].malformed, 0);
    EXPECT_EQ(again[0].batch, "");
    EXPECT_GT(again[0].first_try_at, now() - 1min) << "its 48 hours begin anew";
}

TEST_F(replaying, TellsADeliveredOneAgainAsItWasToldWhateverCameSince) {
    const auto request = sms_request("j1");
    const auto made = closed_as(request, dlr_status::undeliv);
    tried(made.id, report_outcome::delivered, 204);
    settle_all({dlr_for(request.attempt->id, dlr_status::rejectd)});
    settle_all({dlr_for(request.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(request.id, "dlr_status"), "8") << "the row knows better by now";
    const auto delivered = all(report_state::delivered);
    ASSERT_EQ(delivered.size(), 1U);
    EXPECT_EQ(delivered[0].tries, 1);
    for (const auto& id : {made.id.hex(), request.id.hex()}) {
        const auto told = describe_report(db(), id);
        ASSERT_TRUE(told) << id;
        EXPECT_EQ(told->report.state, report_state::delivered);
        EXPECT_EQ(told->content.delivery, dlr_status::undeliv);
    }
    EXPECT_EQ(replay({request.id}), 1);
    EXPECT_TRUE(all(report_state::delivered).empty()) << "it is on its way";
    EXPECT_EQ(all(report_state::waiting).size(), 1U);
    const auto again = take_retries(db(), other_, 10, 60s);
    ASSERT_EQ(again.size(), 1U);
    EXPECT_EQ(again[0].report.id, made.id);
    EXPECT_EQ(again[0].report.payload, made.payload);
    tried(made.id, report_outcome::delivered, 200);
    EXPECT_EQ(all(report_state::delivered).size(), 1U) << "however often it was delivered";
}

TEST_F(replaying, GivesEachItsTurnAtTheRate) {
    std::vector<message_id> jobs;
    for (const auto* name : {"j1", "j2", "j3"}) {
        const auto request = sms_request(name);
        tried(closed_as(request, dlr_status::delivrd).id, report_outcome::delivered, 200);
        jobs.push_back(request.id);
    }
    EXPECT_EQ(replay_reports(db(), jobs, now() + 1h, 250ms), 3);
    EXPECT_TRUE(take_retries(db(), epoch_, 10, 60s).empty()) << "not before their turn";
    EXPECT_EQ(
        value(
            "select string_agg(round(extract(epoch from d) * 1000)::text, ' ') from (select due_at "
            "- lag(due_at) over (order by due_at) as d from report_retry) x where d is not null"
        ),
        "250 250"
    );
    EXPECT_EQ(
        value("select job::text from report_retry order by due_at limit 1"),
        value("select '" + jobs[0].hex() + "'::uuid::text")
    );
}

TEST_F(replaying, FindsThemByAccountEndpointAndTimeInPages) {
    std::vector<report_id> ids;
    for (int i = 0; i < 4; ++i) {
        auto request = sms_request("j" + std::to_string(i));
        if (i == 3) request.report_url = "HTTP://Other.Example:8080/x";
        ids.push_back(closed_as(request, dlr_status::delivrd).id);
        tried(ids.back(), report_outcome::dead, 400);
    }
    auto query = everything();
    query.origin = "http://other.example:8080";
    ASSERT_EQ(all(report_state::dead, query).size(), 1U);
    EXPECT_EQ(all(report_state::dead, query)[0].id, ids[3]);
    query.origin = "https://customer.example:443";
    EXPECT_EQ(all(report_state::dead, query).size(), 3U);
    query.account = "nobody";
    EXPECT_TRUE(all(report_state::dead, query).empty());
    query = everything();
    query.since = now() + 1min;
    EXPECT_TRUE(all(report_state::dead, query).empty());
    report_cursor behind;
    std::vector<report_id> paged;
    for (;;) {
        const auto page = kept_reports(db(), report_state::dead, everything(), behind, 3);
        if (page.empty()) break;
        for (const auto& one : page)
            paged.push_back(one.id);
        behind.at = page.back().at;
        behind.id = page.back().id;
    }
    EXPECT_EQ(paged, ids) << "in the order of time, each once";
}

TEST_F(replaying, TheTablesNameAnOriginAsTheProgramsDo) {
    for (const auto* text :
         {"https://a.example/x",
          "HTTP://A.Example",
          "http://a.example:8080?q=1",
          "https://[2001:db8::1]/x",
          "https://10.0.0.1:8443/",
          "http://a.example:80/a:b@c"}) {
        const auto rows = db().query("select origin_of_report($1)", {text});
        EXPECT_EQ(rows.one().text(0), url::parse(text)->origin());
    }
}

TEST_F(replaying, WhatRetentionTookOrAnErasureCannotBeToldAgain) {
    const auto gone = sms_request("gone");
    tried(closed_as(gone, dlr_status::delivrd).id, report_outcome::delivered, 200);
    db().query("update job set report_url = null where id = $1::uuid", {gone.id.hex()});
    const auto untried = sms_request("untried");
    const auto made = closed_as(untried, dlr_status::delivrd);
    tried(made.id, report_outcome::delivered, 200);
    db().query("delete from report_try where report = $1::uuid", {made.id.hex()});
    EXPECT_TRUE(all(report_state::delivered).empty());
    EXPECT_EQ(replay({gone.id, untried.id}), 0);
    EXPECT_FALSE(describe_report(db(), gone.id.hex()));
    EXPECT_FALSE(describe_report(db(), untried.id.hex()));
}

TEST_F(replaying, TheReaderLooksAndOnlyTheOwnerReplays) {
    const auto request = sms_request("j1");
    const auto made = closed_as(request, dlr_status::delivrd);
    tried(made.id, report_outcome::dead, 400);
    const auto reader = another("pinwire_reader");
    EXPECT_EQ(kept_reports(*reader, report_state::dead, everything(), {}, 10).size(), 1U);
    EXPECT_TRUE(describe_report(*reader, made.id.hex()));
    const std::vector<message_id> jobs{request.id};
    EXPECT_THROW(replay_reports(*reader, jobs, now(), 1s), database_error);
    EXPECT_THROW(replay_reports(*another("pinwire_callback"), jobs, now(), 1s), database_error);
}

}  // namespace
}  // namespace pinwire::postgres::test
