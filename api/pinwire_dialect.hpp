// What neither vendor's API has: a PIN's whole story, by id or newest of a number, and cancelling
// it. GET /pinwire/1/pins/{pinId}, GET /pinwire/1/pins?msisdn=N, DELETE /pinwire/1/pins/{pinId};
// `Authorization: App KEY` (or Basic), for PINs of either dialect. Errors are {"error":WORD}. Loop
// thread; borrows everything it is given.
#pragma once

#include <string_view>

#include "api/caller.hpp"
#include "api/ports.hpp"
#include "common/http/message.hpp"

namespace pinwire::api {

class pinwire_dialect {
public:
    pinwire_dialect(gate& entrance, pin_store& pins) : gate_(entrance), pins_(pins) {}

    bool serves(std::string_view method, std::string_view path) const;
    awaitable<http::response> serve(call);

private:
    awaitable<http::response> answer(const call&);
    awaitable<http::response> tell(const postgres::pin_question&);
    awaitable<http::response> cancel(const postgres::pin_question&);

    gate& gate_;
    pin_store& pins_;
};

}  // namespace pinwire::api
