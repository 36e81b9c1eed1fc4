#include "tests/faults/steady_load.hpp"

#include <gtest/gtest.h>

#include "tests/support/eventually.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr int step = 10;
constexpr int at_once_max = 200;

}  // namespace

void steady_load::some() {
    const auto done =
        stack_.count("select count(*) from job where final_at is not null and account = 'acme'");
    if (made_ - done >= at_once_max) return;
    stack_.produce(jobs_.mixed("load", made_, step));
    made_ += step;
}

void steady_load::run(std::chrono::milliseconds time) {
    for (const auto end = clock::now() + time; clock::now() < end; act_slowly(50ms))
        some();
}

void steady_load::until(
    const std::function<bool()>& predicate, std::chrono::milliseconds time, const char* what
) {
    run(time);
    const auto asked = [&] {
        some();
        return predicate();
    };
    EXPECT_TRUE(eventually(asked, 60s, what)) << stack_.tails();
}

}  // namespace pinwire::test
