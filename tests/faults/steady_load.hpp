// Jobs of every kind, a few at a time, as long as a test wants them: never more than some hundreds
// that are not final, whatever stands still.
#pragma once

#include <chrono>
#include <functional>

#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

class steady_load {
public:
    steady_load(pinwire_stack& on, job_maker by) : stack_(on), jobs_(std::move(by)) {}

    void some();
    void run(std::chrono::milliseconds time);
    // Until it is so, and no less than that time; fails the test when it doesn't come.
    void until(
        const std::function<bool()>& predicate, std::chrono::milliseconds time, const char* what
    );
    int made() const { return made_; }

private:
    pinwire_stack& stack_;
    job_maker jobs_;
    int made_ = 0;
};

}  // namespace pinwire::test
