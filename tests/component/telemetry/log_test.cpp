// Lines as operators and journald see them: one line whatever is in it, nothing that must not be.
#include "common/telemetry/log.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <type_traits>
#include <vector>

namespace pinwire::telemetry {
namespace {

using namespace std::chrono_literals;

const auto moment = std::chrono::system_clock::time_point(1'700'000'000'123ms);

std::string text_line(const std::vector<field>& what) {
    return format_line(log_format::text, moment, log_level::info, "claimed", what);
}

TEST(LogLine, IsKeyEqualsValue) {
    const job_id job("j-1");  // a field borrows
    const std::vector<field> what = {
        {"job", job}, {"rows", 512}, {"took", 0.25}, {"again", false}, {"left", -1}};
    EXPECT_EQ(
        text_line(what),
        "ts=2023-11-14T22:13:20.123Z level=info event=claimed job=j-1 rows=512 took=0.25 "
        "again=false left=-1"
    );
}

TEST(LogLine, QuotesAndEscapesWhatCouldBeReadAsSomethingElse) {
    const std::vector<field> what = {
        {"a", "two words"},
        {"b", "x\nlevel=error"},
        {"c", "say \"no\""},
        {"d", ""},
        {"e", "k=v"},
        {"f", "\x1b[2J"},
        {"g", "\xff\xfe"},
        {"h", "\xc2\x85"}};
    const auto line = text_line(what);
    EXPECT_NE(
        line.find(R"( a="two words" b="x\nlevel=error" c="say \"no\"" d="" e="k=v")"),
        std::string::npos
    ) << line;
    for (const unsigned char c : line)
        EXPECT_TRUE(c >= 0x20 && c < 0x7f) << line;
}

TEST(LogLine, IsAnObjectInJson) {
    const std::vector<field> what = {
        {"text", "x\n\"\xff"},
        {"n", std::uint64_t{18'446'744'073'709'551'615U}},
        {"ok", true},
        {"bad", std::nan("")}};
    const auto line = format_line(log_format::json, moment, log_level::warn, "an event", what);
    const auto read = nlohmann::json::parse(line);
    EXPECT_EQ(read["ts"], "2023-11-14T22:13:20.123Z");
    EXPECT_EQ(read["level"], "warn");
    EXPECT_EQ(read["event"], "an event");
    EXPECT_EQ(read["text"], "x\n\"\xef\xbf\xbd");
    EXPECT_EQ(read["n"], 18'446'744'073'709'551'615U);
    EXPECT_EQ(read["ok"], true);
    EXPECT_TRUE(read["bad"].is_null());
}

TEST(LogLine, CutsLongValues) {
    EXPECT_LT(text_line({{"long", std::string(100'000, 'x')}}).size(), 2200U);
}

TEST(LogLine, MasksNumbers) {
    const auto number = msisdn::parse("+447700900123");
    ASSERT_TRUE(number);
    const auto line = text_line({{"to", *number}});
    EXPECT_EQ(line.find("447700900123"), std::string::npos);
    EXPECT_NE(line.find("to=" + number->masked()), std::string::npos) << line;
}

TEST(LogField, TakesNoSecret) {
    static_assert(!std::is_constructible_v<field, std::string_view, secret>);
    static_assert(!std::is_constructible_v<field, std::string_view, const secret&>);
    static_assert(!std::is_constructible_v<field, std::string_view, int*>);
    static_assert(std::is_constructible_v<field, std::string_view, const char*>);
}

TEST(Log, WritesNothingBelowItsLevel) {
    std::vector<std::string> lines;
    log_options options;
    options.level = log_level::warn;
    options.sink = [&lines](std::string_view line) { lines.emplace_back(line); };
    open_log(options);
    log_info("quiet");
    log_warn("loud", {{"n", 1}});
    open_log({});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("level=warn event=loud n=1"), std::string::npos) << lines[0];
}

TEST(LimitedLog, WritesTheFirstOfManyAtOnce) {
    std::vector<std::string> lines;
    log_options options;
    options.sink = [&lines](std::string_view line) { lines.emplace_back(line); };
    open_log(options);
    for (int i = 0; i < 100; ++i)
        log_limited(log_level::error, "first_of_many", "connect_failed");
    open_log({});
    EXPECT_GE(lines.size(), 1U);
    EXPECT_LE(lines.size(), 2U);  // two if a second passed in between
}

TEST(LogLimiter, AdmitsOneASecondForEachKeyAndCountsTheRest) {
    log_limiter limiter;
    const log_limiter::time_point start{};
    EXPECT_EQ(limiter.admit("a", start), 0U);
    EXPECT_EQ(limiter.admit("a", start + 1ms), std::nullopt);
    EXPECT_EQ(limiter.admit("a", start + 999ms), std::nullopt);
    EXPECT_EQ(limiter.admit("b", start + 999ms), 0U);
    EXPECT_EQ(limiter.admit("a", start + 1000ms), 2U);
    EXPECT_EQ(limiter.admit("a", start + 2000ms), 0U);
}

TEST(LogLimiter, SharesOneEntryAboveItsBound) {
    log_limiter limiter;
    const log_limiter::time_point start{};
    for (std::size_t i = 0; i < log_limiter::keys_max; ++i)
        EXPECT_EQ(limiter.admit("key" + std::to_string(i), start), 0U);
    EXPECT_EQ(limiter.admit("one more", start), 0U);
    EXPECT_EQ(limiter.admit("another", start), std::nullopt);
}

}  // namespace
}  // namespace pinwire::telemetry
