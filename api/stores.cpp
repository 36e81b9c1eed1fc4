#include "api/stores.hpp"

#include "common/postgres/errors.hpp"

namespace pinwire::api {
namespace {

[[noreturn]] void absent() {
    throw postgres::database_error(postgres::trouble::weather, "", "not built in yet");
}

// Until the stores over common/postgres are there: a database that is always away.
class absent_stores final : public stores,
                            public order_store,
                            public pin_store,
                            public template_store {
public:
    order_store& orders() override { return *this; }
    pin_store& pins() override { return *this; }
    template_store& templates() override { return *this; }
    awaitable<int> settle_charges() override { co_return 0; }
    void stop() override {}

    awaitable<postgres::admission> admit(postgres::admission_request) override { absent(); }
    awaitable<postgres::final_answer> finish_now(postgres::final_job) override { absent(); }
    awaitable<std::optional<postgres::pin_facts>> find(postgres::pin_question) override {
        absent();
    }
    awaitable<postgres::guess_answer> guess(postgres::guess_request) override { absent(); }
    awaitable<bool> cancel(account_name, pin_id) override { absent(); }
    awaitable<std::optional<postgres::pin_story>> story(postgres::pin_question) override {
        absent();
    }
    awaitable<std::vector<postgres::verification>> verifications(account_name, std::string, msisdn)
        override {
        absent();
    }
    awaitable<std::vector<postgres::application>> list_applications(account_name) override {
        absent();
    }
    awaitable<std::optional<postgres::application>> find_application(account_name, std::string)
        override {
        absent();
    }
    awaitable<bool> create_application(account_name, postgres::application) override { absent(); }
    awaitable<bool> update_application(account_name, postgres::application) override { absent(); }
    awaitable<std::vector<postgres::message_template>> list_messages(account_name, std::string)
        override {
        absent();
    }
    awaitable<std::optional<postgres::message_template>> find_message(
        account_name, std::string, std::string
    ) override {
        absent();
    }
    awaitable<bool> create_message(account_name, postgres::message_template) override { absent(); }
    awaitable<bool> update_message(account_name, postgres::message_template) override { absent(); }
};

}  // namespace

std::unique_ptr<stores>
make_stores(executor, const config::settings&, epoch_id, std::function<void()>) {
    return std::make_unique<absent_stores>();
}

}  // namespace pinwire::api
