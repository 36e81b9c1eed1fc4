// The DLR's way in: matching, the lattice, parking, and when no news is no news.
#include <algorithm>
#include <set>

#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class settling : public database {
protected:
    claim_request sent(const std::string& job, const std::string& carrier_id = "") {
        auto request = sms_request(job);
        claim_one(request);
        const auto outcome = sent_record(request.attempt->id, carrier_id);
        record(db(), epoch_, {&outcome, 1});
        return request;
    }
    dlr_entry by_carrier_id(const std::string& id, const std::string& to = "") {
        auto out = dlr_for(attempt_id(), dlr_status::delivrd);
        out.token.reset();
        out.carrier_message_id = id;
        if (!to.empty()) out.to = msisdn::parse(to);
        return out;
    }
    void mark(int partition, time_point until) {
        settle_request request;
        request.marks.push_back({partition, until});
        settle(db(), epoch_, request);
    }
    overdue_answer close_now() {
        overdue_query query;
        query.limit = 100;
        query.skew = 0ms;
        query.reporter = epoch_;
        return close_overdue(db(), epoch_, query);
    }
    void end_now(const claim_request& job) {
        db().query(
            "update attempt set deadline = clock_timestamp() - interval '1 second' where job = "
            "$1::uuid",
            {job.id.hex()}
        );
        db().query(
            "update due set close_at = clock_timestamp() - interval '1 second' where job = "
            "$1::uuid",
            {job.id.hex()}
        );
    }
};

// Every pair and triple of the eight statuses, in every order, in one batch and in several: the
// row ends at the highest, and there is one report with one id.
TEST_F(settling, EndsAtTheHighestStatusInWhateverOrder) {
    std::vector<std::vector<int>> orders;
    for (int a = 1; a <= 8; ++a) {
        for (int b = 1; b <= 8; ++b) {
            orders.push_back({a, b});
            for (int c = 1; c <= 8; ++c)
                orders.push_back({a, b, c});
        }
    }
    std::vector<claim_request> jobs;
    for (std::size_t i = 0; i < 2 * orders.size(); ++i)
        jobs.push_back(sms_request("j" + std::to_string(i)));
    claim(db(), epoch_, jobs);
    std::vector<record_request> outcomes;
    for (const auto& job : jobs)
        outcomes.push_back(sent_record(job.attempt->id));
    record(db(), epoch_, outcomes);
    const auto entry = [&](std::size_t job, int status) {
        return dlr_for(jobs[job].attempt->id, static_cast<dlr_status>(status));
    };
    std::vector<dlr_entry> together;
    std::vector<std::vector<dlr_entry>> apart(3);
    for (std::size_t i = 0; i < orders.size(); ++i) {
        for (std::size_t k = 0; k < orders[i].size(); ++k) {
            together.push_back(entry(2 * i, orders[i][k]));
            apart[k].push_back(entry(2 * i + 1, orders[i][k]));
        }
    }
    settle_all(together);
    for (const auto& batch : apart)
        settle_all(batch);
    settle_all(together);
    const auto rows =
        db().query("select job_id, dlr_status, final_at is not null, id from job order by job_id");
    ASSERT_EQ(rows.size(), jobs.size());
    std::set<std::string> reported;
    for (const auto& report : all_reports())
        EXPECT_TRUE(reported.insert(report.job.hex()).second);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto number = std::stoul(rows[i].text(0).substr(1));
        const auto& order = orders[number / 2];
        const int highest = *std::max_element(order.begin(), order.end());
        EXPECT_EQ(rows[i].int16(1), highest) << number;
        EXPECT_EQ(rows[i].boolean(2), highest >= 3) << number;
        EXPECT_EQ(reported.count(rows[i].id<message_id>(3).hex()), highest >= 3 ? 1U : 0U);
    }
}

TEST_F(settling, HandsTheFinalReportToWhoeverClosedTheJob) {
    const auto job = sent("j1");
    const auto answer = settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(answer.matched, 1);
    ASSERT_EQ(answer.reports.size(), 1U);
    const auto& report = answer.reports[0];
    EXPECT_EQ(report.job, job.id);
    EXPECT_EQ(report.lease_owner, epoch_) << "born leased";
    EXPECT_EQ(report.url, job.report_url);
    EXPECT_GT(report.seq, 0);
    const auto said = decode_report_payload(report.id, report.payload);
    EXPECT_EQ(said.delivery, dlr_status::delivrd);
    EXPECT_EQ(said.sms, sms_status::sent);
    EXPECT_EQ(said.message, job.id);
    EXPECT_FALSE(said.in_doubt);
    const auto stored = all_reports();
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].id, report.id);
    EXPECT_EQ(stored[0].payload, report.payload);
    EXPECT_EQ(stored[0].created_at, report.created_at);
    EXPECT_TRUE(settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)}).reports.empty());
}

TEST_F(settling, AnnouncesEachChangeAndNothingElse) {
    const auto job = sent("j1");
    EXPECT_EQ(job_column(job.id, "version"), "2");
    settle_all({dlr_for(job.attempt->id, dlr_status::enroute)});
    settle_all({dlr_for(job.attempt->id, dlr_status::enroute)});
    settle_all({dlr_for(job.attempt->id, dlr_status::acceptd)});
    settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(job.id, "version"), "4");
    EXPECT_EQ(count("outbox"), 4);
}

TEST_F(settling, TakesAReportWithoutAKnownStatusAsEvidence) {
    auto request = sms_request("j1");
    claim_one(request);
    auto entry = dlr_for(request.attempt->id, dlr_status::enroute);
    entry.status.reset();
    EXPECT_EQ(settle_all({entry}).matched, 1);
    EXPECT_EQ(job_column(request.id, "sms_status"), "2");
    EXPECT_EQ(job_column(request.id, "final_at is null"), "t");
}

TEST_F(settling, RaisesASentThatWasThoughtNotSent) {
    auto request = sms_request("j1");
    claim_one(request);
    const auto failed = failed_record(request.attempt->id, "refused");
    record(db(), epoch_, {&failed, 1});
    settle_all({dlr_for(request.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(request.id, "sms_status"), "2");
    EXPECT_EQ(job_column(request.id, "dlr_status"), "8");
    EXPECT_EQ(count("report"), 1) << "one final report, whatever comes";
}

TEST_F(settling, MatchesByReferenceAndByTheCarriersId) {
    const auto one = sent("j1");
    const auto two = sent("j2", "ID-2");
    auto entry = dlr_for(one.attempt->id, dlr_status::delivrd);
    entry.token.reset();
    entry.reference = one.attempt->id;
    EXPECT_EQ(settle_all({entry, by_carrier_id("ID-2", "447700900123")}).matched, 2);
    EXPECT_EQ(job_column(one.id, "dlr_status"), "8");
    EXPECT_EQ(job_column(two.id, "dlr_status"), "8");
}

TEST_F(settling, ProvesOnlyTheCarrierWithATokenOfSeveralEntries) {
    const auto one = sent("j1", "ID-1");
    const auto two = sent("j2", "ID-2");
    auto entry = by_carrier_id("ID-2");
    entry.token = one.attempt->id;
    entry.alone = false;
    EXPECT_EQ(settle_all({entry}).matched, 1);
    EXPECT_EQ(job_column(one.id, "dlr_status"), "null");
    EXPECT_EQ(job_column(two.id, "dlr_status"), "8");
}

TEST_F(settling, ParksWhatFitsNoRowTwoRowsOrAnotherNumber) {
    sent("j1", "SAME");
    sent("j2", "SAME");
    const auto three = sent("j3", "ID-3");
    auto disagrees = dlr_for(three.attempt->id, dlr_status::delivrd);
    disagrees.reference = fresh_id<attempt_id>();
    auto other_carrier = dlr_for(three.attempt->id, dlr_status::delivrd);
    other_carrier.carrier = carrier_name("c9");
    const auto answer = settle_all(
        {by_carrier_id("SAME"),
         by_carrier_id("NONE"),
         by_carrier_id("ID-3", "447700900999"),
         disagrees,
         other_carrier}
    );
    EXPECT_EQ(answer.matched, 0);
    EXPECT_EQ(answer.parked, 5);
    EXPECT_EQ(
        value("select string_agg(why, ' ' order by id) from dlr_parked"),
        "ambiguous no_match other_number disagrees no_match"
    );
    EXPECT_EQ(job_column(three.id, "dlr_status"), "null");
}

TEST_F(settling, SettlesAParkedReportWhenItsRowAppears) {
    settle_all({by_carrier_id("ID-1")});
    EXPECT_TRUE(take_parked(db(), 10, 5s).empty()) << "not due yet";
    db().query("update dlr_parked set next_at = clock_timestamp()");
    auto due = take_parked(db(), 10, 5s);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].entry, "{}");
    std::vector<parked_entry> again{{due[0].id, by_carrier_id("ID-1")}};
    EXPECT_EQ(settle_parked(db(), epoch_, again, 60s).matched, 0);
    EXPECT_EQ(count("dlr_parked"), 1);
    const auto job = sent("j1", "ID-1");
    const auto answer = settle_parked(db(), epoch_, again, 60s);
    EXPECT_EQ(answer.matched, 1);
    EXPECT_EQ(answer.reports.size(), 1U);
    EXPECT_EQ(count("dlr_parked"), 0);
    EXPECT_EQ(job_column(job.id, "dlr_status"), "8");
}

// Whoever is parked for a long time by now needn't wait for his next turn.
TEST_F(settling, TriesAParkedReportAtOnceWhenItsCarriersIdAppears) {
    auto waits = by_carrier_id("ID-1");
    waits.entry = R"({"carrier":"c1","carrier_message_id":"ID-1"})";
    auto other = by_carrier_id("ID-2");
    other.entry = R"({"carrier":"c1","carrier_message_id":"ID-2"})";
    settle_all({waits, other});
    db().query("update dlr_parked set next_at = clock_timestamp() + interval '1 hour'");
    sent("j1", "ID-1");
    const auto due = take_parked(db(), 10, 5s);
    ASSERT_EQ(due.size(), 1U);
    EXPECT_EQ(due[0].entry, waits.entry);
}

class parts_of_texts : public settling {
protected:
    claim_request sent_in(const std::string& job, int parts) {
        const auto request = sent(job);
        db().query(
            "update attempt set parts = $1::integer where job = $2::uuid",
            {std::to_string(parts), request.id.hex()}
        );
        return request;
    }
    static dlr_entry of_part(const claim_request& job, int part, dlr_status status) {
        auto entry = dlr_for(job.attempt->id, status);
        entry.carrier_message_id = "P" + std::to_string(part);
        entry.entry = R"({"carrier":"c1","part":true})";
        return entry;
    }
    std::string standing(const claim_request& job) {
        return job_column(
            job.id,
            "coalesce(dlr_name(dlr_status), 'none') || case when final_at is "
            "null then '' else ' final' end"
        );
    }
};

TEST_F(parts_of_texts, AreDeliveredWhenAllAre) {
    const auto job = sent_in("j1", 3);
    settle_all({of_part(job, 1, dlr_status::delivrd)});
    settle_all({of_part(job, 1, dlr_status::delivrd), of_part(job, 3, dlr_status::enroute)});
    EXPECT_EQ(standing(job), "ENROUTE") << "the same part twice is one";
    settle_all({of_part(job, 3, dlr_status::delivrd), of_part(job, 2, dlr_status::acceptd)});
    EXPECT_EQ(standing(job), "ENROUTE");
    EXPECT_TRUE(all_reports().empty());
    EXPECT_EQ(settle_all({of_part(job, 2, dlr_status::delivrd)}).reports.size(), 1U);
    EXPECT_EQ(standing(job), "DELIVRD final");
}

TEST_F(parts_of_texts, AreUndeliveredAsSoonAsOneIs) {
    const auto job = sent_in("j1", 2);
    settle_all({of_part(job, 1, dlr_status::delivrd)});
    settle_all({of_part(job, 2, dlr_status::undeliv)});
    EXPECT_EQ(standing(job), "UNDELIV final");
}

TEST_F(parts_of_texts, CountOnlyWhereThereAreSeveralAndEachIsReported) {
    const auto single = sent_in("j1", 1);
    settle_all({of_part(single, 1, dlr_status::delivrd)});
    EXPECT_EQ(standing(single), "DELIVRD final");
    const auto whole = sent_in("j2", 2);
    auto report = of_part(whole, 1, dlr_status::delivrd);
    report.entry = "{}";
    settle_all({report});
    EXPECT_EQ(standing(whole), "DELIVRD final") << "its carrier reports the whole";
}

TEST_F(parts_of_texts, WaitParkedLikeAllOthers) {
    const auto job = sent_in("j1", 2);
    settle_all({of_part(job, 1, dlr_status::delivrd)});
    db().query(
        "insert into dlr_parked (carrier, entry, why, intake_at, next_at)"
        " values ('c1', '{}', 'no_match', now(), now())"
    );
    std::vector<parked_entry> parked{{1, of_part(job, 2, dlr_status::delivrd)}};
    EXPECT_EQ(settle_parked(db(), epoch_, parked, 60s).matched, 1);
    EXPECT_EQ(standing(job), "DELIVRD final");
}

// What three reports of two parts come to: every combination, in every order, in one batch and one
// by one. The model: delivered once each part was told so, else the worst that was told of any,
// where one part's delivery is but the text's being under way.
TEST_F(parts_of_texts, EndTheSameInWhateverOrderTheirReportsCome) {
    struct told {
        int part;
        int status;
    };
    std::vector<told> all;
    for (int part = 1; part <= 2; ++part)
        for (const int status : {2, 4, 6, 8})
            all.push_back({part, status});
    std::vector<std::vector<told>> orders;
    for (const auto& a : all)
        for (const auto& b : all)
            for (const auto& c : all)
                orders.push_back({a, b, c});
    std::vector<claim_request> jobs;
    for (std::size_t i = 0; i < 2 * orders.size(); ++i)
        jobs.push_back(sms_request("j" + std::to_string(i)));
    claim(db(), epoch_, jobs);
    std::vector<record_request> outcomes;
    for (const auto& job : jobs)
        outcomes.push_back(sent_record(job.attempt->id));
    record(db(), epoch_, outcomes);
    db().query("update attempt set parts = 2");
    std::vector<dlr_entry> together;
    std::vector<std::vector<dlr_entry>> apart(3);
    for (std::size_t i = 0; i < orders.size(); ++i) {
        for (std::size_t k = 0; k < orders[i].size(); ++k) {
            const auto [part, status] = orders[i][k];
            const auto word = static_cast<dlr_status>(status);
            together.push_back(of_part(jobs[2 * i], part, word));
            apart[k].push_back(of_part(jobs[2 * i + 1], part, word));
        }
    }
    settle_all(together);
    for (const auto& batch : apart)
        settle_all(batch);
    settle_all(together);
    const auto rows = db().query("select job_id, dlr_status from job");
    ASSERT_EQ(rows.size(), jobs.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto number = std::stoul(rows[i].text(0).substr(1));
        std::set<int> arrived;
        int worst = 0;
        for (const auto& one : orders[number / 2]) {
            if (one.status == 8) arrived.insert(one.part);
            worst = std::max(worst, one.status == 8 ? 2 : one.status);
        }
        EXPECT_EQ(rows[i].int16(1), arrived.size() == 2 ? 8 : worst) << number;
    }
}

// Kannel reports its own "Not routable" beside the answer that says so.
TEST_F(settling, TakesARefusalForNoProofThatAnUnsentAttemptWasSent) {
    auto job = sms_request("j1");
    claim_one(job);
    const auto outcome = failed_record(job.attempt->id, "NOT_ROUTABLE(403)");
    record(db(), epoch_, {&outcome, 1});
    const auto answer = settle_all({dlr_for(job.attempt->id, dlr_status::rejectd)});
    EXPECT_EQ(answer.matched + answer.parked, 0);
    EXPECT_EQ(value("select state from attempt"), "5");
    EXPECT_EQ(job_column(job.id, "sms_status"), "1");
    EXPECT_EQ(job_column(job.id, "dlr_status"), "null");
    settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(value("select state from attempt"), "4") << "a handset that has it is proof";
}

TEST_F(settling, KeepsARefusalUntilItsRequestIsAnswered) {
    auto unsent = sms_request("j1");
    auto accepted = sms_request("j2");
    claim_one(unsent);
    claim_one(accepted);
    const auto refusal = [](const claim_request& of) {
        return dlr_for(of.attempt->id, dlr_status::rejectd);
    };
    EXPECT_EQ(settle_all({refusal(unsent), refusal(accepted)}).parked, 2);
    EXPECT_EQ(value("select string_agg(distinct why, ' ') from dlr_parked"), "unanswered");
    EXPECT_EQ(
        value("select bool_and(next_at <= clock_timestamp() + interval '1 second')"
              " from dlr_parked"),
        "t"
    );
    EXPECT_EQ(value("select string_agg(distinct state::text, ' ') from attempt"), "2");
    const std::vector<record_request> outcomes{
        failed_record(unsent.attempt->id, "NOT_ROUTABLE(403)"), sent_record(accepted.attempt->id)};
    record(db(), epoch_, outcomes);
    db().query("update dlr_parked set next_at = clock_timestamp()");
    std::vector<parked_entry> again;
    for (const auto& row : take_parked(db(), 10, 5s))
        again.push_back({row.id, refusal(again.empty() ? unsent : accepted)});
    EXPECT_EQ(settle_parked(db(), epoch_, again, 60s).matched, 1);
    EXPECT_EQ(count("dlr_parked"), 0);
    EXPECT_EQ(job_column(unsent.id, "dlr_status"), "null");
    EXPECT_EQ(job_column(accepted.id, "dlr_status"), "7");
}

TEST_F(settling, KeepsHistoryOfAnyDay) {
    settle_request request;
    for (const auto age : {0h, 24h * 5, 24h * 400, -24h * 5}) {
        history_entry entry;
        entry.intake_at = now() - age;
        entry.carrier = carrier_name("c1");
        entry.raw = "a,\"b\"\\";
        request.history.push_back(entry);
    }
    settle(db(), epoch_, request);
    EXPECT_EQ(count("dlr_history where raw = 'a,\"b\"\\'"), 4);
    EXPECT_EQ(count("dlr_history_default"), 2);
    maintain_history(db(), 24h * 30);
    EXPECT_EQ(count("dlr_history"), 3) << "what is too old is dropped from the default too";
}

TEST_F(settling, MakesUpForDaysThatNobodyPrepared) {
    db().query("drop table dlr_history_" + value("select to_char(current_date, 'YYYYMMDD')"));
    settle_request request;
    history_entry entry;
    entry.intake_at = now();
    entry.carrier = carrier_name("c1");
    request.history.push_back(entry);
    settle(db(), epoch_, request);
    EXPECT_EQ(count("dlr_history_default"), 1);
    maintain_history(db(), 24h * 30);
    EXPECT_EQ(count("dlr_history_default"), 0);
    EXPECT_EQ(count("dlr_history"), 1);
}

TEST_F(settling, TakesNoNewsForAnAnswerOnlyOnceAllPartitionsAreSettled) {
    settled_partitions(db(), 2);
    EXPECT_FALSE(settled_until(db()));
    const auto job = sent("j1");
    end_now(job);
    EXPECT_EQ(close_now().closed, 0) << "nothing was read yet";
    mark(0, now() + 1s);
    EXPECT_EQ(close_now().closed, 0) << "one partition was never read";
    mark(1, now() - 1min);
    EXPECT_EQ(close_now().closed, 0) << "one is behind the deadline";
    mark(1, now());
    mark(1, now() - 1min);  // a mark never goes back
    const auto answer = close_now();
    EXPECT_EQ(answer.closed, 1);
    ASSERT_EQ(answer.reports.size(), 1U);
    EXPECT_EQ(answer.reports[0].lease_owner, epoch_);
    EXPECT_EQ(job_column(job.id, "dlr_status"), "3");
    EXPECT_EQ(job_column(job.id, "in_doubt"), "f");
    EXPECT_EQ(count("due"), 0);
    settle_all({dlr_for(job.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(job_column(job.id, "dlr_status"), "8") << "the row still learns";
    EXPECT_EQ(count("report"), 1) << "but nobody is told twice";
}

TEST_F(settling, ForgetsPartitionsThatTheTopicNoLongerHas) {
    settled_partitions(db(), 4);
    mark(0, now());
    mark(1, now());
    mark(2, now() - 1h);
    mark(3, now());
    settled_partitions(db(), 2);
    EXPECT_EQ(
        value("select string_agg(partition::text, ' ' order by partition) from settled"), "0 1 3"
    ) << "the last was read a moment ago: others know of it";
    EXPECT_TRUE(settled_until(db()));
}

TEST_F(settling, HoldsAnAttemptInDoubtAsSentUnknown) {
    settled_partitions(db(), 1);
    mark(0, now() + 1min);
    auto request = sms_request("j1");
    claim_one(request);
    end_now(request);  // still `sending`: its owner never said more
    EXPECT_EQ(close_now().closed, 1);
    EXPECT_EQ(job_column(request.id, "sms_status"), "2");
    EXPECT_EQ(job_column(request.id, "dlr_status"), "3");
    EXPECT_EQ(job_column(request.id, "in_doubt"), "t");
    EXPECT_EQ(value("select doubt || ' ' || doubt_end from attempt"), "owner_died held");
    EXPECT_EQ(value("select doubt_ended_at is not null from attempt"), "t");
    settle_all({dlr_for(request.attempt->id, dlr_status::delivrd)});
    EXPECT_EQ(value("select doubt_end from attempt"), "reported") << "the row still learns";
}

TEST_F(settling, ClosesWaitingRowsAtTheirTimeWhateverIsSettled) {
    settled_partitions(db(), 1);
    auto request = sms_request("j1");
    request.attempt->start = false;
    claim_one(request);
    EXPECT_EQ(close_now().closed, 0);
    end_now(request);
    EXPECT_EQ(close_now().closed, 1);
    EXPECT_EQ(job_column(request.id, "sms_status"), "1");
    EXPECT_EQ(job_column(request.id, "reason"), "expired");
    EXPECT_EQ(count("report"), 1);
}

}  // namespace
}  // namespace pinwire::postgres::test
