// `pinwire routes test ROUTE NUMBER`: a real message by that route, without a job, a row or a
// report; through the same translator and the same HTTP client as the worker's. Shows what was
// sent, with secrets masked, what the carrier said and how the worker would class it. A route's
// limits, pause and health are not asked: this is how to see whether it works.
#pragma once

#include <string>

#include "cli/command.hpp"

namespace pinwire::cli {

struct route_test_options {
    std::string route;
    std::string number;
    std::string text;  // empty: ours
    std::string from;  // empty: the route's sender
    bool yes = false;  // doesn't ask
};

// ok: the carrier took it. failed: it didn't, or that can't be known. wrong: nothing was sent.
exit_code test_route(const common_options&, const route_test_options&);

}  // namespace pinwire::cli
