// Endpoints in the tables: who fails since when, who is off for it, what operators set; and that
// taking reports passes over endpoints that are full without losing its place.
#include "common/postgres/endpoints.hpp"

#include <thread>

#include "common/core/url.hpp"
#include "common/postgres/reports.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

const endpoint_name one{account_name("acme"), "https://one.example:443"};
const endpoint_name two{account_name("acme"), "https://two.example:443"};

class endpoint_tables_test : public database {
protected:
    static endpoint_note failed(const endpoint_name& name, int times, milliseconds ago = 0ms) {
        endpoint_note made;
        made.name = name;
        made.failures = times;
        made.failing_from = now() - ago;
        made.last_error = "HTTP 503";
        return made;
    }
    static endpoint_note succeeded(const endpoint_name& name) {
        endpoint_note made;
        made.name = name;
        made.succeeded_at = now();
        made.failing_from = now();
        return made;
    }
    std::vector<endpoint_turn> note(const endpoint_note& what, milliseconds off_after = 5 * 24h) {
        return note_endpoints(db(), epoch_, off_after, {&what, 1});
    }
    void fails_since(const std::string& ago) {
        db().query(
            "update endpoint_failing set since = clock_timestamp() - interval '" + ago + "'"
        );
    }
    void insert_report(const std::string& job, const std::string& url) {
        db().query(
            "insert into report (id, job, kind, account, url, format, payload) values"
            " (md5($1)::uuid, md5($1)::uuid, 1, 'acme', $2, 0, '{}')",
            {job, url}
        );
    }
    void insert_retry(const std::string& job, const std::string& url, const std::string& batch) {
        db().query(
            "insert into report_retry (id, job, kind, account, url, format, payload, created_at,"
            " tries, first_try_at, due_at, batch, batch_pos, lease_owner) values (md5($1)::uuid,"
            " md5($1)::uuid, 1, 'acme', $2, 0, '{}', now(), 1, now(),"
            " '2026-01-01T00:00:00Z'::timestamptz, nullif($3, ''), 0, $4::uuid)",
            {job, url, batch, epoch_.hex()}
        );
    }
    std::string events() { return value("select string_agg(events, '') from outbox"); }
};

TEST_F(endpoint_tables_test, AnOriginIsSpelledAsTheProgramsSpellIt) {
    for (const auto* text :
         {"https://a.example",
          "https://A.Example/x?y=https://b:1/",
          "HTTP://a.example?q",
          "http://a.example:8080/x",
          "https://127.0.0.1:8443",
          "https://[2001:db8::1]/x",
          "https://[2001:db8::1]:444/x",
          "https://[2001:0DB8:0:0:0:0:0:1]/x",
          "http://[2001:db8:0:1:0:0:0:1]:8080?q",
          "https://[0:0:0:0:0:ffff:10.0.0.1]"}) {
        const auto parsed = url::parse(text);
        ASSERT_TRUE(parsed) << text;
        EXPECT_EQ(db().query("select url_origin($1)", {text}).one().text(0), parsed->origin());
    }
}

TEST_F(endpoint_tables_test, AFailingEndpointIsWarnedAboutOnceAndThenDisabled) {
    EXPECT_TRUE(note(failed(one, 3)).empty()) << "it has only begun";
    for (const auto& [ago, stage] : {std::pair("61 min", 1), {"25 h", 2}, {"73 h", 3}}) {
        fails_since(ago);
        const auto turns = note(failed(one, 2));
        ASSERT_EQ(turns.size(), 1U) << ago;
        EXPECT_EQ(turns[0].stage, stage);
        EXPECT_EQ(turns[0].name, one);
        EXPECT_TRUE(note(failed(one, 1)).empty()) << "told already";
    }
    fails_since("121 h");
    const auto turns = note(failed(one, 1));
    ASSERT_EQ(turns.size(), 1U);
    EXPECT_EQ(turns[0].stage, stage_disabled);
    EXPECT_EQ(count("endpoint_failing"), 0);
    EXPECT_EQ(count("endpoint_disabled where reason = 'failing' and who = ''"), 1);
    const auto told = events();
    EXPECT_NE(told.find("endpoint.disabled"), std::string::npos) << told;
    EXPECT_NE(told.find("endpoint.failing"), std::string::npos) << told;
}

TEST_F(endpoint_tables_test, AFewTriesDisableNobodyHoweverLongAgoTheyBegan) {
    note(failed(one, 5, 10 * 24h));
    EXPECT_EQ(count("endpoint_disabled"), 0);
    note(failed(one, 5));
    EXPECT_EQ(count("endpoint_disabled"), 1);
}

TEST_F(endpoint_tables_test, ASuccessForgetsTheFailuresBeforeItAndNoneBehind) {
    note(failed(one, 3, 2h));
    note(failed(two, 3));
    note(succeeded(one));
    const auto failing = failing_endpoints(db());
    ASSERT_EQ(failing.size(), 1U);
    EXPECT_EQ(failing[0].name, two);
    auto both = succeeded(two);
    both.failures = 1;
    both.failing_from = now();
    both.last_error = "again";
    note(both);
    EXPECT_EQ(count("endpoint_failing where failures = 1 and last_error = 'again'"), 1);
    auto stale = succeeded(two);
    stale.succeeded_at = now() - 1h;
    note(stale);
    EXPECT_EQ(count("endpoint_failing"), 1) << "that success was before it";
}

TEST_F(endpoint_tables_test, OnAndOffAreToldOnceAndAudited) {
    EXPECT_TRUE(disable_endpoint(db(), epoch_, one, "410"));
    EXPECT_FALSE(disable_endpoint(db(), epoch_, one, "410"));
    EXPECT_TRUE(disable_endpoint(db(), epoch_id(), two, "asked for", "ann"));
    const auto first = read_endpoints(db(), -1);
    ASSERT_TRUE(first);
    EXPECT_EQ(first->disabled.size(), 2U);
    EXPECT_FALSE(read_endpoints(db(), first->version));
    EXPECT_TRUE(enable_endpoint(db(), one, "bob"));
    EXPECT_FALSE(enable_endpoint(db(), one, "bob"));
    const auto second = read_endpoints(db(), first->version);
    ASSERT_TRUE(second);
    ASSERT_EQ(second->disabled.size(), 1U);
    EXPECT_EQ(second->disabled[0].who, "ann");
    EXPECT_EQ(count("audit where what like 'endpoint %'"), 2);
    EXPECT_NE(events().find("endpoint.enabled"), std::string::npos);
    db().query("update endpoint_disabled set at = clock_timestamp() - interval '31 days'");
    disable_endpoint(db(), epoch_, one, "410");
    db().query("update endpoint_disabled set at = at - interval '31 days' where who = ''");
    forget_endpoints(db(), 30 * 24h);
    EXPECT_EQ(count("endpoint_disabled"), 1) << "an operator's word stays";
}

TEST_F(endpoint_tables_test, SettingsChangeWhatIsNamedAlone) {
    save_endpoint_setting(db(), "ann", one, R"({"concurrency": 2, "rate": 7.5})");
    save_endpoint_setting(db(), "ann", one, R"({"header": "X-Key", "value": "sealed"})");
    auto read = read_endpoints(db(), -1);
    ASSERT_EQ(read->settings.size(), 1U);
    EXPECT_EQ(read->settings[0].concurrency, 2);
    EXPECT_EQ(read->settings[0].rate, 7.5);
    EXPECT_EQ(read->settings[0].header, "X-Key");
    EXPECT_EQ(read->settings[0].value, "sealed");
    EXPECT_EQ(count("audit where after::text like '%sealed%' or before::text like '%sealed%'"), 0);
    save_endpoint_setting(
        db(), "ann", one, R"({"concurrency": null, "rate": null, "header": null, "value": null})"
    );
    EXPECT_TRUE(read_endpoints(db(), -1)->settings.empty());
}

// The API learns of one endpoint at a time, and changes none.
TEST_F(endpoint_tables_test, OneIsFoundByWhoPostsForItsAccount) {
    save_endpoint_setting(db(), "ann", one, R"({"header": "X-Key", "value": "sealed", "rate": 2})");
    for (const auto* role : {"pinwire_api", "pinwire_callback"}) {
        const auto theirs = another(role);
        const auto found = find_endpoint_setting(*theirs, one);
        ASSERT_TRUE(found) << role;
        EXPECT_EQ(found->name, one);
        EXPECT_EQ(found->header, "X-Key");
        EXPECT_EQ(found->value, "sealed");
        EXPECT_EQ(found->rate, 2);
        EXPECT_FALSE(find_endpoint_setting(*theirs, two));
        auto of_another = one;
        of_another.account = account_name("globex");
        EXPECT_FALSE(find_endpoint_setting(*theirs, of_another));
    }
    for (const auto* role : {"pinwire_worker", "pinwire_reader"})
        EXPECT_THROW(find_endpoint_setting(*another(role), one), database_error) << role;
    EXPECT_THROW(read_endpoints(*another("pinwire_api"), -1), database_error);
}

TEST_F(endpoint_tables_test, TheListSumsUpWhatCallbacksSay) {
    endpoint_state said;
    said.name = one;
    said.breaker = "closed";
    said.queued = 3;
    said.in_flight = 1;
    said.tries = 10;
    said.succeeded = 9;
    said.latency = 40ms;
    note_endpoint_states(db(), epoch_, {&said, 1});
    said.breaker = "open";
    note_endpoint_states(db(), other_, {&said, 1});
    note(failed(two, 4));
    const auto all = list_endpoints(db(), "acme", 15s);
    ASSERT_EQ(all.size(), 2U);
    ASSERT_TRUE(all[0].live);
    EXPECT_EQ(all[0].live->breaker, "open");
    EXPECT_EQ(all[0].live->queued, 6);
    EXPECT_EQ(all[0].live->succeeded, 18);
    EXPECT_EQ(all[1].failures, 4);
    EXPECT_EQ(all[1].last_error, "HTTP 503");
    EXPECT_TRUE(list_endpoints(db(), "nobody", 15s).empty());
    note_endpoint_states(db(), epoch_, {});
    EXPECT_EQ(count("endpoint_state"), 1) << "what isn't said any more is gone";
    const auto reader = another("pinwire_reader");
    EXPECT_EQ(list_endpoints(*reader, "", 15s).size(), 2U);
    EXPECT_EQ(backlog_of(*reader, one).fresh, 0);
}

TEST_F(endpoint_tables_test, ALookPassesOverWhoIsFullAndSaysWhereItEnded) {
    for (int i = 0; i < 20; ++i)
        insert_report("full" + std::to_string(i), "https://one.example/hook");
    insert_report("quiet", "https://two.example/hook");
    endpoint_choice but;
    but.but_accounts = {"acme"};
    but.but_origins = {one.origin};
    const auto end = report_look_end(db(), 0, 10);
    ASSERT_TRUE(end);
    EXPECT_TRUE(take_reports(db(), epoch_, 0, 200, 60s, but, *end).empty()) << "bounded";
    EXPECT_FALSE(report_look_end(db(), *end, 200));
    const auto rest = take_reports(db(), epoch_, *end, 200, 60s, but);
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].url, "https://two.example/hook");
    EXPECT_EQ(take_reports(db(), epoch_, 0, 200, 60s).size(), 20U) << "they were left alone";
}

TEST_F(endpoint_tables_test, RetriesArePassedOverLikewiseAndBatchesComeWhole) {
    for (int i = 0; i < 20; ++i)
        insert_retry("full" + std::to_string(i), "https://one.example/hook", "");
    for (int i = 0; i < 30; ++i)
        insert_retry("batch" + std::to_string(i), "https://two.example/hook", "msg_b");
    endpoint_choice but;
    but.but_accounts = {"acme"};
    but.but_origins = {one.origin};
    EXPECT_EQ(take_retries(db(), epoch_, 5, 60s, but).size(), 30U) << "all members or none";
    const auto first = retry_look_end(db(), {}, 10);
    ASSERT_TRUE(first.due_at);
    EXPECT_FALSE(retry_look_end(db(), first, 200).due_at);
    const auto upto = take_retries(db(), epoch_, 200, 60s, {}, {}, first);
    const auto behind = take_retries(db(), epoch_, 200, 60s, {}, first);
    EXPECT_EQ(upto.size() + behind.size(), 20U) << "each in one of the two looks";
}

TEST_F(endpoint_tables_test, OnlyOfADisabledEndpointReportsAreGivenUpForIt) {
    insert_report("off", "https://one.example/hook");
    insert_report("on", "https://two.example/hook");
    insert_retry("off again", "https://one.example/hook", "");
    insert_retry("on again", "https://two.example/hook", "");
    disable_endpoint(db(), epoch_, one, "410");
    const auto fresh = take_reports(db(), epoch_, 0, 10, 60s);
    const auto tried = take_retries(db(), epoch_, 10, 60s);
    ASSERT_EQ(fresh.size() + tried.size(), 4U);
    std::vector<report_result> results(4);
    for (std::size_t i = 0; i < 4; ++i) {
        results[i].id = i < 2 ? fresh[i].id : tried[i - 2].report.id;
        results[i].outcome = report_outcome::disabled;
        results[i].reason = "endpoint_disabled";
    }
    complete_reports(db(), epoch_, results);
    EXPECT_EQ(count("report_dead where url like 'https://one%' and tries <= 1"), 2);
    EXPECT_EQ(count("report_dead"), 2);
    EXPECT_EQ(count("report where url like 'https://two%' and lease_until is null"), 1);
    EXPECT_EQ(count("report_retry where url like 'https://two%' and lease_until is null"), 1);
}

// Enabling comes behind whoever gives up for the disabling, so that it finds all of it.
TEST_F(endpoint_tables_test, EnablingWaitsForWhoIsGivingUp) {
    insert_report("off", "https://one.example/hook");
    disable_endpoint(db(), epoch_, one, "410");
    report_result result;
    result.id = take_reports(db(), epoch_, 0, 10, 60s).at(0).id;
    result.outcome = report_outcome::disabled;
    const auto other = another();
    other->query("begin");
    complete_reports(*other, epoch_, {&result, 1});
    db().query("set lock_timeout = '100ms'");
    EXPECT_THROW(enable_endpoint(db(), one, "ann"), database_error) << "not before it";
    other->query("commit");
    EXPECT_TRUE(enable_endpoint(db(), one, "ann"));
    EXPECT_EQ(count("report_dead"), 1);
}

TEST_F(endpoint_tables_test, AReportTakenOverNamesWhoDiedWithIt) {
    insert_report("a", "https://one.example/hook");
    EXPECT_FALSE(take_reports(db(), other_, 0, 10, 60s).at(0).lease_owner) << "nobody had it";
    db().query("update report set lease_until = clock_timestamp() - interval '1 s'");
    EXPECT_EQ(take_reports(db(), epoch_, 0, 10, 60s).at(0).lease_owner, other_);
}

TEST_F(endpoint_tables_test, ALookSaysWhomItPassedOverAndWhere) {
    insert_report("a", "https://two.example/hook");
    for (int i = 0; i < 3; ++i)
        insert_report("b" + std::to_string(i), "https://one.example/hook");
    insert_retry("c", "https://one.example/hook", "");
    endpoint_choice but;
    but.but_accounts = {"acme", "acme"};
    but.but_origins = {one.origin, "https://three.example:443"};
    const auto passed = passed_reports(db(), 0, 1000, but);
    ASSERT_EQ(passed.size(), 1U);
    EXPECT_EQ(passed[0].origin, one.origin);
    endpoint_choice only;
    only.only_account = "acme";
    only.only_origin = one.origin;
    EXPECT_EQ(take_reports(db(), epoch_, passed[0].behind, 200, 60s, only).size(), 3U);
    EXPECT_TRUE(passed_reports(db(), 0, 1000, but).empty()) << "they are somebody's now";
    const auto retries = passed_retries(db(), {}, {}, but);
    ASSERT_EQ(retries.size(), 1U);
    EXPECT_EQ(take_retries(db(), epoch_, 200, 60s, only, retries[0].behind).size(), 1U);
}

}  // namespace
}  // namespace pinwire::postgres::test
