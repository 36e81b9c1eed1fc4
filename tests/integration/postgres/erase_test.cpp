// What goes when a person or an account's time is over, and what stays for the invoice.
#include "common/postgres/accounts.hpp"
#include "common/postgres/array_literal.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class Erase : public database {
protected:
    // A sent job that ended, `ago` old, with two parts.
    claim_request ended(const std::string& job, std::chrono::hours ago = 0h) {
        auto request = sms_request(job);
        request.attempt->start = true;
        claim_one(request);
        const auto id = request.id.hex();
        db().query("delete from due where job = $1::uuid", {id});
        db().query(
            "update job set final_at = now(), sms_status = 2, reference = 'her name',"
            " report_url = 'https://example.com/', accepted_at = now() - $2::interval"
            " where id = $1::uuid",
            {id, interval_text(ago)}
        );
        db().query(
            "update attempt set state = 4, parts = 2, cost = 50, carrier_message_id = 'c-1',"
            " created_at = now() - $2::interval where job = $1::uuid",
            {id, interval_text(ago)}
        );
        return request;
    }
    std::string usage_text() {
        return value(
            "select coalesce(string_agg(concat_ws(' ', account, route, channel, messages, parts,"
            " cost), ';'), '') from usage('2000-01-01', '2100-01-01')"
        );
    }
    std::string erase(const msisdn& number, bool force = false) {
        return value(
            "select erase_number('olga', '" + number.digits() + "', " + (force ? "true" : "false") +
            ")::text"
        );
    }
};

TEST_F(Erase, LeavesNothingOfTheNumberButTheCounts) {
    const auto request = ended("j1");
    const auto digits = request.to.digits();
    db().query(
        "insert into rate_count (account, scope, idle_day) values ('a', 'number:' || $1, "
        "'2100-01-01')",
        {digits}
    );
    db().query(
        "insert into guess_failures (account, msisdn, idle_day) values ('a', $1, '2100-01-01')",
        {digits}
    );
    db().query(
        "insert into dlr_history (intake_at, carrier, raw) values (now(), 'c', 'to=' || $1)",
        {digits}
    );
    db().query(
        "insert into report_dead (id, job, kind, account, url, format, payload, created_at, tries,"
        " reason) values (gen_random_uuid(), $1::uuid, 1, 'a', 'u', 1, $2, now(), 1, 'x')",
        {request.id.hex(), digits}
    );
    db().query("delete from outbox");  // published long ago
    const auto before = usage_text();
    erase(request.to);
    const auto tables = db().query(
        "select table_name from information_schema.tables where table_schema = 'pinwire'"
        " and table_type = 'BASE TABLE'"
    );
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const auto name = tables[i].text(0);
        EXPECT_EQ(count(name + " t where t::text like '%" + digits + "%'"), 0) << name;
    }
    EXPECT_EQ(job_column(request.id, "reference"), "null");
    EXPECT_EQ(job_column(request.id, "job_id"), "j1") << "a repeat must still be known";
    EXPECT_EQ(count("pin"), 0);
    EXPECT_EQ(usage_text(), before);
    EXPECT_EQ(count("audit where what = 'erase'"), 1);
}

TEST_F(Erase, WhatIsUnderWayIsLeftAlone) {
    const auto over = ended("j1");
    const auto open = sms_request("j2");
    claim_one(open);
    ASSERT_EQ(over.to, open.to);
    EXPECT_NE(erase(open.to).find("\"done\": false"), std::string::npos);
    EXPECT_EQ(count("job where msisdn = 'erased'"), 0);
    EXPECT_NE(erase(open.to, true).find("\"jobs_under_way\": 1"), std::string::npos);
    EXPECT_EQ(job_column(over.id, "msisdn"), "erased");
    EXPECT_EQ(job_column(open.id, "msisdn"), open.to.digits());
    EXPECT_EQ(count("pin"), 1) << "that of the job under way";
}

TEST_F(Erase, PruningKeepsWhatTheInvoiceNeeds) {
    ended("j1");
    ended("j2");
    const auto before = usage_text();
    EXPECT_NE(before, "");
    EXPECT_EQ(prune(db(), -1h, 100), 2);
    EXPECT_EQ(count("job"), 0);
    EXPECT_EQ(usage_text(), before);
}

TEST_F(Erase, AnAccountMayKeepItsJobsForLess) {
    const auto request = ended("j1");
    account_change change;
    change.who = "olga";
    change.what = "account add";
    change.account = request.account;
    change.create = true;
    change.columns = R"({"keep_jobs":"2 days"})";
    ASSERT_TRUE(save_account(db(), change));
    EXPECT_EQ(prune(db(), 24h * 30, 100), 0) << "it is young";
    db().query("delete from account_pruned");
    db().query(
        "update job set id = first_id_at(now() - interval '3 days') where id = $1::uuid",
        {request.id.hex()}
    );
    db().query("update attempt set job = (select id from job)");
    EXPECT_EQ(prune(db(), 24h * 30, 100), 1);
    EXPECT_EQ(count("job"), 0);
    EXPECT_NE(usage_text(), "");
}

}  // namespace
}  // namespace pinwire::postgres::test
