// Carriers that take everything and never report: each delivery ends by its timer, once, and the
// customer is told so as the setting says.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class NoReportComes : public testing::TestWithParam<const char*> {};

TEST_P(NoReportComes, TheDeliveryEndsByItsTimerAndIsReportedAsTheSettingSays) {
    stack_options options;
    options.edit = [](toml_tables& to) {
        to["callback.reports"]["unknown_as"] = fmt::format("\"{}\"", GetParam());
    };
    pinwire_stack stack(options);
    stack.rule({{"action", "no_dlr"}});
    stack.start();
    constexpr int jobs = 4;
    for (const char* prefix : {"34", "44", "49", "33"}) {
        auto load = stack.jobs().plain(fmt::format("none{}", prefix), 0, jobs, prefix);
        for (auto& job : load)
            job.body["report_format"] = "standard";  // the others have one word for two of these
        stack.produce(load);
    }
    EXPECT_TRUE(oracle(stack).holds(90s));
    EXPECT_TRUE(stack.journal("dlr").empty());
    std::size_t told = 0;
    for (const auto& line : stack.journal("report"))
        for (const auto& status : line["statuses"]) {
            EXPECT_EQ(status, GetParam()) << line.dump();
            ++told;
        }
    EXPECT_GE(told, 4U * jobs);
    EXPECT_EQ(
        stack.count("select count(*) from job where dlr_status = 3 and not in_doubt"), 4 * jobs
    ) << "the row says what is known, whatever the customer is told";
    EXPECT_EQ(
        stack.count("select count(*) from job j join attempt a on a.job = j.id"
                    " where j.final_at < a.started_at + interval '3 seconds'"),
        0
    ) << "before the route's validity was over";
}

INSTANTIATE_TEST_SUITE_P(As, NoReportComes, testing::Values("UNKNOWN", "EXPIRED", "UNDELIV"));

}  // namespace
}  // namespace pinwire::test
