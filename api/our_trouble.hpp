// What callers of Pinwire's own paths hear when the tables can't be asked.
#pragma once

#include <string>

#include "api/caller.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::api {

// The answer; or, logged, `otherwise` where it ends with a database_error or not_read_yet. All else
// it throws goes on.
awaitable<http::response> answer_or(
    awaitable<http::response> answer, std::string request_id, http::response otherwise
);

}  // namespace pinwire::api
