// The clock of the machine that one process believes to run on: a test sets it while the process
// runs. Outlives the process. Throws std::system_error where its file can't be made.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

class machine_clock {
public:
    machine_clock();
    ~machine_clock();
    machine_clock(const machine_clock&) = delete;
    machine_clock& operator=(const machine_clock&) = delete;

    // What the process is started with to go by this clock.
    std::vector<std::pair<std::string, std::string>> environment() const;

    // So far ahead of the truth from now on; less than nothing: behind.
    void be_ahead(std::chrono::nanoseconds by);

private:
    temp_dir directory_;
    int file_ = -1;
};

}  // namespace pinwire::test
