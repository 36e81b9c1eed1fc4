#include "api/stores.hpp"

#include <utility>

#include "api/endpoint_store.hpp"
#include "api/store.hpp"
#include "api/template_store.hpp"
#include "common/postgres/executor.hpp"
#include "common/upkeep/connections.hpp"

namespace pinwire::api {
namespace {

class postgres_stores final : public stores {
public:
    postgres_stores(
        const executor& ex,
        std::unique_ptr<order_and_pin_store> orders_and_pins,
        const config::settings& settings
    )
        : orders_and_pins_(std::move(orders_and_pins)),
          database_(upkeep::postgres_settings_of(settings, "api-templates"), "pg-templates"),
          templates_(make_template_store(ex, database_, settings.api.answer_within)),
          endpoints_(make_endpoint_store(ex, database_, settings.api.answer_within)) {}

    order_store& orders() override { return *orders_and_pins_; }
    pin_store& pins() override { return *orders_and_pins_; }
    template_store& templates() override { return *templates_; }
    endpoint_store& endpoints() override { return *endpoints_; }
    awaitable<int> settle_charges() override { return orders_and_pins_->settle_charges(); }
    void stop() override {
        orders_and_pins_->stop();
        database_.stop();
    }
    void abandon() override {
        orders_and_pins_->abandon();
        database_.abandon();
    }

private:
    std::unique_ptr<order_and_pin_store> orders_and_pins_;
    postgres::executor database_;
    std::unique_ptr<template_store> templates_;
    std::unique_ptr<endpoint_store> endpoints_;
};

}  // namespace

std::unique_ptr<stores> make_stores(
    executor ex, const config::settings& settings, epoch_id epoch, std::function<void()> committed
) {
    return std::make_unique<postgres_stores>(
        ex, make_order_and_pin_store(ex, settings, epoch, std::move(committed)), settings
    );
}

}  // namespace pinwire::api
