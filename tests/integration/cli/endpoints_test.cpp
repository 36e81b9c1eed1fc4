// `pinwire endpoints`, as an operator uses it.
#include "common/postgres/endpoints.hpp"

#include <fmt/format.h>

#include <fstream>

#include "tests/integration/cli/cli_fixture.hpp"

namespace pinwire::cli {
namespace {

class CliEndpoints : public cli_test {
protected:
    void SetUp() override { migrate(); }
};

TEST_F(CliEndpoints, AreDisabledShownAndEnabled) {
    EXPECT_EQ(run({"endpoints", "list"}).out, "nothing is known of any endpoint\n");
    EXPECT_EQ(run({"endpoints", "show", "acme", "https://one.example"}).code, 1);
    const auto off =
        run({"endpoints", "disable", "acme", "https://One.example/hook?x", "--reason", "asked for"}
        );
    EXPECT_EQ(off.code, 0) << off.err;
    EXPECT_EQ(off.out, "https://one.example:443 of acme: disabled\n");
    EXPECT_EQ(
        run({"endpoints", "disable", "acme", "https://one.example", "--reason", "r"}).code, 1
    );
    const auto list = run({"endpoints", "list", "--json"}).json();
    EXPECT_EQ(list["state"], "disabled");
    EXPECT_EQ(list["reason"], "asked for");
    const auto shown = run({"endpoints", "show", "acme", "https://one.example"});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(shown.out.find("asked for"), std::string::npos) << shown.out;
    EXPECT_EQ(run({"endpoints", "enable", "acme", "https://one.example"}).code, 0);
    EXPECT_EQ(run({"endpoints", "enable", "acme", "https://one.example"}).code, 1);
    EXPECT_NE(run({"audit"}).out.find("endpoint disable"), std::string::npos);
}

// One letter less, and the endpoint that was meant would go on.
TEST_F(CliEndpoints, OfAnAccountThatIsNotThereAreNeitherDisabledNorSet) {
    const auto off = run({"endpoints", "disable", "acm", "https://one.example", "--reason", "r"});
    EXPECT_EQ(off.code, 1);
    EXPECT_NE(off.err.find("no account acm"), std::string::npos) << off.err;
    EXPECT_EQ(run({"endpoints", "set", "acm", "https://one.example", "--rate", "1"}).code, 1);
    EXPECT_EQ(run({"endpoints", "list"}).out, "nothing is known of any endpoint\n");
    sql("insert into pinwire.endpoint_failing (account, origin, since, failures, last_at, "
        "last_error) values ('gone', 'https://one.example:443', now(), 1, now(), 'HTTP 503')");
    EXPECT_EQ(run({"endpoints", "disable", "gone", "https://one.example", "--reason", "r"}).code, 0)
        << "its account left the file";
}

// As the callbacks note it: who fails, and how each that they have to do with stands.
TEST_F(CliEndpoints, SayHowTheyStand) {
    sql(R"(set search_path = pinwire;
        insert into endpoint_failing (account, origin, since, failures, last_at, last_error)
        values ('acme', 'https://sick.example:443', '2026-01-02T03:04:05Z', 12, now(), 'HTTP 503');
        insert into endpoint_state (epoch, account, origin, breaker, queued, in_flight, tries,
                                    succeeded, latency_ms, last_error)
        values (gen_random_uuid(), 'acme', 'https://well.example:443', 'closed', 3, 2, 10, 9, 40,
                'closed'),
               (gen_random_uuid(), 'acme', 'https://open.example:443', 'open', 0, 0, 10, 0, 5,
                'tls');)");
    const auto of = [this](const std::string& name) {
        return run({"endpoints", "show", "acme", "https://" + name + ".example", "--json"}).json();
    };
    const auto sick = of("sick");
    EXPECT_EQ(sick["state"], "failing");
    EXPECT_EQ(sick["since"], "2026-01-02T03:04:05.000000Z");
    EXPECT_EQ(sick["failures"], 12);
    EXPECT_EQ(sick["last_error"], "HTTP 503");
    const auto well = of("well");
    EXPECT_EQ(well["state"], "active");
    EXPECT_EQ(well["in_flight"], 2);
    EXPECT_EQ(well["queued"], 3);
    EXPECT_EQ(well["success_rate"], 0.9);
    EXPECT_EQ(well["latency_ms"], 40);
    EXPECT_EQ(well["last_error"], "closed");
    const auto open = of("open");
    EXPECT_EQ(open["state"], "failing");
    EXPECT_EQ(open["breaker"], "open");
    const auto list = run({"endpoints", "list", "--account", "acme"}).out;
    for (const auto* word : {"sick.example", "well.example", "open.example", "90.0 %", "HTTP 503"})
        EXPECT_NE(list.find(word), std::string::npos) << word << '\n' << list;
}

// What it missed goes out again in turn; what was given up for another reason stays.
TEST_F(CliEndpoints, EnablingGoesOnWithWhatWasGivenUpMeanwhile) {
    constexpr auto dead = R"(set search_path = pinwire;
        insert into report_dead (id, job, kind, account, url, format, payload, created_at, tries,
                                 reason)
        select report_id_of(j, 1::smallint), j, 1, 'acme', 'https://one.example/hook', 2, '{{}}',
               now(), 1, '{0}'
          from (select uuid_in(md5('{0}' || i)::cstring) as j from generate_series(1, {1}) i) x;)";
    sql(fmt::format(dead, "endpoint_disabled", 7));
    sql(fmt::format(dead, "HTTP 410", 2));
    sql(fmt::format(dead, "HTTP 400", 1));
    run({"endpoints", "disable", "acme", "https://one.example", "--reason", "asked for"});
    const auto on =
        run({"endpoints", "enable", "acme", "https://one.example", "--rate", "3", "--json"});
    EXPECT_EQ(on.code, 0) << on.err;
    EXPECT_EQ(on.json()["done"], "enabled; 9 reports go out again, 3 a second; 1 dead ones stay");
    const auto shown = run({"endpoints", "show", "acme", "https://one.example", "--json"}).json();
    EXPECT_EQ(shown["to_be_tried_again"], 9);
    EXPECT_EQ(shown["dead"], 1);
    run({"endpoints", "disable", "acme", "https://two.example", "--reason", "asked for"});
    const auto left = run({"endpoints", "enable", "acme", "https://two.example", "--leave-dead"});
    EXPECT_NE(left.out.find("enabled; 0 reports go out again"), std::string::npos) << left.out;
}

TEST_F(CliEndpoints, ATestGoesUnderTheAccountsRules) {
    const auto refused = run({"endpoints", "test", "acme", "https://127.0.0.1:9/hook", "--json"});
    EXPECT_EQ(refused.code, 1) << refused.err;
    EXPECT_EQ(refused.json()["taken"], false);
    EXPECT_TRUE(refused.json()["webhook_id"].is_null()) << "nothing was sent";
    EXPECT_EQ(run({"endpoints", "test", "nobody", "https://one.example/hook"}).code, 1);
}

TEST_F(CliEndpoints, SettingsAreCheckedAndSecretsSealed) {
    const auto file = write("key", "s3cret-key");
    const auto done = run(
        {"endpoints",
         "set",
         "acme",
         "https://one.example",
         "--concurrency",
         "3",
         "--rate",
         "2.5",
         "--header",
         "X-Api-Key",
         "--header-file",
         file}
    );
    EXPECT_EQ(done.code, 0) << done.err;
    const auto shown = run({"endpoints", "show", "acme", "https://one.example", "--json"});
    EXPECT_EQ(shown.json()["concurrency"], 3);
    EXPECT_EQ(shown.json()["rate"], 2.5);
    EXPECT_EQ(shown.json()["header"], "X-Api-Key");
    EXPECT_EQ(shown.out.find("s3cret"), std::string::npos);
    EXPECT_EQ(run({"audit", "--json"}).out.find("s3cret"), std::string::npos);
    const std::vector<std::vector<std::string>> wrong = {
        {},
        {"--concurrency", "0"},
        {"--concurrency", "1.5"},
        {"--concurrency", "nan"},
        {"--rate", "-1"},
        {"--rate", "fast"},
        {"--header", "Webhook-Id", "--header-file", file},
        {"--header", "Content-Length", "--header-file", file},
        {"--header", "X-Key"},
        {"--header", "X-Key", "--header-file", file, "--basic-user", "u"},
        {"--header-file", file},
        {"--basic-user", "a:b", "--basic-password-file", file}};
    for (const auto& more : wrong) {
        std::vector<std::string> words{"endpoints", "set", "acme", "https://one.example"};
        words.insert(words.end(), more.begin(), more.end());
        EXPECT_EQ(run(words).code, 2) << (more.empty() ? "" : more.front() + more.back());
    }
    EXPECT_EQ(run({"endpoints", "set", "acme", "one.example", "--rate", "1"}).code, 2);
    const auto basic = run(
        {"endpoints",
         "set",
         "acme",
         "https://one.example",
         "--basic-user",
         "u",
         "--basic-password-file",
         file,
         "--concurrency",
         "",
         "--rate",
         ""}
    );
    EXPECT_EQ(basic.code, 0) << basic.err;
    const auto now = run({"endpoints", "show", "acme", "https://one.example", "--json"}).json();
    EXPECT_TRUE(now["concurrency"].is_null());
    EXPECT_EQ(now["header"], "Authorization");
}

}  // namespace
}  // namespace pinwire::cli
