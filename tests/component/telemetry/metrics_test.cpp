// The exposition as Prometheus reads it, and readiness as an operator reads it.
#include "common/telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include "common/telemetry/health.hpp"

namespace pinwire::telemetry {
namespace {

bool has_line(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, AreWrittenInPrometheusText) {
    metrics all("worker");
    const auto jobs = all.make_counter("jobs_total", "Jobs.", {{"outcome", "sent"}});
    const auto depth = all.make_gauge("depth", "Rows.");
    const auto took = all.make_histogram("took_seconds", "Time.", {}, {0.1, 1});
    jobs.add();
    jobs.add(2);
    jobs.add(-5);
    depth.set(7);
    depth.add(-3);
    took.observe(0.5);
    const auto text = all.text();
    EXPECT_TRUE(has_line(text, "jobs_total{outcome=\"sent\"} 3")) << text;
    EXPECT_TRUE(has_line(text, "depth 4")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_bucket{le=\"0.1\"} 0")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_bucket{le=\"1\"} 1")) << text;
    EXPECT_TRUE(has_line(text, "took_seconds_count 1")) << text;
    EXPECT_NE(text.find("pinwire_build_info{program=\"worker\""), std::string::npos) << text;
}

TEST(Metrics, GiveTheSameMetricForTheSameNameAndLabels) {
    metrics all("worker");
    all.make_counter("a_total", "A.", {{"x", "1"}}).add();
    const auto again = all.make_counter("a_total", "A.", {{"x", "1"}});
    EXPECT_EQ(again.value(), 1);
    EXPECT_EQ(all.make_counter("a_total", "A.", {{"x", "2"}}).value(), 0);
}

TEST(Metrics, ReadGaugesJustBeforeTheyAreShown) {
    metrics all("worker");
    const auto age = all.make_gauge("age", "Age.");
    all.before_scrape([age] { age.add(1); });
    EXPECT_TRUE(has_line(all.text(), "age 1"));
    EXPECT_TRUE(has_line(all.text(), "age 2"));
}

TEST(Metrics, ShowTheProcess) {
    metrics all("worker");
    const auto text = all.text();
    for (const auto* name :
         {"process_cpu_seconds_total",
          "process_resident_memory_bytes",
          "process_open_fds",
          "process_uptime_seconds"}) {
        const auto at = text.find("\n" + std::string(name) + " ");
        ASSERT_NE(at, std::string::npos) << name;
        const auto value = std::stod(text.substr(at + std::string(name).size() + 2));
        EXPECT_GT(value, 0) << name;
    }
}

TEST(Handles, ThatBelongToNoRegistryDoNothing) {
    counter().add();
    gauge().set(1);
    histogram().observe(1);
    EXPECT_EQ(gauge().value(), 0);
}

TEST(Readiness, NeedsEveryCheckAndSaysWhatIsMissing) {
    health state;
    const auto kafka = state.add("", "kafka", "topics not checked yet");
    const auto database = state.add("", "postgres", "not reached yet");
    EXPECT_FALSE(state.ready());
    kafka.pass();
    database.fail("schema is at 3, needs 4: run pinwire migrate");
    EXPECT_FALSE(state.ready());
    EXPECT_EQ(
        state.describe(),
        "not ready\nkafka: ok\npostgres: failing: schema is at 3, needs 4: run pinwire "
        "migrate\n"
    );
    database.warn("fsync is off");
    EXPECT_TRUE(state.ready());
    EXPECT_EQ(state.describe(), "ready\nkafka: ok\npostgres: warning: fsync is off\n");
}

TEST(Readiness, OfOneNameIsIndependentOfAnothers) {
    health state;
    const auto settler = state.add("settler", "postgres", "not reached yet");
    EXPECT_TRUE(state.ready());
    EXPECT_FALSE(state.ready("settler"));
    settler.pass();
    EXPECT_TRUE(state.ready("settler"));
    EXPECT_FALSE(state.knows("dispatcher"));
    EXPECT_FALSE(state.ready("dispatcher"));
}

}  // namespace
}  // namespace pinwire::telemetry
