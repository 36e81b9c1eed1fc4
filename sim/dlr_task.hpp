// The reports that one accepted send still owes, in order: the next is posted only when the one
// before was taken. A call whose platform asks what to say has that question among them. Plain
// values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/protocol.hpp"
#include "sim/submission.hpp"

namespace pinwire::sim {

struct dlr_step {
    delivery what = delivery::delivered;
    bool wrong_token = false;  // posted once to a URL that is a little off; any answer ends it
    bool asks_words = false;   // no report: asks once what to say to who answered
};

struct dlr_task {
    submission_ptr about;
    const protocol* speaks = nullptr;
    std::vector<dlr_step> steps;
    std::size_t at = 0;     // the step that is next
    unsigned tries = 0;     // of this step, so far
    std::uint64_t age = 0;  // a reset makes older tasks worthless

    const dlr_step& step() const { return steps[at]; }
};

// Where its next step goes.
std::string url_of(const dlr_task& task, std::chrono::system_clock::time_point now);

// What the behaviour and the request's own wishes ask for; may be empty.
std::vector<dlr_step> plan_reports(const submission& about, const protocol& speaks);

// The same URL with one character of its path's last segment changed.
std::string spoil_token(std::string url);

}  // namespace pinwire::sim
