// What becomes of a report once its carrier's translator has read it, however it came: posted to
// the callback, or fetched by a worker. Both say the same of the same report, so that pin.dlrs
// can't tell them apart but by their mark. Pure.
#pragma once

#include <string>

#include "common/carriers/carrier.hpp"

namespace pinwire::carriers {

// Marks the report of a part, and gives a word that the carrier's file doesn't know the meaning
// that is nearest. True: it was such a word.
bool take_in(dlr&, const settings&, channel);

// Its key in pin.dlrs; `carrier` is filled in.
std::string key_of(const dlr&);

// For the history: in `raw`, which stays JSON.
void mark_as_pulled(dlr&);

}  // namespace pinwire::carriers
