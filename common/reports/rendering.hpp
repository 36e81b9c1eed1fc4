// What the report dialects share: whether a carrier ever had the message, and JSON. Pure.
#pragma once

#include <string>

#include "common/core/final_report.hpp"

namespace pinwire::reports {

// Surely not sent. In doubt is not "never": a carrier may have it.
bool never_sent(const final_report&);

// What became of it, where something was (or may have been) sent: no news is UNKNOWN.
dlr_status delivery_of(const final_report&);

// A stranger's text may hold broken UTF-8; a report must still be JSON.
template <class Json>
std::string dump(const Json& body) {
    return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pinwire::reports
