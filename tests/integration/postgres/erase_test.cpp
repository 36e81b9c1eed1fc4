// What goes when a person or an account's time is over, and what stays for the invoice.
#include <array>

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
    // Settled, `ago` old.
    void an_order(
        const std::string& account,
        const std::string& pin,
        const std::string& application,
        const std::string& ago
    ) {
        db().query(
            "insert into api_order (account, job_id, request_hash, pin_id, msisdn, application,"
            " repeat, windowed, created_at, settled_at, look_at) values ($1, 'j-' || $2, '\\x00',"
            " $2, '447700900123', $3, '{}', false, now() - $4::interval, now(), now())",
            {account, pin, application, ago}
        );
    }
    // Neither to be sent nor verified.
    void a_pin(const std::string& account, const std::string& pin, const std::string& expires_at) {
        db().query(
            "insert into pin (account, pin_id, msisdn, claim_id, type, length, expires_in,"
            " max_tries, tries_left, by_number, requested_at, expires_at) values ($1, $2,"
            " '447700900123', gen_random_uuid(), 0, 6, 0, 3, 0, true, now(), " +
                expires_at + ")",
            {account, pin}
        );
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
    db().query(
        "insert into api_order (account, job_id, request_hash, pin_id, msisdn, application, repeat,"
        " windowed, scopes, created_at, settled_at, look_at) values ($1, 'j1', '\\x00', 'p1', $2,"
        " 'A', '{}', false, array['app:A', 'app:A:' || $2], now(), now(), now())",
        {request.account.str(), digits}
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

TEST_F(Erase, PruningTakesEveryIdThatACarrierGaveAnAttempt) {
    const auto request = sms_request("j1");
    claim_one(request);
    for (const char* id : {"cm-1", "cm-2", "cm-2", "cm-3"}) {
        const std::array told{sent_record(request.attempt->id, id)};
        record(db(), epoch_, told);
    }
    ASSERT_EQ(count("carrier_ref"), 3);
    EXPECT_EQ(value("select carrier_message_id from attempt"), "cm-1");
    EXPECT_EQ(count("other_ref"), 2);
    db().query("update job set final_at = now()");
    EXPECT_EQ(prune(db(), -1h, 100), 1);
    EXPECT_EQ(count("carrier_ref"), 0);
    EXPECT_EQ(count("other_ref"), 0);
}

TEST_F(Erase, TakesEveryIdThatACarrierGaveAnAttempt) {
    const auto request = sms_request("j1");
    claim_one(request);
    for (const char* id : {"cm-1", "cm-2"}) {
        const std::array told{sent_record(request.attempt->id, id)};
        record(db(), epoch_, told);
    }
    db().query("update job set final_at = now()");
    db().query("select erase_number('olga', $1, true)", {request.to.digits()});
    EXPECT_EQ(count("carrier_ref"), 0);
    EXPECT_EQ(count("other_ref"), 0);
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

TEST_F(Erase, AnAccountThatKeepsLessKeepsOrdersAndPinsForLessToo) {
    account_change change;
    change.who = "olga";
    change.what = "account add";
    change.account = account_name("brief");
    change.create = true;
    change.columns = R"({"keep_jobs":"2 days"})";
    ASSERT_TRUE(save_account(db(), change));
    for (const auto* account : {"brief", "other"}) {
        an_order(account, "p1", "A", "3 days");
        a_pin(account, "p1", "now() - interval '3 days'");
        a_pin(account, "p2", "now() - interval '1 day'");
        db().query(
            "insert into report_dead (id, job, kind, account, url, format, payload, created_at,"
            " tries, reason, died_at) values (gen_random_uuid(), gen_random_uuid(), 1, $1, 'u', 1,"
            " '447700900123', now(), 1, 'x', now() - interval '3 days')",
            {account}
        );
    }
    prune(db(), 24h * 30, 100);
    EXPECT_EQ(count("api_order where account = 'brief'"), 0);
    EXPECT_EQ(count("pin where account = 'brief'"), 1) << "it is over since yesterday only";
    EXPECT_EQ(count("report_dead where account = 'brief'"), 0);
    EXPECT_EQ(count("api_order where account = 'other'"), 1);
    EXPECT_EQ(count("pin where account = 'other'"), 2);
    EXPECT_EQ(count("report_dead where account = 'other'"), 1);
}

TEST_F(Erase, AStepOfRetentionHasItsLimitOverAllAccountsThatKeepLess) {
    for (const std::string name : {"a1", "a2", "a3"}) {
        account_change change;
        change.who = "olga";
        change.what = "account add";
        change.account = account_name(name);
        change.create = true;
        change.columns = R"({"keep_jobs":"2 days"})";
        ASSERT_TRUE(save_account(db(), change));
        an_order(name, "p1", "A", "3 days");
        an_order(name, "p2", "A", "3 days");
    }
    EXPECT_EQ(prune(db(), 24h * 30, 4), 4);
    EXPECT_EQ(count("api_order"), 2) << "as many as one call may, whatever accounts they are of";
    EXPECT_EQ(prune(db(), 24h * 30, 4), 2);
    EXPECT_EQ(count("api_order"), 0);
}

TEST_F(Erase, APinThatNeverExpiresGoesOnceItIsDead) {
    a_pin("a", "dead", "'infinity'");
    a_pin("a", "fresh", "'infinity'");
    a_pin("a", "alive", "'infinity'");
    db().query("update pin set minted_at = now() - interval '31 days' where pin_id <> 'fresh'");
    db().query("update pin set guess_mac = '\\x00', guess_kid = 'k1' where pin_id = 'alive'");
    prune(db(), 24h * 30, 100);
    EXPECT_EQ(value("select string_agg(pin_id, ' ' order by pin_id) from pin"), "alive fresh");
}

TEST_F(Erase, AnOrderStaysForAsLongAsItsPinCanBeVerified) {
    for (const auto* pin : {"alive", "dead"}) {
        an_order("a", pin, "A", "31 days");
        a_pin("a", pin, "now() + interval '60 days'");
    }
    an_order("a", "none", "", "31 days");
    db().query("update pin set guess_mac = '\\x00', guess_kid = 'k1' where pin_id = 'alive'");
    prune(db(), 24h * 30, 100);
    EXPECT_EQ(value("select string_agg(pin_id, ' ') from api_order"), "alive");
}

}  // namespace
}  // namespace pinwire::postgres::test
