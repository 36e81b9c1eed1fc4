// `pinwire dead-letters list` and `show`: reads pin.jobs.dead or pin.dlrs.dead without touching a
// committed offset. Letters may hold what a producer wrote in clear, so what could be a secret is
// shown only with --open.
#pragma once

#include "cli/letters.hpp"

namespace pinwire::cli {

struct list_options {
    letter_topic topic = letter_topic::jobs;
    int limit = 50;  // the newest
};

struct show_options {
    letter_topic topic = letter_topic::jobs;
    std::string at;     // PARTITION:OFFSET
    bool open = false;  // unmasked, and unsealed with the key ring
};

exit_code list_dead_letters(const common_options&, const list_options&);
// failed: there is no such letter (any more), or it can't be unsealed.
exit_code show_dead_letter(const common_options&, const show_options&);

}  // namespace pinwire::cli
