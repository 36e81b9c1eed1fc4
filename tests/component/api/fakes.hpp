// The API's ports as small models, for component tests of the dialects and of what stands behind
// them: an order desk that writes down what it is given and answers by script, PINs and templates
// in memory that keep the rules of sql/ as far as a caller can see them, a gate with known keys.
// All are deterministic: the time is world::now and moves only by hand. Loop thread only.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <exception>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/caller.hpp"
#include "api/guess_pin.hpp"
#include "api/order.hpp"
#include "api/ports.hpp"
#include "common/core/guard.hpp"

namespace pinwire::api::test {

using wall_time = std::chrono::system_clock::time_point;

// Runs a coroutine on a loop of its own until nothing is left to do; gives its value or throws what
// it threw.
template <class T>
T run(awaitable<T> body) {
    boost::asio::io_context io(1);
    std::optional<T> value;
    std::exception_ptr failed;
    boost::asio::co_spawn(io, std::move(body), [&](std::exception_ptr error, T got) {
        failed = std::move(error);
        if (!failed) value.emplace(std::move(got));
    });
    io.run();
    if (failed) std::rethrow_exception(failed);
    return std::move(value.value());
}

// A message from a caller, as the listener hands it on. `target` may have a query.
class a_call {
public:
    a_call(std::string method, std::string target);

    a_call& with(std::string name, std::string value);  // a header
    a_call& json(std::string body);                     // with its content type
    a_call& body(std::string bytes);                    // without one
    a_call& from(std::string_view address);
    a_call& key(std::string value);  // Idempotency-Key

    operator call() const { return made_; }  // NOLINT: meant to be implicit
    call get() const { return made_; }

private:
    call made_;
};

class fake_order_desk final : public order_desk {
public:
    std::vector<order> orders;         // as they came
    std::deque<placed_order> answers;  // given in their order; then: usual()
    std::function<void(const order&)> on_place;

    // All is well: durable without news, looked up and reachable, sent, or the call taken.
    static placed_order usual(const order&);
    // One without news.
    static placed_order plain(placed_order::kind, std::chrono::seconds retry_after = {});

    const order& last() const { return orders.back(); }
    awaitable<placed_order> place(order) override;
};

// A PIN and all that is known of it.
struct fake_pin {
    postgres::pin_story story;  // its times and counts are the truth
    account_name account;
    key_id guess_key;
    guess_mac mac{};
    bool dead = false;   // out of tries, spent or cancelled
    bool spent = false;  // because it was verified, once only
    std::optional<rate_limit> verify_limit;
    std::map<std::string, std::vector<wall_time>> guessed;  // by limit_scope
};

class fake_pin_store final : public pin_store {
public:
    fake_pin_store(const key_ring& keys, const wall_time& now) : keys_(keys), now_(now) {}

    // A numeric PIN, sent by SMS just now, with three tries and an hour to live. Change what is to
    // be different; the newest of its number is the one added last.
    fake_pin& add(account_name, pin_id, msisdn, const secret& clear);
    fake_pin* at(const account_name&, const pin_id&);

    bool broken = false;  // every call throws postgres::database_error
    std::vector<postgres::guess_request> guesses;

    awaitable<std::optional<postgres::pin_facts>> find(postgres::pin_question) override;
    awaitable<postgres::guess_answer> guess(postgres::guess_request) override;
    awaitable<bool> cancel(account_name, pin_id) override;
    awaitable<std::optional<postgres::pin_story>> story(postgres::pin_question) override;
    awaitable<std::vector<postgres::verification>> verifications(
        account_name, std::string application, msisdn
    ) override;

private:
    void must_work() const;
    fake_pin* asked(const postgres::pin_question&);
    std::optional<std::chrono::milliseconds> full(fake_pin&, const postgres::guess_request&);
    postgres::guess_answer judge(fake_pin&, const postgres::guess_request&);

    const key_ring& keys_;
    const wall_time& now_;
    std::deque<fake_pin> pins_;  // in the order of their making
};

class fake_template_store final : public template_store {
public:
    using by_id = std::pair<std::string, std::string>;  // account, id

    std::map<by_id, postgres::application> applications;
    std::map<by_id, postgres::message_template> messages;
    std::size_t applications_max = 1000;
    bool broken = false;                  // every call throws postgres::database_error
    std::function<void()> before_change;  // another's change comes between

    awaitable<std::vector<postgres::application>> list_applications(account_name) override;
    awaitable<std::optional<postgres::application>> find_application(account_name, std::string id)
        override;
    awaitable<bool> create_application(account_name, postgres::application) override;
    awaitable<postgres::changed> change_application(
        account_name, postgres::application former, postgres::application made
    ) override;
    awaitable<std::vector<postgres::message_template>> list_messages(
        account_name, std::string application
    ) override;
    awaitable<std::optional<postgres::message_template>> find_message(
        account_name, std::string application, std::string id
    ) override;
    awaitable<bool> create_message(account_name, postgres::message_template) override;
    awaitable<postgres::changed> change_message(
        account_name, postgres::message_template former, postgres::message_template made
    ) override;

private:
    void must_work() const;
};

// Keys in clear; otherwise as strict as the true one.
class fake_gate final : public gate {
public:
    std::map<std::string, std::shared_ptr<config::account_settings>, std::less<>> by_key;
    std::vector<std::string> unserved;  // prefixes

    bool serves(const msisdn& to) const override {
        return !prefix_set(unserved).holds(to.digits());
    }
    verdict admit(const secret& key, const call&) override;
    verdict admit_basic(std::string_view account, const secret& key, const call&) override;
};

key_ring test_ring();
msisdn number(std::string_view digits);

// Everything that a dialect is built on, wired. The account "shop" has the key "shop-key".
struct world {
    world();
    world(const world&) = delete;
    world& operator=(const world&) = delete;

    wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1} + std::chrono::hours(12)};
    key_ring keys = test_ring();
    config::settings settings;
    std::shared_ptr<config::account_settings> shop;
    fake_gate gate;
    fake_order_desk desk;
    fake_pin_store pins{keys, now};
    guess_pin guess{keys, pins};
    fake_template_store templates;
    std::function<wall_time()> clock = [this] { return now; };
};

}  // namespace pinwire::api::test
