// `pinwire routes`: how routes stand, and which one a number takes.
#include "cli/route_states.hpp"
#include "tests/integration/cli/cli_fixture.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::json;

postgres::noted_route_state said(const std::string& route, const std::string& state) {
    postgres::noted_route_state made;
    made.what.route = route_name(route);
    made.what.state = state;
    made.what.rate = 10;
    made.what.waiting = 2;
    return made;
}

TEST(RouteSummary, IsWhatMostOfTheWorkersSay) {
    const auto all = summarize(
        {said("a", "ready"), said("a", "unhealthy"), said("a", "unhealthy"), said("b", "paused")}
    );
    const auto& a = all.at(route_name("a"));
    EXPECT_EQ(a.state, "unhealthy");
    EXPECT_EQ(a.rate, 30);
    EXPECT_EQ(a.waiting, 6);
    EXPECT_FALSE(a.healthy());
    EXPECT_TRUE(all.at(route_name("b")).paused);
    EXPECT_TRUE(all.at(route_name("b")).healthy());
}

class routes_command : public cli_test {
protected:
    routes_command() { add_routes(); }
    void add_routes() {
        auto text = config();
        text +=
            "\n[routes.spain]\ncarrier = \"alpha\"\ncountries = [\"34\"]\n"
            "[routes.orange]\ncarrier = \"alpha\"\nnetworks = [\"21403\"]\n"
            "[routes.dear]\ncarrier = \"alpha\"\ncountries = [\"34\"]\npriority = 5\n";
        write_config(text);
    }
    json explained(std::vector<std::string> more) {
        std::vector<std::string> all = {"--json", "routes", "explain", "+34600000001"};
        all.insert(all.end(), more.begin(), more.end());
        const auto got = run(all);
        EXPECT_EQ(got.code, 0) << got.err;
        return got.json();
    }
    static json of_route(const json& told, const std::string& name) {
        for (const auto& one : told.at("routes"))
            if (one.at("route") == name) return one;
        return nullptr;
    }
};

TEST_F(routes_command, ExplainsWithoutADatabase) {
    const auto told = explained({"--all-well"});
    EXPECT_EQ(told["number"].get<std::string>().find("600000"), std::string::npos);
    EXPECT_EQ(told["country"], "ES");
    EXPECT_EQ(told["states_known"], false);
    EXPECT_EQ(told["routes"][0]["route"], "spain");
    EXPECT_EQ(told["routes"][0]["share"], 1);
    EXPECT_EQ(of_route(told, "dear")["standing"], "priority");
    EXPECT_EQ(of_route(told, "orange")["standing"], "other_network");
    const auto ported = explained({"--all-well", "--network", "21403"});
    EXPECT_EQ(ported["routes"][0]["route"], "orange");
    EXPECT_EQ(of_route(ported, "spain")["standing"], "less_network");
}

TEST_F(routes_command, TellsPeopleInWords) {
    const auto got = run({"routes", "explain", "+34600000001", "--all-well"});
    EXPECT_EQ(got.code, 0);
    EXPECT_NE(got.out.find("another route has a lower priority number"), std::string::npos);
    EXPECT_NE(got.out.find("100 %"), std::string::npos);
    EXPECT_EQ(got.out.find("600000001"), std::string::npos);
    EXPECT_EQ(run({"routes", "explain", "hello", "--all-well"}).code, 2);
    EXPECT_EQ(run({"routes", "explain", "+34600000001", "--channel", "fax"}).code, 2);
    EXPECT_EQ(
        run({"routes", "explain", "+34600000001", "--channel", "voice", "--all-well"}).code, 1
    );
}

TEST_F(routes_command, KnowHowTheWorkersFindTheRoutes) {
    migrate();
    add_routes();
    sql("insert into pinwire.process (epoch, program, instance, host) values"
        " ('00000000000000000000000000000001', 'worker', 'i', 'somewhere')");
    sql("insert into pinwire.route_state"
        " (epoch, route, state, reason, rate, errors, waiting, under_way) values"
        " ('00000000000000000000000000000001', 'spain', 'unhealthy', 'failures_in_row',"
        " 12.5, 1, 3, 0)");
    const auto told = explained({});
    EXPECT_EQ(told["states_known"], true);
    EXPECT_EQ(told["routes"][0]["route"], "dear");
    EXPECT_EQ(of_route(told, "spain")["standing"], "unhealthy");
    const auto listed = run({"--json", "routes", "list"});
    ASSERT_EQ(listed.code, 0) << listed.err;
    for (const auto& one : listed.json()) {
        if (one["route"] != "spain") continue;
        EXPECT_EQ(one["state"], "unhealthy");
        EXPECT_EQ(one["reason"], "failures_in_row");
        EXPECT_EQ(one["rate"], 12.5);
        EXPECT_EQ(one["workers"][0]["host"], "somewhere");
    }
    const auto text = run({"routes", "list"});
    EXPECT_NE(text.out.find("failures_in_row"), std::string::npos);
    EXPECT_EQ(run({"routes"}).out, text.out);
}

}  // namespace
}  // namespace pinwire::cli
