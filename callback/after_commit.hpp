// What follows a commit that may have closed jobs: their reports go to the dispatcher in memory,
// their events to the announcer. Loop thread only.
#pragma once

#include <functional>
#include <vector>

#include "common/postgres/report_row.hpp"

namespace pinwire::callback {

struct after_commit {
    std::function<void(std::vector<postgres::report_row>)> hand_over;
    std::function<void()> committed;
};

}  // namespace pinwire::callback
