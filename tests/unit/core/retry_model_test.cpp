// Whole lives of reports, thousands of them, each step of their schedule against a naive model that
// was written from the design alone: a table of waits, three tries for what is called malformed,
// an end after 48 hours, Retry-After up to ten.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "common/core/retry_schedule.hpp"

namespace pinwire {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct plan {
    std::vector<double> waits_s{5, 30, 120, 600, 1800, 7200, 18000, 36000};
    double give_up_s = 48 * 3600;

    report_schedule real() const {
        report_schedule made;
        made.waits.clear();
        for (const double wait : waits_s)
            made.waits.push_back(milliseconds(static_cast<long>(wait * 1000)));
        made.give_up_after = milliseconds(static_cast<long>(give_up_s * 1000));
        return made;
    }
};

// Seconds until the next try; below zero: there is none.
double naive_wait(
    const plan& of, int tries, int malformed, double since, double draw, double asked
) {
    if (malformed == 3 || since >= of.give_up_s) return -1;
    const auto last = static_cast<int>(of.waits_s.size()) - 1;
    double wait = of.waits_s[static_cast<std::size_t>(std::min(tries - 1, last))];
    wait *= 1 + (draw - 0.5) * 0.4;
    wait = std::max(wait, std::min(asked, 36000.0));
    return std::min(wait, of.give_up_s - since);
}

struct life {
    int tries = 0;
    milliseconds lasted{0};
    report_answer last = report_answer::retry;
    int malformed = 0;
};

class RetryModel : public testing::Test {
protected:
    unsigned draw_status() {
        static const unsigned all[] = {0, 301, 400, 401, 404, 408, 413, 422, 429, 500, 502, 503};
        return all[draws_() % std::size(all)];
    }
    double draw_share() { return std::uniform_real_distribution<>(0, 1)(draws_); }
    seconds draw_retry_after() {
        static const int all[] = {0, 0, 0, 1, 60, 3600, 40'000, 10'000'000};
        return seconds(all[draws_() % std::size(all)]);
    }

    // Until it ends; every step is the model's.
    life live(const plan& of, const std::function<unsigned()>& status) {
        life now;
        const auto schedule = of.real();
        for (;;) {
            ++now.tries;
            now.last = classify_report_answer(status());
            if (now.last == report_answer::malformed) ++now.malformed;
            report_tries tries;
            tries.made = static_cast<unsigned>(now.tries);
            tries.malformed = static_cast<unsigned>(now.malformed);
            const double draw = draw_share();
            const auto asked = draw_retry_after();
            const auto wait = next_report_delay(now.last, tries, now.lasted, draw, asked, schedule);
            const double since = static_cast<double>(now.lasted.count()) / 1000;
            const double expected = naive_wait(
                of, now.tries, now.malformed, since, draw, static_cast<double>(asked.count())
            );
            EXPECT_EQ(wait.has_value(), expected >= 0) << now.tries;
            if (!wait) return now;
            EXPECT_NEAR(static_cast<double>(wait->count()), expected * 1000, 1.5);
            EXPECT_GT(wait->count(), 0);
            now.lasted += *wait;
            if (now.tries == 100'000 || HasFailure()) return now;
        }
    }

    std::mt19937 draws_{7};
};

TEST_F(RetryModel, EachLifeIsTheModelsAndEndsForOneOfItsReasons) {
    for (int i = 0; i < 3000 && !HasFailure(); ++i) {
        const plan usual;
        const auto one = live(usual, [this] { return draw_status(); });
        const bool at_the_end = one.lasted == std::chrono::hours(48);
        EXPECT_TRUE(at_the_end || one.malformed == 3) << one.tries;
        EXPECT_LE(one.lasted, std::chrono::hours(48));
    }
}

// Whoever is only out of reach is tried at least so often, and the last time at the very end.
TEST_F(RetryModel, WhoIsOutOfReachHearsOfItToTheEnd) {
    for (int i = 0; i < 1000 && !HasFailure(); ++i) {
        const plan usual;
        const auto one = live(usual, [] { return 503U; });
        EXPECT_EQ(one.lasted, std::chrono::hours(48));
        EXPECT_GE(one.tries, 6);
    }
}

TEST_F(RetryModel, AnyScheduleOfAnOperatorsIsKept) {
    for (int i = 0; i < 1000 && !HasFailure(); ++i) {
        plan own;
        own.waits_s.resize(1 + draws_() % 6);
        for (auto& wait : own.waits_s)
            wait = 1 + static_cast<double>(draws_() % 10'000);
        own.give_up_s = 1 + static_cast<double>(draws_() % 500'000);
        const auto one = live(own, [this] { return draw_status(); });
        EXPECT_LE(one.lasted, own.real().give_up_after);
    }
}

}  // namespace
}  // namespace pinwire
