// A pin_store whose guesses are counted. Loop thread; borrows both.
#pragma once

#include "api/figures.hpp"
#include "api/ports.hpp"

namespace pinwire::api {

class counted_pins final : public pin_store {
public:
    counted_pins(pin_store& inner, figures& counts) : inner_(inner), counts_(counts) {}

    awaitable<std::optional<postgres::pin_facts>> find(postgres::pin_question which) override {
        return inner_.find(std::move(which));
    }
    awaitable<postgres::guess_answer> guess(postgres::guess_request one) override {
        auto answer = co_await inner_.guess(std::move(one));
        counts_.guess(answer.what);
        co_return answer;
    }
    awaitable<bool> cancel(account_name account, pin_id pin) override {
        return inner_.cancel(std::move(account), std::move(pin));
    }
    awaitable<std::optional<postgres::pin_story>> story(postgres::pin_question which) override {
        return inner_.story(std::move(which));
    }
    awaitable<std::vector<postgres::verification>> verifications(
        account_name account, std::string application, msisdn to
    ) override {
        return inner_.verifications(std::move(account), std::move(application), std::move(to));
    }

private:
    pin_store& inner_;
    figures& counts_;
};

}  // namespace pinwire::api
