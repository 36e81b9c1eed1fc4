// What the dialects need from the world besides the order desk, as small abstract classes:
// implemented over common/postgres by store.cpp, by fakes in tests. Loop thread. A database that is
// away longer than [api] answer_within throws postgres::database_error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/core/ip_address.hpp"
#include "common/core/secret.hpp"
#include "common/postgres/endpoints.hpp"
#include "common/postgres/guesses.hpp"
#include "common/postgres/orders.hpp"
#include "common/postgres/templates.hpp"
#include "common/runtime/asio.hpp"

namespace pinwire::api {

// Batched behind it: what arrived while the last commit ran goes together.
class order_store {
public:
    virtual ~order_store() = default;
    virtual awaitable<postgres::admission> admit(postgres::admission_request) = 0;
    virtual awaitable<postgres::final_answer> finish_now(postgres::final_job) = 0;
};

class pin_store {
public:
    virtual ~pin_store() = default;
    virtual awaitable<std::optional<postgres::pin_facts>> find(postgres::pin_question) = 0;
    virtual awaitable<postgres::guess_answer> guess(postgres::guess_request) = 0;
    virtual awaitable<bool> cancel(account_name, pin_id) = 0;
    virtual awaitable<std::optional<postgres::pin_story>> story(postgres::pin_question) = 0;
    virtual awaitable<std::vector<postgres::verification>> verifications(
        account_name, std::string application, msisdn
    ) = 0;
};

class template_store {
public:
    virtual ~template_store() = default;
    virtual awaitable<std::vector<postgres::application>> list_applications(account_name) = 0;
    virtual awaitable<std::optional<postgres::application>> find_application(
        account_name, std::string id
    ) = 0;
    virtual awaitable<bool> create_application(account_name, postgres::application) = 0;
    // `former`: what was read and changed; outrun when it isn't that any more.
    virtual awaitable<postgres::changed> change_application(
        account_name, postgres::application former, postgres::application made
    ) = 0;
    virtual awaitable<std::vector<postgres::message_template>> list_messages(
        account_name, std::string application
    ) = 0;
    virtual awaitable<std::optional<postgres::message_template>> find_message(
        account_name, std::string application, std::string id
    ) = 0;
    virtual awaitable<bool> create_message(account_name, postgres::message_template) = 0;
    virtual awaitable<postgres::changed> change_message(
        account_name, postgres::message_template former, postgres::message_template made
    ) = 0;
};

class endpoint_store {
public:
    virtual ~endpoint_store() = default;
    // What an operator set for it; none: nothing.
    virtual awaitable<std::optional<postgres::endpoint_setting>> find(postgres::endpoint_name) = 0;
};

}  // namespace pinwire::api
