// Delivery reports posted by hand to the callback's listener, as Infobip and Kannel write them: for
// what the simulator doesn't do on its own. An attempt is its 32 hex digits.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

enum class news { accepted, on_its_way, undelivered, delivered };

// What the attempt's row keeps of it (common/core/status.hpp).
int rank_of(news);

// Of one attempt, by the token that its carrier was told ("infobip" or "kannel"); the answer's
// status. Throws std::runtime_error when no answer comes.
int tell(const pinwire_stack&, const std::string& carrier, const std::string& attempt, news);

// One post of Infobip's, with the token of the first entry's attempt unless another is named.
nlohmann::json infobip_entry(const std::string& attempt, news);
int tell_infobip(
    const pinwire_stack&,
    const std::vector<nlohmann::json>& entries,
    const std::string& token_of = ""
);

struct carried {
    std::string carrier;
    std::string attempt;
};
// What carriers took of jobs whose ids begin so, in the order of those ids.
std::vector<carried> carried_of(pinwire_stack&, const std::string& jobs);

}  // namespace pinwire::test
