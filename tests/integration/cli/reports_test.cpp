// `pinwire reports`: what is kept is listed and shown masked; a replay is a dry run until told.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "common/postgres/session.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

namespace pinwire::cli {
namespace {

constexpr auto number = "34600000001";

class CliReports : public cli_test {
protected:
    void SetUp() override { migrate(); }

    // A finished job with a report that was given up `ago`.
    void dead(int n, const std::string& url, const std::string& ago = "1 hour") {
        sql(fmt::format(
            R"(set search_path = pinwire;
            insert into job (id, account, job_id, claim_id, content_hash, channel, msisdn, spec,
                             report_url, report_format, report_refusal, requested_at, send_by,
                             sms_status, dlr_status, sent_at, final_at, sender, reference)
            values (uuid_in(md5('{0}')::cstring), 'acme', 'job-{0}', gen_random_uuid(), '\x00', 0,
                    '{1}', '{{}}', '{2}', 2, true, now(), now(), 2, 8, now(), now(), 'ACME', 'ref');
            insert into report_dead (id, job, kind, account, url, format, payload, created_at,
                                     tries, reason, died_at)
            select report_id_of(j.id, 1::smallint), j.id, 1, j.account, j.report_url, 2,
                   report_payload(j), now(), 9, 'HTTP 500', now() - interval '{3}'
              from job j where j.job_id = 'job-{0}';
            insert into report_try (at, report, job, status, latency_ms, error, answer)
            select now(), report_id_of(j.id, 1::smallint), j.id, 500, 12, 'HTTP 500', 'out of order'
              from job j where j.job_id = 'job-{0}';)",
            n,
            number,
            url,
            ago
        ));
    }
    std::string value(const std::string& query) {
        postgres::connection_settings settings;
        settings.conninfo = database().conninfo();
        return postgres::session(settings).query(query).one().text(0);
    }
};

TEST_F(CliReports, AreListedByStateEndpointAndTime) {
    dead(1, "https://one.example/a");
    dead(2, "https://two.example/b");
    dead(3, "https://one.example/a", "3 days");
    const auto listed = run({"reports", "list"});
    EXPECT_EQ(listed.code, 0) << listed.err;
    EXPECT_NE(listed.out.find("https://one.example:443"), std::string::npos) << listed.out;
    const auto one = run(
        {"reports",
         "list",
         "--endpoint",
         "https://one.example/else",
         "--since",
         "4d",
         "--until",
         "2d",
         "--json"}
    );
    const auto found = one.json();
    EXPECT_EQ(found["state"], "dead");
    EXPECT_EQ(found["note"], "HTTP 500");
    EXPECT_EQ(found["tries"], 9);
    EXPECT_EQ(run({"reports", "list", "--state", "delivered"}).out, "none\n");
    EXPECT_EQ(run({"reports", "list", "--since", "when"}).code, 2);
    EXPECT_EQ(run({"reports", "list", "--endpoint", "nowhere"}).code, 2);
}

TEST_F(CliReports, AllIsAlsoWhatWaitsInOrderOfTime) {
    dead(1, "https://one.example/a");
    dead(2, "https://one.example/a", "2 hours");
    const auto second = value("select id::text from pinwire.job where job_id = 'job-2'");
    EXPECT_EQ(run({"reports", "replay", second, "--yes"}).code, 0);
    sql("update pinwire.report_retry set created_at = now() - interval '3 hours'");
    const auto states = [this](const std::string& limit) {
        std::vector<std::string> made;
        std::istringstream lines(
            run({"reports", "list", "--state", "all", "--limit", limit, "--json"}).out
        );
        for (std::string line; std::getline(lines, line);)
            made.push_back(nlohmann::json::parse(line)["state"].get<std::string>());
        return made;
    };
    EXPECT_EQ(states("10"), (std::vector<std::string>{"waiting", "dead"}));
    EXPECT_EQ(states("1"), std::vector<std::string>{"waiting"});
}

TEST_F(CliReports, OneIsShownWithItsTriesAndTheNumberMasked) {
    dead(1, "https://one.example/a");
    const auto message = value("select id::text from pinwire.job");
    const auto shown = run({"reports", "show", message});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(shown.out.find("pin.delivered"), std::string::npos) << shown.out;
    EXPECT_NE(shown.out.find("out of order"), std::string::npos) << shown.out;
    EXPECT_EQ(shown.out.find(number), std::string::npos) << shown.out;
    const auto whole = run({"reports", "show", message, "--unmask", "--json"}).json();
    EXPECT_EQ(whole["body"]["data"]["to"], number);
    EXPECT_EQ(whole["tried"][0]["status"], 500);
    const auto id = whole["report"].get<std::string>();
    EXPECT_EQ(run({"reports", "show", id}).code, 0) << "by its own id, too";
    EXPECT_EQ(run({"reports", "show", std::string(32, 'a')}).code, 1);
    EXPECT_EQ(run({"reports", "show", "job-1"}).code, 2);
}

TEST_F(CliReports, AReplayIsADryRunUntilYesIsSaid) {
    for (int i = 1; i <= 5; ++i)
        dead(i, i < 4 ? "https://one.example/a" : "https://two.example/b");
    const auto dry = run({"reports", "replay", "--endpoint", "https://one.example", "--rate", "2"});
    EXPECT_EQ(dry.code, 0) << dry.err;
    EXPECT_NE(dry.out.find("3 reports, 2 a second: 2 s. Nothing was done"), std::string::npos)
        << dry.out;
    EXPECT_EQ(value("select count(*) from pinwire.report_dead"), "5");
    EXPECT_EQ(value("select count(*) from pinwire.audit"), "0");
    const auto done = run(
        {"reports", "replay", "--endpoint", "https://one.example", "--rate", "2", "--yes", "--json"}
    );
    EXPECT_EQ(done.json()["replayed"], true) << done.err;
    EXPECT_EQ(value("select count(*) from pinwire.report_dead"), "2");
    EXPECT_EQ(value("select count(*) from pinwire.report_retry"), "3");
    EXPECT_EQ(
        value("select (max(due_at) - min(due_at) = interval '1 second')::text from "
              "pinwire.report_retry"),
        "true"
    );
    EXPECT_EQ(value("select after ->> 'reports' from pinwire.audit"), "3");
    const auto nothing = run({"reports", "replay", "--endpoint", "https://one.example", "--yes"});
    EXPECT_EQ(nothing.code, 1) << nothing.out;
}

TEST_F(CliReports, OneIsReplayedByItsId) {
    dead(1, "https://one.example/a", "20 days");
    const auto message = value("select id::text from pinwire.job");
    EXPECT_EQ(run({"reports", "replay", message}).code, 0);
    EXPECT_EQ(value("select count(*) from pinwire.report_retry"), "0");
    EXPECT_EQ(run({"reports", "replay", message, "--yes"}).code, 0);
    EXPECT_EQ(value("select count(*) from pinwire.report_retry"), "1");
    const auto again = run({"reports", "replay", message, "--yes"});
    EXPECT_EQ(again.code, 1);
    EXPECT_NE(again.err.find("waits already"), std::string::npos) << again.err;
}

}  // namespace
}  // namespace pinwire::cli
