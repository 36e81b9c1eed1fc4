// Dead letters: the message unchanged, with headers that say why and where it came from. One that
// the broker refuses for its size leaves key, headers, origin and a hash. A dead letter was never
// accepted: no report, but an event if its job_id can be read. Loop thread only.
#pragma once

#include <memory>
#include <string>

#include "common/kafka/producer.hpp"
#include "worker/ports.hpp"

namespace pinwire::worker {

struct dead_letter_topics {
    std::string dead;
    std::string events;
};

std::unique_ptr<dead_letter_box> make_dead_letter_box(kafka::producer&, dead_letter_topics);

}  // namespace pinwire::worker
