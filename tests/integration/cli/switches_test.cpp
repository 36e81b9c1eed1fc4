// suspend, resume, suspended, and the pauses of routes and providers, as an operator does it.
#include "common/postgres/switches.hpp"

#include "tests/integration/cli/cli_fixture.hpp"

namespace pinwire::cli {
namespace {

class CliSwitches : public cli_test {
protected:
    void SetUp() override { migrate(); }
};

TEST_F(CliSwitches, SuspendListResume) {
    EXPECT_EQ(run({"suspended"}).out, "nothing is suspended\n");
    const auto done = run({"suspend", "country", "+34", "--reason", "pumping", "--for", "24h"});
    EXPECT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.out, "country 34: suspended\n");
    const auto nowhere = run({"suspend", "country", "999", "--reason", "pumping"});
    EXPECT_EQ(nowhere.code, 1);
    EXPECT_NE(nowhere.err.find("no country 999"), std::string::npos) << nowhere.err;
    EXPECT_EQ(run({"suspend", "number", "+34 600 000 001", "--reason", "abuse"}).code, 0);
    EXPECT_EQ(run({"suspend", "account", "acme", "--reason", "unpaid"}).code, 0) << "of the file";
    const auto list = run({"suspended"});
    EXPECT_NE(list.out.find("pumping"), std::string::npos) << list.out;
    EXPECT_EQ(list.out.find("34600000001"), std::string::npos) << list.out;
    EXPECT_NE(run({"suspended", "--unmask"}).out.find("34600000001"), std::string::npos);
    const auto again = run({"suspend", "country", "34", "--reason", "still"});
    EXPECT_EQ(again.code, 0);
    EXPECT_NE(again.out.find("new reason"), std::string::npos) << again.out;
    EXPECT_EQ(run({"resume", "number", "34600000001"}).code, 0);
    EXPECT_EQ(run({"resume", "number", "34600000001"}).code, 1) << "it isn't suspended any more";
    EXPECT_EQ(run({"resume", "account", "acme"}).code, 0);
    const auto left = run({"suspended", "--json"}).json();
    EXPECT_EQ(left["kind"], "country");
    EXPECT_EQ(left["name"], "34");
    EXPECT_EQ(left["reason"], "still");
    EXPECT_TRUE(left["expires_at"].is_null()) << "the new one has no end";
    const auto trail = run({"audit"});
    EXPECT_NE(trail.out.find("suspend"), std::string::npos);
    EXPECT_EQ(trail.out.find("34600000001"), std::string::npos) << trail.out;
}

TEST_F(CliSwitches, RoutesAndProvidersArePausedByTheSameSwitches) {
    const auto route = run({"routes", "pause", "all"});
    EXPECT_EQ(route.code, 0) << route.err;
    EXPECT_EQ(route.out, "route all: suspended\n");
    EXPECT_EQ(run({"suspended", "--json"}).json()["reason"], "paused");
    EXPECT_EQ(run({"resume", "route", "all"}).code, 0);
    EXPECT_EQ(run({"routes", "pause", "al"}).code, 1) << "no such route";
    EXPECT_EQ(run({"routes", "resume", "all"}).code, 1) << "it isn't paused";
    EXPECT_EQ(run({"providers", "pause", "nobody"}).code, 1);
}

TEST_F(CliSwitches, WhatIsNothingIsRefusedBeforeAnythingIsDone) {
    const std::vector<std::vector<std::string>> wrong = {
        {"suspend", "carrier", "x", "--reason", "r"},
        {"suspend", "country", "es", "--reason", "r"},
        {"suspend", "prefix", "0034", "--reason", "r"},
        {"suspend", "number", "12", "--reason", "r"},
        {"suspend", "country", "34"},
        {"suspend", "country", "34", "--reason", ""},
        {"suspend", "country", "34", "--reason", "r", "--for", "soon"}};
    for (const auto& one : wrong)
        EXPECT_EQ(run(one).code, 2) << one[1] << " " << one[2];
    EXPECT_EQ(run({"suspend", "account", "nobody", "--reason", "r"}).code, 1);
    EXPECT_EQ(run({"suspend", "key", "0123456789ab", "--reason", "r"}).code, 1);
    EXPECT_EQ(run({"suspended"}).out, "nothing is suspended\n");
}

TEST_F(CliSwitches, AKeyIsSuspendedByTheNameThatListsShow) {
    run({"accounts", "import"});
    ASSERT_EQ(run({"keys", "add", "acme"}).code, 0);
    const auto key = run({"keys", "list", "acme", "--json"}).json()["key"].get<std::string>();
    EXPECT_EQ(run({"suspend", "key", key, "--reason", "leaked"}).code, 0);
    const auto trail = run({"audit", "--account", "acme", "--limit", "1", "--json"}).json();
    EXPECT_EQ(trail["what"], "suspend");
    EXPECT_EQ(trail["after"]["name"], key);
}

}  // namespace
}  // namespace pinwire::cli
