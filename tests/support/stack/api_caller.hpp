// A customer's client of pinwire-api, of both dialects, and what the handset of his user shows.
// Blocking; a call throws std::runtime_error when no whole answer comes. Several threads may use
// one.
#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

struct told {
    int status = 0;
    nlohmann::json body;      // null: it wasn't JSON
    std::string retry_after;  // empty: not said
    std::chrono::milliseconds took{0};
};
std::ostream& operator<<(std::ostream&, const told&);

class api_caller {
public:
    // `patience`: how long it waits for an answer before it hangs up.
    api_caller(
        std::string origin,
        std::string key,
        std::chrono::milliseconds patience = std::chrono::seconds(30)
    )
        : origin_(std::move(origin)), key_(std::move(key)), patience_(patience) {}

    // With `Authorization: App KEY`. A null body: none. `retry_key`: the Idempotency-Key.
    told call(
        const std::string& method,
        const std::string& target,
        const nlohmann::json& body = nullptr,
        const std::string& retry_key = ""
    ) const;

    // 360NRS: a PIN in angle brackets to that number, without a lookup unless `more` says so.
    told request(
        const std::string& number,
        const nlohmann::json& more = nlohmann::json::object(),
        const std::string& retry_key = ""
    ) const;
    told verify(const std::string& number, const std::string& pin) const;

private:
    std::string origin_;
    std::string key_;
    std::chrono::milliseconds patience_;
};

// The account is one of the tables from then on, with all that the file says; the key in clear.
std::string add_key(const pinwire_stack&, const std::string& account);

// Waits until that API process answers to the key.
void wait_until_known(const api_caller&);

// The PINs in angle brackets that carriers took, by number, in their order.
std::map<std::string, std::vector<std::string>> pins_on_handsets(pinwire_stack&);
std::vector<std::string> pins_on_handset(pinwire_stack&, const std::string& number);

// Waits for so many messages on that handset; the newest PIN. Throws if they don't come.
std::string pin_on_handset(pinwire_stack&, const std::string& number, std::size_t messages = 1);

// One that isn't it, of the same length.
std::string other_than(const std::string& pin);

}  // namespace pinwire::test
