// A guess, from what the caller wrote to what became of it: finds the PIN, makes the guess's MAC
// under the PIN's own key, and has it compared in one atomic statement. The guess is a secret all
// the way. Loop thread.
#pragma once

#include <string>

#include "api/caller.hpp"
#include "api/ports.hpp"
#include "common/core/key_ring.hpp"
#include "common/core/secret.hpp"

namespace pinwire::api {

struct guessed {
    postgres::guess_answer answer;
    postgres::pin_facts pin;  // empty when answer.what is gone
};

class guess_pin {
public:
    guess_pin(const key_ring&, pin_store&);

    // Trimmed and upper-cased before it is compared. By id when `which.pin` is set, else the newest
    // of the number. Throws std::runtime_error when the ring lacks the PIN's key: our own trouble.
    awaitable<guessed> run(const caller& who, postgres::pin_question which, secret guess);

private:
    const key_ring& keys_;
    pin_store& pins_;
};

}  // namespace pinwire::api
