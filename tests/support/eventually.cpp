#include "tests/support/eventually.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <thread>

namespace pinwire::test {
namespace {

using clock = std::chrono::steady_clock;

// True once the predicate was; it is asked at least once, and once more when the time is over.
bool poll(
    const std::function<bool()>& predicate, std::chrono::milliseconds limit, std::string& last_words
) {
    const auto deadline = clock::now() + limit;
    std::chrono::milliseconds pause{2};
    for (;;) {
        const bool last_try = clock::now() >= deadline;
        try {
            if (predicate()) return true;
            last_words.clear();
        } catch (const std::exception& error) {
            last_words = error.what();
        }
        if (last_try) return false;
        std::this_thread::sleep_for(pause);
        pause = std::min(pause * 2, std::chrono::milliseconds{50});
    }
}

}  // namespace

testing::AssertionResult eventually(
    const std::function<bool()>& predicate, std::chrono::milliseconds limit, std::string_view what
) {
    std::string last_words;
    if (poll(predicate, limit, last_words)) return testing::AssertionSuccess();
    auto failure = testing::AssertionFailure() << "not within " << limit.count() << " ms: " << what;
    if (!last_words.empty()) failure << " (last error: " << last_words << ")";
    return failure;
}

testing::AssertionResult never_within(
    const std::function<bool()>& predicate, std::chrono::milliseconds time, std::string_view what
) {
    std::string last_words;
    if (poll(predicate, time, last_words))
        return testing::AssertionFailure() << "happened within " << time.count() << " ms: " << what;
    return testing::AssertionSuccess();
}

void act_slowly(std::chrono::milliseconds time) {
    std::this_thread::sleep_for(time);
}

}  // namespace pinwire::test
