// `pinwire endpoints`, as an operator uses it.
#include "common/postgres/endpoints.hpp"

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
