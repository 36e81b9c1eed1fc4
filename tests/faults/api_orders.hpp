// Customers' orders at pinwire-api while something dies: several at once, and again until they are
// taken. The account is acme.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/stack/api_caller.hpp"

namespace pinwire::test {

// answer_within of the stack, what its end may take, and a busy machine
inline constexpr std::chrono::seconds answer_bound{12};

extern const nlohmann::json with_lookup;

std::string number_of(int serial);

// Starts what isn't a worker, and all that the names say; a caller for each API process. `armed`:
// where the first one dies.
std::vector<api_caller> bring_up(
    pinwire_stack& stack,
    const std::vector<std::string>& apis,
    const std::string& armed = "",
    bool worker = true
);

// Calls side by side; none: no answer came.
using call = std::function<told()>;
std::vector<std::optional<told>> at_once(const std::vector<call>& calls);

// Nothing that was produced so far waits to be read: later orders of every partition went through.
void pass_all_partitions(pinwire_stack& stack, const api_caller& caller);

std::size_t messages_to(pinwire_stack& stack, const std::string& number);

// Asked again with the same Idempotency-Key; each answer in time.
told until_taken(const api_caller& caller, const std::string& number, const std::string& key);

}  // namespace pinwire::test
