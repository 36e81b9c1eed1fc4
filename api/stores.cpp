#include "api/stores.hpp"

#include "api/store.hpp"
#include "common/postgres/errors.hpp"

namespace pinwire::api {
namespace {

// Until api/template_store is there: a database that is always away.
class absent_templates final : public template_store {
public:
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

private:
    [[noreturn]] static void absent() {
        throw postgres::database_error(postgres::trouble::weather, "", "no templates yet");
    }
};

class postgres_stores final : public stores {
public:
    explicit postgres_stores(std::unique_ptr<order_and_pin_store> orders_and_pins)
        : orders_and_pins_(std::move(orders_and_pins)) {}

    order_store& orders() override { return *orders_and_pins_; }
    pin_store& pins() override { return *orders_and_pins_; }
    template_store& templates() override { return templates_; }
    awaitable<int> settle_charges() override { return orders_and_pins_->settle_charges(); }
    void stop() override { orders_and_pins_->stop(); }

private:
    std::unique_ptr<order_and_pin_store> orders_and_pins_;
    absent_templates templates_;
};

}  // namespace

std::unique_ptr<stores> make_stores(
    executor ex, const config::settings& settings, epoch_id epoch, std::function<void()> committed
) {
    return std::make_unique<postgres_stores>(
        make_order_and_pin_store(ex, settings, epoch, std::move(committed))
    );
}

}  // namespace pinwire::api
