// What 360NRS callers are told: HTTP status and compact JSON with the keys in the documents' order.
// The words of an error are the documents' own, their slips included. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "api/nrs360/decode.hpp"
#include "api/order.hpp"
#include "common/core/http_message.hpp"
#include "common/postgres/guesses.hpp"

namespace pinwire::api::nrs360 {

std::string_view to_string(error_id);
unsigned http_status_of(error_id);
// error_msg: fixed words, or the table's explanation with the field's name behind it.
std::string message_of(const fault&);

http_response answer_of(const fault&);
// A cap of ours; the wait is rounded up to whole seconds, at least one.
http_response busy_answer(std::chrono::milliseconds retry_after);
// Neither POST nor GET: no document speaks of it.
http_response wrong_method_answer();

// Of a request; `asked`: its lookup.
http_response answer_of(const placed_order&, lookup_policy asked);
// Of a verify.
http_response answer_of(const postgres::guess_answer&);

}  // namespace pinwire::api::nrs360
