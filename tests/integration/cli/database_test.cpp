// Commands against a real PostgreSQL: migrate and status.
#include "common/postgres/claims.hpp"
#include "common/postgres/session.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

class CliDatabase : public cli_test {
protected:
    // A job as the worker leaves it after its claim.
    message_id claim_job(const std::string& id) {
        postgres::connection_settings settings;
        settings.conninfo = database().conninfo();
        postgres::session session(settings);
        const auto now = std::chrono::system_clock::now();
        postgres::claim_request request;
        request.id = message_id(fresh(1));
        request.account = account_name("acme");
        request.job = job_id(id);
        request.claim = claim_id(fresh(2));
        request.to = *msisdn::parse("34600000001");
        request.spec = "{}";
        request.reference = "a reference";
        request.requested_at = now;
        request.send_by = now + 1h;
        postgres::attempt_request attempt;
        attempt.id = attempt_id(fresh(3));
        attempt.route = route_name("all");
        attempt.carrier = carrier_name("alpha");
        attempt.next_at = now + 30s;
        attempt.deadline = now + 2h;
        request.attempt = attempt;
        postgres::claim(session, epoch_id(fresh(4)), {&request, 1});
        return request.id;
    }

    static std::array<std::uint8_t, 16> fresh(std::uint8_t last) {
        std::array<std::uint8_t, 16> bytes{};
        bytes[0] = 1;
        bytes[15] = last;
        return bytes;
    }
};

TEST_F(CliDatabase, MigratesOnceAndSaysWhatItDid) {
    database();
    const auto first = run({"migrate", "--json"});
    ASSERT_EQ(first.code, 0) << first.err;
    EXPECT_EQ(first.json()["applied"].size(), first.json()["version"].get<std::size_t>());
    const auto again = run({"migrate"});
    EXPECT_EQ(again.code, 0);
    EXPECT_NE(again.out.find("was up to date"), std::string::npos) << again.out;
}

TEST_F(CliDatabase, RefusesMigrationsThatChangedAndFoldersWithoutAny) {
    database();
    const auto folder = directory_ / "sql";
    std::filesystem::create_directory(folder);
    write("sql/001_first.sql", "create table first (a int);");
    ASSERT_EQ(run({"migrate", "--sql", folder.string()}).code, 0);
    write("sql/001_first.sql", "create table first (b int);");
    const auto changed = run({"migrate", "--sql", folder.string()});
    EXPECT_EQ(changed.code, 1);
    EXPECT_NE(changed.err.find("001_first.sql"), std::string::npos) << changed.err;
    EXPECT_EQ(run({"migrate", "--sql", (directory_ / "none").string()}).code, 2);
}

TEST_F(CliDatabase, NamesWhoKeepsAMigrationFromItsTable) {
    database();
    const auto folder = directory_ / "sql";
    std::filesystem::create_directory(folder);
    write("sql/001_first.sql", "create table first (a int);");
    ASSERT_EQ(run({"migrate", "--sql", folder.string()}).code, 0);
    write("sql/002_second.sql", "alter table first add b int;");
    postgres::connection_settings settings;
    settings.conninfo = database().conninfo();
    settings.application_name = "forgotten";
    settings.idle_in_transaction_timeout = 0ms;
    postgres::session stranger(settings);
    stranger.query("begin");
    stranger.query("select a from first");
    const auto refused = run({"migrate", "--sql", folder.string(), "--wait", "0"});
    EXPECT_EQ(refused.code, 1);
    const auto pid = "pid " + std::to_string(stranger.backend_pid());
    for (const auto& what : {std::string("002_second.sql"), pid, std::string("forgotten")})
        EXPECT_NE(refused.err.find(what), std::string::npos) << refused.err;
    stranger.query("rollback");
    EXPECT_EQ(run({"migrate", "--sql", folder.string(), "--wait", "0"}).code, 0);
}

TEST_F(CliDatabase, MigratesWithoutAConfigurationWhenItIsToldWhere) {
    const auto done = run_bare({"migrate", "--conninfo", database().conninfo()});
    EXPECT_EQ(done.code, 0) << done.err;
}

TEST_F(CliDatabase, TellsAJobsStoryWithTheNumberMasked) {
    migrate();
    const auto id = claim_job("j1");
    const auto told = run({"status", "j1", "--account", "acme"});
    ASSERT_EQ(told.code, 0) << told.err;
    EXPECT_NE(told.out.find("j1 of acme"), std::string::npos) << told.out;
    EXPECT_NE(told.out.find("waiting"), std::string::npos) << told.out;
    EXPECT_NE(told.out.find("next: to be sent on "), std::string::npos) << told.out;
    EXPECT_EQ(told.out.find("34600000001"), std::string::npos) << told.out;
    EXPECT_NE(run({"status", "j1", "--unmask"}).out.find("34600000001"), std::string::npos);
    const auto as_json = run({"status", id.hex(), "--json"}).json();
    EXPECT_EQ(as_json["job_id"], "j1");
    EXPECT_EQ(as_json["attempt_list"][0]["carrier"], "alpha");
    EXPECT_EQ(as_json["due"]["what"], "waiting");
    EXPECT_TRUE(as_json["final_at"].is_null());
    // what a carrier has isn't told as if it would be sent again
    sql("update due set what = 4");
    sql("update attempt set state = 4");
    const auto sent = run({"status", "j1"});
    EXPECT_NE(sent.out.find("next: was sent on "), std::string::npos) << sent.out;
    EXPECT_NE(sent.out.find("a report is awaited"), std::string::npos) << sent.out;
}

TEST_F(CliDatabase, ShowsAReportAsItCameWithTheNumberMasked) {
    migrate();
    claim_job("j1");
    sql("insert into dlr_history (intake_at, attempt, carrier, status, raw_status, raw)"
        " select now(), id, 'alpha', 8, 'DELIVERED', '{\"to\":\"34600000001\",\"id\":\"X7\"}'"
        " from attempt");
    const auto told = run({"status", "j1"});
    EXPECT_NE(told.out.find("\"id\":\"X7\""), std::string::npos) << told.out;
    EXPECT_EQ(told.out.find("34600000001"), std::string::npos) << told.out;
    EXPECT_NE(
        run({"status", "j1", "--unmask"}).out.find("\"to\":\"34600000001\""), std::string::npos
    );
    const auto raw = run({"status", "j1", "--json"}).json()["dlrs"][0]["raw"].get<std::string>();
    EXPECT_NE(raw.find("X7"), std::string::npos) << raw;
    EXPECT_EQ(raw.find("34600000001"), std::string::npos) << raw;
}

TEST_F(CliDatabase, ListsWhatIsParkedAndWhy) {
    migrate();
    const auto reader = database().conninfo("pinwire_reader");
    const auto none = run({"parked", "--conninfo", reader});
    EXPECT_EQ(none.code, 0) << none.err;
    EXPECT_NE(none.out.find("No delivery report"), std::string::npos) << none.out;
    sql("insert into dlr_parked (carrier, entry, why, intake_at, next_at) values"
        " ('alpha', '{\"carrier\":\"alpha\",\"carrier_message_id\":\"X7\",\"to\":\"34600000001\","
        "\"dlr_status\":\"DELIVRD\",\"intake_at\":\"2026-01-01T00:00:00Z\"}', 'no_match',"
        " '2026-01-01', now()), ('beta', '{}', 'ambiguous', '2026-01-02', now())");
    const auto all = run({"parked", "--conninfo", reader});
    EXPECT_EQ(all.code, 0) << all.err;
    for (const char* word : {"alpha", "no_match", "X7", "DELIVRD", "beta", "ambiguous"})
        EXPECT_NE(all.out.find(word), std::string::npos) << word << "\n" << all.out;
    EXPECT_EQ(all.out.find("34600000001"), std::string::npos) << all.out;
    const auto one = run({"parked", "--carrier", "alpha", "--unmask", "--json"}).json();
    EXPECT_EQ(one["carrier_message_id"], "X7");
    EXPECT_EQ(one["to"], "34600000001");
    EXPECT_EQ(one["why"], "no_match");
    EXPECT_EQ(run({"parked", "--carrier", "beta"}).code, 0) << "no longer in the file";
    const auto unknown = run({"parked", "--carrier", "alhpa"});
    EXPECT_EQ(unknown.code, 1);
    EXPECT_NE(unknown.err.find("no carrier alhpa"), std::string::npos) << unknown.err;
}

TEST_F(CliDatabase, TellsStoriesToTheReaderAndSendsOtherRolesThere) {
    migrate();
    claim_job("j1");
    EXPECT_EQ(run({"status", "j1", "--conninfo", database().conninfo("pinwire_reader")}).code, 0);
    const auto refused = run({"status", "j1", "--conninfo", database().conninfo("pinwire_worker")});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("pinwire_reader"), std::string::npos) << refused.err;
}

TEST_F(CliDatabase, SaysThatAJobIsUnknownOrTheSchemaMissing) {
    database();
    const auto bare = run({"status", "j1"});
    EXPECT_EQ(bare.code, 1);
    EXPECT_NE(bare.err.find("pinwire migrate"), std::string::npos) << bare.err;
    migrate();
    EXPECT_EQ(run({"status", "j1"}).code, 1);
    claim_job("j1");
    EXPECT_EQ(run({"status", "j1", "--account", "other"}).code, 1);
}

}  // namespace
}  // namespace pinwire::cli
