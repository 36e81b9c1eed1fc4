// Accounts, their keys and numbers, and what the support desk asks, as an operator does it.
#include "common/postgres/accounts.hpp"
#include "common/core/hmac.hpp"
#include "common/core/key_ring.hpp"
#include "common/postgres/claims.hpp"
#include "common/postgres/session.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/child_process.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto number = "34600000001";

class CliAccounts : public cli_test {
protected:
    void SetUp() override { migrate(); }

    postgres::session session() {
        postgres::connection_settings settings;
        settings.conninfo = database().conninfo();
        return postgres::session(settings);
    }
    postgres::account_tables tables() {
        auto on = session();
        return *postgres::read_accounts(on, -1, true);
    }
    key_ring ring() const { return key_ring::parse(test::read_file(directory_ / "ring")); }
    std::string value(const std::string& text) {
        auto on = session();
        const auto rows = on.query(text);
        return rows.one().is_null(0) ? "null" : rows.one().text(0);
    }

    static std::array<std::uint8_t, 16> fresh(std::uint8_t last) {
        std::array<std::uint8_t, 16> bytes{};
        bytes[0] = 1;
        bytes[15] = last;
        return bytes;
    }
    void claim_job(const std::string& id, std::uint8_t seed) {
        auto on = session();
        const auto now = std::chrono::system_clock::now();
        postgres::claim_request request;
        request.id = message_id(fresh(seed));
        request.account = account_name("acme");
        request.job = job_id(id);
        request.claim = claim_id(fresh(static_cast<std::uint8_t>(seed + 50)));
        request.to = *msisdn::parse(number);
        request.spec = "{}";
        request.requested_at = now;
        request.send_by = now + 1h;
        postgres::attempt_request attempt;
        attempt.id = attempt_id(fresh(static_cast<std::uint8_t>(seed + 100)));
        attempt.route = route_name("all");
        attempt.carrier = carrier_name("alpha");
        attempt.next_at = now + 30s;
        attempt.deadline = now + 2h;
        request.attempt = attempt;
        postgres::claim(on, epoch_id(fresh(9)), {&request, 1});
    }
};

TEST_F(CliAccounts, ImportTakesTheFilesAccountsOverOnceAndKeepsWhatStandsThere) {
    const auto clear = std::string("whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=");
    write("hook", clear + "\n");
    write_config(replaced(
        config(),
        "[accounts.acme]",
        "[accounts.acme]\nallow_http = true\ndefault_sender = \"Acme\"\n"
        "webhook_secret_files = [\"hook\"]\n[accounts.blue]"
    ));
    const auto done = run({"accounts", "import"});
    ASSERT_EQ(done.code, 0) << done.err;
    const auto all = tables().accounts;
    ASSERT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[0].allow_http);
    EXPECT_EQ(all[0].default_sender, "Acme");
    const auto opened =
        ring().unseal(all[0].webhook_secrets.at(0), postgres::secret_context(account_name("acme")));
    EXPECT_EQ(opened->reveal(), "01234567890123456789012345678901");
    EXPECT_EQ(run({"accounts", "set", "acme", "--allow-http", "false"}).code, 0);
    EXPECT_NE(run({"accounts", "import"}).out.find("left as it is"), std::string::npos);
    EXPECT_FALSE(tables().accounts[0].allow_http);
}

TEST_F(CliAccounts, ListShowsBothKindsAndShowAllSettings) {
    EXPECT_EQ(run({"accounts", "add", "blue", "--per-number", "3/1d", "--strict", "true"}).code, 0);
    const auto list = run({"accounts", "list"});
    EXPECT_NE(list.out.find("blue     tables"), std::string::npos) << list.out;
    EXPECT_NE(list.out.find("acme     file"), std::string::npos) << list.out;
    const auto shown = run({"accounts", "show", "blue", "--json"}).json();
    EXPECT_EQ(shown["per_number"], "3/1d");
    EXPECT_EQ(shown["strict"], true);
    EXPECT_EQ(shown["webhook_secrets"], 0);
    EXPECT_EQ(run({"accounts", "show", "acme"}).code, 1);
    EXPECT_EQ(run({"accounts", "add", "blue"}).code, 1);
}

TEST_F(CliAccounts, WrongValuesAreRefusedBeforeAnythingIsDone) {
    run({"accounts", "add", "blue"});
    const std::vector<std::pair<std::string, std::string>> wrong = {
        {"--allow-http", "yes"},
        {"--callers", "10.0.0.0/33"},
        {"--ports", "0"},
        {"--time-zone", "Madrid"},
        {"--default-sender", "much too long a name"},
        {"--text-360nrs", "no placeholder"},
        {"--text-360nrs", "{PIN}\x1b"},
        {"--text-infobip", "{{pin}}" + std::string(1594, 'x')},
        {"--blocked-prefixes", "34,x"},
        {"--per-number", "ten"},
        {"--idempotency-window", "2d"},
        {"--keep-jobs", "1h"},
        {"--report-events", "some"}};
    for (const auto& [flag, text] : wrong) {
        const auto refused = run({"accounts", "set", "blue", flag, text});
        EXPECT_EQ(refused.code, 2) << flag;
        EXPECT_NE(refused.err.find(flag), std::string::npos) << refused.err;
    }
    EXPECT_EQ(
        run({"accounts", "set", "blue", "--senders", "A,B", "--default-sender", "C"}).code, 2
    );
    EXPECT_EQ(run({"accounts", "set", "blue"}).code, 2);
    EXPECT_EQ(run({"accounts", "add", "not a name"}).code, 2);
    EXPECT_EQ(value("select count(*) from audit"), "1");
}

TEST_F(CliAccounts, AnEmptyTextClearsTheIdempotencyWindow) {
    run({"accounts", "add", "blue", "--idempotency-window", "30s"});
    EXPECT_EQ(tables().accounts[0].idempotency_window, 30s);
    const auto cleared = run({"accounts", "set", "blue", "--idempotency-window", ""});
    EXPECT_EQ(cleared.code, 0) << cleared.err;
    EXPECT_EQ(tables().accounts[0].idempotency_window, 0s);
}

TEST_F(CliAccounts, UnlockForgetsTheFailuresOfOneNumber) {
    value(
        "with i as (insert into guess_failures (account, msisdn, failures, last_at, idle_day) "
        "values"
        " ('acme', '34600000001', 100, now(), current_date + 2),"
        " ('acme', '34600000002', 7, now(), current_date + 2) returning 1) select count(*) from i"
    );
    const auto done = run({"accounts", "unlock", "acme", "+34600000001"});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_NE(done.out.find("100 failures"), std::string::npos) << done.out;
    EXPECT_EQ(done.out.find(number), std::string::npos) << "masked";
    EXPECT_EQ(
        value("select string_agg(failures::text, ' ' order by msisdn) from guess_failures"), "0 7"
    );
    EXPECT_EQ(value("select count(*) from audit where what = 'account unlock'"), "1");
    EXPECT_EQ(value("select count(*) from audit where before::text like '%34600000001%'"), "0");
    EXPECT_EQ(run({"accounts", "unlock", "acme", number}).code, 1) << "nothing left to forget";
    EXPECT_EQ(run({"accounts", "unlock", "acme", "12"}).code, 2);
}

TEST_F(CliAccounts, AKeyIsShownOnceAndOnlyItsDigestIsKept) {
    EXPECT_EQ(run({"keys", "add", "acme"}).code, 1) << "the file's account isn't in the tables";
    run({"accounts", "import"});
    const auto made = run({"keys", "add", "acme", "--label", "site", "--json"}).json();
    const auto clear = made["secret"].get<std::string>();
    EXPECT_TRUE(clear.starts_with("pw_"));
    EXPECT_EQ(clear.size(), 3U + 43U);
    EXPECT_EQ(tables().keys.at(0).digest, sha256(clear));
    const auto list = run({"keys", "list", "acme"});
    EXPECT_EQ(list.out.find(clear), std::string::npos);
    EXPECT_NE(list.out.find("site"), std::string::npos) << list.out;
    EXPECT_EQ(run({"keys", "add", "acme", "--expires-in", "90d"}).code, 0);
    EXPECT_EQ(run({"keys", "add", "acme"}).code, 1) << "two are live";
    EXPECT_EQ(run({"keys", "revoke", "acme", made["key"].get<std::string>()}).code, 0);
    EXPECT_EQ(run({"keys", "revoke", "acme", made["key"].get<std::string>()}).code, 1);
    EXPECT_EQ(run({"keys", "add", "acme"}).code, 0);
}

TEST_F(CliAccounts, CreditMovesBothWaysAndSuspensionStands) {
    run({"accounts", "import"});
    EXPECT_EQ(
        run({"accounts", "credit", "acme", "+12.50", "--json"}).json()["credit_micros"], 12'500'000
    );
    EXPECT_EQ(
        run({"accounts", "credit", "acme", "-2.5", "--json"}).json()["credit_micros"], 10'000'000
    );
    const auto below = run({"accounts", "credit", "acme", "-11"});
    EXPECT_EQ(below.code, 1);
    EXPECT_NE(below.err.find("below zero"), std::string::npos) << below.err;
    EXPECT_EQ(run({"accounts", "credit", "acme", "5"}).code, 2) << "without a sign";
    EXPECT_EQ(run({"accounts", "suspend", "acme"}).code, 0);
    EXPECT_TRUE(tables().accounts.at(0).suspended);
    EXPECT_EQ(run({"accounts", "resume", "acme"}).code, 0);
    EXPECT_FALSE(tables().accounts.at(0).suspended);
    EXPECT_EQ(run({"accounts", "suspend", "nobody"}).code, 1);
}

TEST_F(CliAccounts, ATestNumbersPinIsSealed) {
    run({"accounts", "import"});
    const std::vector<std::string> add = {
        "accounts",
        "test-number",
        "add",
        "acme",
        number,
        "--pin-file",
        "-",
        "--outcome",
        "undelivered"};
    const auto added = run(add, "12ab\n");
    ASSERT_EQ(added.code, 0) << added.err;
    const auto row = tables().test_numbers.at(0);
    const auto context = postgres::test_pin_context(row.account, row.number);
    EXPECT_EQ(ring().unseal(row.pin, context)->reveal(), "12AB");
    EXPECT_EQ(run(add, "1\n").code, 2);
    EXPECT_NE(run({"accounts", "test-number", "list", "acme"}).out.find(number), std::string::npos);
    EXPECT_EQ(run({"accounts", "test-number", "remove", "acme", number}).code, 0);
    EXPECT_EQ(run({"accounts", "test-number", "remove", "acme", number}).code, 1);
}

TEST_F(CliAccounts, EveryChangeIsAuditedWithWhoMadeIt) {
    run({"accounts", "add", "blue"});
    run({"accounts", "set", "blue", "--strict", "true"});
    run({"keys", "add", "blue"});
    const auto trail = run({"audit", "--account", "blue"});
    EXPECT_NE(trail.out.find("account set"), std::string::npos) << trail.out;
    EXPECT_NE(trail.out.find("strict: false -> true"), std::string::npos) << trail.out;
    EXPECT_NE(trail.out.find("key add"), std::string::npos) << trail.out;
    EXPECT_EQ(value("select count(*) from audit where who <> ''"), "3");
    const auto reader = database().conninfo("pinwire_reader");
    EXPECT_EQ(run({"audit", "--conninfo", reader}).code, 0);
    const auto refused = run({"accounts", "suspend", "blue", "--conninfo", reader});
    EXPECT_EQ(refused.code, 1);
    EXPECT_NE(refused.err.find("the schema's owner"), std::string::npos) << refused.err;
}

TEST_F(CliAccounts, EnqueueAsksTheTablesForAnAccountThatTheFileHasNot) {
    const std::vector<std::string> job = {"enqueue", "--account", "blue", "--to", number};
    const auto unknown = run(job);
    EXPECT_EQ(unknown.code, 2);
    EXPECT_NE(unknown.err.find("nor in the tables"), std::string::npos) << unknown.err;
    run({"accounts", "add", "blue"});
    EXPECT_EQ(run(job).code, 3) << "known; there is no Kafka here";
    run({"accounts", "suspend", "blue"});
    EXPECT_EQ(run(job).code, 2);
}

TEST_F(CliAccounts, SearchAnswersWhyThereIsNoCode) {
    EXPECT_EQ(run({"search", number}).code, 1);
    EXPECT_EQ(run({"search", "12"}).code, 2);
    claim_job("j1", 1);
    const auto reader = database().conninfo("pinwire_reader");
    const auto found = run({"search", std::string("+") + number, "--conninfo", reader});
    ASSERT_EQ(found.code, 0) << found.err;
    EXPECT_NE(found.out.find("j1 of acme"), std::string::npos) << found.out;
    EXPECT_NE(found.out.find("waits to be sent"), std::string::npos) << found.out;
    EXPECT_EQ(found.out.find(number), std::string::npos) << found.out;
    sql("update pinwire.job set final_at = now(), sms_status = 1, reason = 'no_route'");
    const auto told = run({"search", number, "--json"}).json();
    EXPECT_NE(told["why"].get<std::string>().find("no route"), std::string::npos);
}

TEST_F(CliAccounts, EraseWaitsForWhatIsUnderWayAndSaysWhatItDid) {
    claim_job("j1", 1);
    const auto early = run({"erase", number});
    EXPECT_EQ(early.code, 1);
    EXPECT_NE(early.err.find("nothing was erased"), std::string::npos) << early.err;
    EXPECT_EQ(value("select msisdn from job"), number);
    EXPECT_EQ(run({"erase", number, "--force"}).code, 1) << "one is left";
    sql("update pinwire.job set final_at = now(), sms_status = 2");
    const auto done = run({"erase", number});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_NE(done.out.find("1 jobs"), std::string::npos) << done.out;
    EXPECT_EQ(value("select msisdn from job"), "erased");
    EXPECT_EQ(run({"search", number}).code, 1);
    EXPECT_EQ(
        value(std::string("select count(*) from audit a where a::text like '%") + number + "%'"),
        "0"
    );
}

TEST_F(CliAccounts, UsageSumsByDayAndRoute) {
    claim_job("j1", 1);
    claim_job("j2", 2);
    sql("update pinwire.job set final_at = now(), sms_status = 2;"
        "update pinwire.attempt set state = 4, parts = 2, cost = 40000");
    const std::vector<std::string> ask = {"usage", "--from", "2000-01-01", "--to", "2100-01-01"};
    const auto table = run(ask);
    ASSERT_EQ(table.code, 0) << table.err;
    EXPECT_NE(table.out.find("0.08"), std::string::npos) << table.out;
    auto csv = ask;
    csv.push_back("--csv");
    EXPECT_NE(run(csv).out.find(",acme,all,sms,2,4,0.08\n"), std::string::npos) << run(csv).out;
    EXPECT_EQ(run({"usage", "--from", "yesterday", "--to", "2100-01-01"}).code, 2);
    EXPECT_EQ(run({"usage", "--from", "2100-01-01", "--to", "2000-01-01"}).code, 2);
    EXPECT_EQ(run({"usage", "--from", "2000-01-01", "--to", "2000-01-01"}).code, 2);
}

TEST_F(CliAccounts, ApplicationsAndTemplatesAreShown) {
    sql("insert into pinwire.application values ('acme', 'A1', now(), 'Login', true, 10, true,"
        " '15 min', 1, '3 s', 10000, '1 day', 3, '1 day');"
        "insert into pinwire.message_template (account, id, application, text, pin_type,"
        " pin_length) values ('acme', 'M1', 'A1', 'Code {{pin}}', 0, 4)");
    EXPECT_NE(run({"apps", "list", "acme"}).out.find("Login"), std::string::npos);
    EXPECT_EQ(run({"apps", "show", "acme", "A1", "--json"}).json()["send_per_number"], "3/1d");
    EXPECT_EQ(run({"apps", "show", "acme", "A2"}).code, 1);
    EXPECT_NE(run({"templates", "list", "acme", "A1"}).out.find("{{pin}}"), std::string::npos);
    EXPECT_EQ(run({"apps", "list", "nobody"}).code, 1) << "no empty table for a mistyped name";
    EXPECT_EQ(run({"templates", "list", "acme", "A9"}).code, 1);
    EXPECT_EQ(run({"templates", "show", "acme", "A1", "M1"}).code, 0);
    EXPECT_EQ(run({"templates", "show", "acme", "A1", "M2"}).code, 1);
}

}  // namespace
}  // namespace pinwire::cli
