// The project's style rules, each a function from the sources to what offends. CONTRIBUTING.md says
// why they exist.
#pragma once

#include <string>
#include <vector>

#include "tests/tidy/source.hpp"

namespace pinwire::tidy {

struct offence {
    std::string path;
    int line = 0;
    std::string text;
};
using offences = std::vector<offence>;

offences check_line_length(const source_tree& tree);      // 100 columns
offences check_function_length(const source_tree& tree);  // 70 lines of body
offences check_banned_words(const source_tree& tree);     // each with what to use instead
offences check_leftover_markers(const source_tree& tree);
// g++ 12 destroys twice what a braced temporary or a capturing lambda owns in a co_await
// expression.
offences check_co_await(const source_tree& tree);
// Pure modules stay pure; heavy libraries stay in their adapter; arrows point down only.
offences check_layers(const source_tree& tree);
offences check_headers(const source_tree& tree
);  // opening comment, #pragma once, included by someone
offences check_includes_exist(const source_tree& tree);

}  // namespace pinwire::tidy
