// What is wrong by what two looks say, the worst first, each as a line that says where to go on.
// Pure; the bounds are those of docs/operations.md.
#pragma once

#include <string>
#include <vector>

#include "cli/top/flow.hpp"
#include "cli/top/look.hpp"

namespace pinwire::cli {

struct trouble {
    bool grave = false;  // somebody waits, or something is lost
    std::string text;    // printable ASCII
};

// Grave ones first, else in the order in which they are looked for: what is away, what is lost,
// what waits.
std::vector<trouble> troubles_of(const look&, const flow&);

}  // namespace pinwire::cli
