// All that is shown of one moment: the look, the rates since the one before, what is wrong. Pure.
#pragma once

#include <vector>

#include "cli/top/flow.hpp"
#include "cli/top/look.hpp"
#include "cli/top/trouble.hpp"

namespace pinwire::cli {

struct picture {
    look now;
    flow rates;
    std::vector<trouble> troubles;
};

// Nothing before: there are no rates yet.
inline picture make_picture(const look* before, look now) {
    picture made;
    made.rates = flow_between(before, now);
    made.troubles = troubles_of(now, made.rates);
    made.now = std::move(now);
    return made;
}

}  // namespace pinwire::cli
