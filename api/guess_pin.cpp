#include "api/guess_pin.hpp"

#include <stdexcept>

#include "common/core/text.hpp"

namespace pinwire::api {
namespace {

// A newer PIN may take the found one's place while we ask; more often than this nobody orders PINs
// for one number in earnest.
constexpr int rounds_max = 5;

secret normalised(const secret& guess) {
    std::string upper(trimmed(guess.reveal()));
    upper_case(upper);
    return secret(std::move(upper));
}

}  // namespace

guess_pin::guess_pin(const key_ring& keys, pin_store& pins) : keys_(keys), pins_(pins) {}

awaitable<guessed> guess_pin::run(const caller& who, postgres::pin_question which, secret written) {
    const auto guess = normalised(written);
    const bool by_number = which.pin.empty();
    which.account = who.account->name;
    guessed result;
    for (int round = 0; round < rounds_max; ++round) {
        auto facts = co_await pins_.find(which);
        if (!facts) co_return result;
        postgres::guess_request request;
        request.account = which.account;
        request.pin = facts->pin;
        request.to = facts->to;
        request.by_number = by_number;
        request.strict = who.account->strict;
        if (facts->verify_limit) {
            request.limit = *facts->verify_limit;
            request.limit_scope = "verify:" + facts->application + ":" + facts->to.digits();
        }
        // A PIN that is beyond guessing has no key any more: the statement says why.
        if (!facts->guess_key.empty()) {
            const auto context = key_ring::guess_context(which.account, facts->pin);
            request.mac = keys_.mac_of_guess(facts->guess_key, guess, context);
            if (!request.mac) throw std::runtime_error("the key ring lacks a PIN's key");
            if (guess.reveal().size() != facts->length) request.mac.reset();
        }
        result.answer = co_await pins_.guess(std::move(request));
        if (result.answer.what == postgres::guess_answer::kind::gone) co_return result;
        result.pin = std::move(*facts);
        if (result.answer.what != postgres::guess_answer::kind::newer) co_return result;
    }
    throw std::runtime_error("newer PINs of one number came faster than a guess");
}

}  // namespace pinwire::api
