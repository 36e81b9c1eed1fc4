// What `pinwire top` makes of two looks: rates, times, troubles. Nothing is asked here.
#include <cmath>
#include <regex>

#include "cli/top/picture.hpp"
#include "cli/top/words.hpp"
#include "tests/integration/cli/top_samples.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

TEST(MetricsText, KeepsEachSampleUnderItsNameAndLabels) {
    const auto all = parse_metrics(
        "# HELP pinwire_x_total Things\n# TYPE pinwire_x_total counter\n"
        "pinwire_x_total{result=\"a b} c\"} 3 1700000000\r\n"
        "pinwire_y 1.5e3\nnonsense\n{} 4\npinwire_z NaN\nlast_bucket{le=\"+Inf\"} +Inf"
    );
    EXPECT_EQ(all.size(), 3U);
    EXPECT_EQ(value_of(all, "pinwire_x_total{result=\"a b} c\"}"), 3);
    EXPECT_EQ(value_of(all, "pinwire_y"), 1500);
    EXPECT_TRUE(std::isinf(*value_of(all, "last_bucket{le=\"+Inf\"}")));
    EXPECT_FALSE(value_of(all, "pinwire_z"));
}

TEST(MetricsText, KeepsNoMoreThanItsBound) {
    std::string text;
    for (std::size_t i = 0; i < samples_max + 10; ++i)
        text += "x" + std::to_string(i) + " 1\n";
    EXPECT_EQ(parse_metrics(text).size(), samples_max);
}

TEST(CounterGrowth, IsWhatCameSinceEvenAfterAReset) {
    EXPECT_EQ(growth({{"a", 5}}, {{"a", 8}}, "a"), 3);
    EXPECT_EQ(growth({{"a", 5}}, {{"a", 2}}, "a"), 2) << "it began again";
    EXPECT_EQ(growth({{"a", 5}}, {}, "a"), std::nullopt);
    EXPECT_EQ(growth({}, {{"a", 5}}, "a"), std::nullopt) << "nobody knows over which time";
}

TEST(Quantile, LiesWithinItsBucket) {
    const auto endless = std::numeric_limits<double>::infinity();
    const buckets all{{0.1, 0}, {0.2, 50}, {0.4, 100}, {endless, 100}};
    EXPECT_DOUBLE_EQ(*quantile(all, 0.5), 0.2);
    EXPECT_DOUBLE_EQ(*quantile(all, 0.25), 0.15);
    EXPECT_DOUBLE_EQ(*quantile(all, 0.99), 0.396);
    EXPECT_DOUBLE_EQ(*quantile({{0.1, 0}, {endless, 7}}, 0.5), 0.1) << "above the last bound";
    EXPECT_FALSE(quantile({{0.1, 0}, {endless, 0}}, 0.5)) << "nothing was observed";
    EXPECT_FALSE(quantile({}, 0.5));
}

TEST(Quantile, CountsOnlyWhatWasObservedInBetween) {
    const samples before{
        {"t_bucket{le=\"1\"}", 10}, {"t_bucket{le=\"+Inf\"}", 10}, {"t_count", 10}};
    const samples now{{"t_bucket{le=\"1\"}", 10}, {"t_bucket{le=\"+Inf\"}", 12}, {"t_count", 12}};
    const auto between = bucket_growth(before, now, "t");
    EXPECT_EQ(between.at(1), 0);
    EXPECT_EQ(between.rbegin()->second, 2);
    const samples anew{{"t_bucket{le=\"1\"}", 2}, {"t_bucket{le=\"+Inf\"}", 3}, {"t_count", 3}};
    EXPECT_EQ(bucket_growth(before, anew, "t").at(1), 2) << "it began again";
    EXPECT_TRUE(bucket_growth({}, now, "t").empty());
}

TEST(Flow, KnowsNoRateAfterOneLook) {
    const auto rates = flow_between(nullptr, well_look(10s));
    EXPECT_FALSE(rates.seconds);
    EXPECT_FALSE(rates.jobs_in);
    EXPECT_FALSE(rates.sent);
}

TEST(Flow, IsTheDifferenceOfTwoLooks) {
    const auto before = well_look(10s);
    const auto rates = flow_between(&before, well_look(12s));
    EXPECT_DOUBLE_EQ(*rates.seconds, 2);
    EXPECT_DOUBLE_EQ(*rates.jobs_in, 120);
    EXPECT_DOUBLE_EQ(*rates.jobs_read, 120);
    EXPECT_DOUBLE_EQ(*rates.jobs_lag_growth(), 0);
    EXPECT_DOUBLE_EQ(*rates.taken, 118);
    EXPECT_DOUBLE_EQ(*rates.finished, 115) << "118 came, 100 opened, 97 of those open ended";
    EXPECT_DOUBLE_EQ(*rates.sent, 200) << "of two workers";
    EXPECT_DOUBLE_EQ(rates.route_parts.at(route_name("es")), 38);
    ASSERT_TRUE(rates.to_carrier);
    EXPECT_GT(rates.to_carrier->slow, rates.to_carrier->median);
}

TEST(Flow, TakesNoMarkerForADlr) {
    const auto before = well_look(10s);
    auto now = well_look(12s);
    now.kafka.what->dlrs.group->lag = 7;
    auto rates = flow_between(&before, now);
    EXPECT_DOUBLE_EQ(*rates.dlrs_in, 99);
    EXPECT_DOUBLE_EQ(*rates.dlrs_settled, 99) << "with what was parked first";
    EXPECT_DOUBLE_EQ(*rates.dlr_records_read, 111);
    EXPECT_DOUBLE_EQ(*rates.dlrs_lag_growth, 3.5);
    now.services.pop_back();
    EXPECT_FALSE(flow_between(&before, now).dlrs_in) << "no callback was asked";
}

TEST(Flow, LacksWhatOneOfTheLooksLacks) {
    auto before = well_look(10s);
    const auto now = well_look(12s);
    before.kafka.what.reset();
    before.database.what.reset();
    for (auto& one : before.services)
        one.error = "connect";
    const auto rates = flow_between(&before, now);
    EXPECT_TRUE(rates.seconds);
    EXPECT_FALSE(rates.jobs_in);
    EXPECT_FALSE(rates.jobs_lag_growth());
    EXPECT_FALSE(rates.taken);
    EXPECT_FALSE(rates.finished);
    EXPECT_FALSE(rates.sent);
}

TEST(Flow, CountsAServiceThatBeganAgainAndNotOneThatIsNew) {
    auto before = well_look(10s);
    auto now = well_look(12s);
    now.services[0].said[R"(pinwire_sends_total{result="sent"})"] = 30;
    EXPECT_DOUBLE_EQ(*flow_between(&before, now).sent, 115) << "30 in 2 s, and the other's 100/s";
    before.services.erase(before.services.begin() + 1);
    EXPECT_DOUBLE_EQ(*flow_between(&before, now).sent, 15);
}

TEST(Flow, SaysNothingOfCountersOfTheDatabaseThatBeganAgain) {
    const auto before = well_look(10s);
    auto now = well_look(12s);
    now.database.what->view.jobs_made = 3;
    const auto rates = flow_between(&before, now);
    EXPECT_FALSE(rates.taken);
    EXPECT_FALSE(rates.finished);
    EXPECT_TRUE(rates.jobs_in);
}

// A name that no service tells would be a figure that is never known.
TEST(Flow, AsksOnlyForMetricsThatThereAre) {
    const auto code = test::read_file(test::source_root() / "cli/top/flow.cpp") +
                      test::read_file(test::source_root() / "cli/top/trouble.cpp");
    const auto page = test::read_file(test::source_root() / "docs/operations.md");
    const std::regex name("pinwire_[a-z_]+");
    int names = 0;
    for (std::sregex_iterator at(code.begin(), code.end(), name), end; at != end; ++at, ++names)
        EXPECT_NE(page.find(at->str()), std::string::npos) << at->str();
    EXPECT_GT(names, 15);
}

TEST(Words, FitIntoFewColumnsAndSteerNoTerminal) {
    EXPECT_EQ(ascii("a\x1b[2Jb\nc\xc3\xb1\xc2\x9b"), "a?[2Jb c??");
    EXPECT_EQ(amount(std::int64_t{12'345}), "12345");
    EXPECT_EQ(amount(std::int64_t{123'456}), "123k");
    EXPECT_EQ(amount(std::int64_t{12'345'678}), "12.3M");
    EXPECT_EQ(amount(postgres::bounded_count{1000, true}), "1000+");
    EXPECT_EQ(per_second(std::nullopt), "-");
    EXPECT_EQ(per_second(0.0), "0/s");
    EXPECT_EQ(per_second(0.25), "0.2/s");
    EXPECT_EQ(per_second(9.97), "10/s");
    EXPECT_EQ(share(0.985), "98.5%");
    EXPECT_EQ(span(0.0031), "3 ms");
    EXPECT_EQ(span(0.9999), "1.0 s");
    EXPECT_EQ(span(64), "64 s");
    EXPECT_EQ(span(240), "4 min");
    EXPECT_EQ(span(3 * 86'400), "3 d");
}

// ---- troubles

std::vector<std::string> said_of(const look& now, const flow& rates) {
    std::vector<std::string> all;
    for (const auto& one : troubles_of(now, rates))
        all.push_back((one.grave ? "!! " : "! ") + one.text);
    return all;
}

TEST(Troubles, AreNoneWhereAllIsWell) {
    const auto before = well_look(10s);
    const auto now = well_look(12s);
    EXPECT_EQ(said_of(now, flow_between(&before, now)), std::vector<std::string>());
}

TEST(Troubles, BeginWithTheGraveOnes) {
    const auto all = troubles_of(sick_look(), {});
    ASSERT_GT(all.size(), 5U);
    bool light = false;
    for (const auto& one : all) {
        EXPECT_FALSE(light && one.grave) << one.text;
        light = light || !one.grave;
    }
    EXPECT_TRUE(all.front().grave);
    EXPECT_FALSE(all.back().grave);
}

TEST(Troubles, NameWhatIsAway) {
    look now;
    now.database.error = "could not connect:\nConnection refused";
    now.kafka.error = "Local: Broker transport failure";
    const auto all = said_of(now, {});
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0], "!! PostgreSQL can't be asked: could not connect: Connection refused");
    EXPECT_EQ(all[1], "!! Kafka can't be asked: Local: Broker transport failure");
}

TEST(Troubles, TellALagThatNobodyReadsFromOneThatIsReadInSeconds) {
    auto now = well_look(12s);
    const auto lag = [&](std::int64_t records, double grown) {
        auto& group = *now.kafka.what->jobs.group;
        group.lag = records;
        flow rates;
        rates.jobs_in = 400 + grown;
        rates.jobs_read = 400;
        return said_of(now, rates);
    };
    EXPECT_TRUE(lag(900, 100).empty()) << "few";
    EXPECT_TRUE(lag(3000, 100).empty()) << "read in seconds";
    EXPECT_TRUE(lag(50'000, -100).empty()) << "it shrinks";
    EXPECT_EQ(lag(50'000, 100).size(), 1U);
    flow none;
    none.jobs_in = 0;
    none.jobs_read = 0;
    now.kafka.what->jobs.group->lag = 1500;
    const auto all = said_of(now, none);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_EQ(all[0], "!! 1500 records of pin.jobs wait, and nobody reads");
}

TEST(Troubles, MissAProcessThatSaysNothing) {
    auto now = well_look(10s);
    auto& all = now.database.what->view.processes;
    all.pop_back();  // the callback
    all[0].beat_at -= 12s;
    const auto said = said_of(now, {});
    ASSERT_EQ(said.size(), 2U);
    EXPECT_EQ(said[0], "!! no callback is alive");
    EXPECT_EQ(said[1], "! a worker on one said nothing for 12 s");
}

}  // namespace
}  // namespace pinwire::cli
