#include "common/core/retry_schedule.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double middle = 0.5;  // no jitter

report_tries after(unsigned made, unsigned malformed = 0) {
    report_tries tries;
    tries.made = made;
    tries.malformed = malformed;
    return tries;
}

TEST(RetrySchedule, ClassifiesEveryStatus) {
    const std::set<unsigned> malformed{400, 405, 406, 411, 412, 413, 414, 415, 416, 417, 422, 431};
    for (unsigned status = 100; status < 600; ++status) {
        auto expected = report_answer::retry;
        if (status / 100 == 2) expected = report_answer::delivered;
        if (status == 410) expected = report_answer::disable;
        if (malformed.contains(status)) expected = report_answer::malformed;
        EXPECT_EQ(classify_report_answer(status), expected) << status;
    }
    EXPECT_EQ(classify_report_answer(0), report_answer::retry);
}

TEST(RetrySchedule, FollowsThePlanForFortyEightHours) {
    const long plan[] = {5, 30, 120, 600, 1800, 7200, 18000, 36000, 36000, 36000, 36000};
    milliseconds elapsed{0};
    unsigned tries = 1;
    for (const long expected : plan) {
        const auto delay = next_report_delay(report_answer::retry, after(tries++), elapsed, middle);
        ASSERT_TRUE(delay);
        EXPECT_EQ(*delay, seconds(expected));
        elapsed += *delay;
    }
    // The next would be past the end: it comes at the end instead, and is the last.
    const auto last = next_report_delay(report_answer::retry, after(tries++), elapsed, middle);
    ASSERT_TRUE(last);
    EXPECT_EQ(elapsed + *last, hours(48));
    EXPECT_FALSE(next_report_delay(report_answer::retry, after(tries), hours(48), middle));
}

TEST(RetrySchedule, JittersByAFifth) {
    EXPECT_EQ(next_report_delay(report_answer::retry, after(1), {}, 0.0), milliseconds(4000));
    EXPECT_LE(*next_report_delay(report_answer::retry, after(1), {}, 0.999), milliseconds(6000));
    EXPECT_GE(*next_report_delay(report_answer::retry, after(1), {}, 0.999), milliseconds(5990));
}

TEST(RetrySchedule, RetryAfterLengthensTheWaitUpToTenHours) {
    const auto delay = [](unsigned tries, seconds asked) {
        return *next_report_delay(report_answer::retry, after(tries), {}, middle, asked);
    };
    EXPECT_EQ(delay(1, seconds(1)), seconds(5));
    EXPECT_EQ(delay(1, seconds(60)), seconds(60));
    EXPECT_EQ(delay(1, seconds(999'999)), hours(10));
    EXPECT_EQ(delay(5, seconds(60)), seconds(1800));
}

TEST(RetrySchedule, AMalformedReportGetsThreeTries) {
    EXPECT_TRUE(next_report_delay(report_answer::malformed, after(1, 1), {}, middle));
    EXPECT_TRUE(next_report_delay(report_answer::malformed, after(2, 2), {}, middle));
    EXPECT_FALSE(next_report_delay(report_answer::malformed, after(3, 3), {}, middle));
}

TEST(RetrySchedule, DeliveredAndDisabledAreNotRetried) {
    EXPECT_FALSE(next_report_delay(report_answer::delivered, after(1), {}, middle));
    EXPECT_FALSE(next_report_delay(report_answer::disable, after(1), {}, middle));
}

TEST(RetrySchedule, ReadsRetryAfterAsSecondsOrDate) {
    const auto now = *parse_rfc3339("2026-06-01T12:00:00.5Z");
    EXPECT_EQ(parse_retry_after("120", now), seconds(120));
    EXPECT_EQ(parse_retry_after("0", now), seconds(0));
    EXPECT_EQ(parse_retry_after("Mon, 01 Jun 2026 12:01:00 GMT", now), seconds(60));
    EXPECT_EQ(
        parse_retry_after("Tue, 01 Dec 2026 12:00:00 GMT", now),
        std::chrono::ceil<seconds>(*parse_rfc3339("2026-12-01T12:00:00Z") - now)
    );
    EXPECT_EQ(parse_retry_after("Sun, 31 May 2026 12:00:00 GMT", now), seconds(0));
    EXPECT_EQ(parse_retry_after("9999999999999", now), hours(24 * 366));
    for (const auto* text :
         {"",
          "soon",
          "-1",
          "1.5",
          "12s",
          "Mon, 01 Jux 2026 12:01:00 GMT",
          "Mon, 01 Jun 2026 12:01:00 CET",
          "Mon, 32 Jun 2026 12:01:00 GMT"})
        EXPECT_FALSE(parse_retry_after(text, now)) << text;
}

}  // namespace
}  // namespace pinwire
