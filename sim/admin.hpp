// The interface for scripts and test oracles: /admin/… and /inbox/NUMBER, and what is kept of a
// customer's endpoint. docs/simulator.md describes it. On the loop's thread; answers at once.
#pragma once

#include <string_view>

#include "common/http/message.hpp"
#include "sim/dlr_poster.hpp"
#include "sim/state.hpp"

namespace pinwire::sim {

// Path below "/admin".
http::response serve_admin(
    const http::request& asked, std::string_view path, state& known, dlr_poster& poster
);

// Path below "/inbox".
http::response serve_inbox(std::string_view path, const state& known);

// GET on "/customer/NAME…": rest is "", "/finals" or "/requests".
http::response show_customer(
    const http::request& asked, std::string_view name, std::string_view rest, const state& known
);

}  // namespace pinwire::sim
