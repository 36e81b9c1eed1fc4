#include "api/template_store.hpp"

#include <utility>

namespace pinwire::api {
namespace {

class stored_templates final : public template_store {
public:
    explicit stored_templates(postgres::executor& database) : database_(database) {}

    awaitable<std::vector<postgres::application>> list_applications(account_name account) override {
        auto work = [account = std::move(account)](postgres::session& db) {
            return postgres::list_applications(db, account);
        };
        return database_.run(std::move(work));
    }

    awaitable<std::optional<postgres::application>> find_application(
        account_name account, std::string id
    ) override {
        auto work = [account = std::move(account), id = std::move(id)](postgres::session& db) {
            return postgres::find_application(db, account, id);
        };
        return database_.run(std::move(work));
    }

    awaitable<bool> create_application(account_name account, postgres::application made) override {
        auto work = [account = std::move(account), made = std::move(made)](postgres::session& db) {
            return postgres::create_application(db, account, made);
        };
        return database_.run(std::move(work));
    }

    awaitable<bool> update_application(account_name account, postgres::application made) override {
        auto work = [account = std::move(account), made = std::move(made)](postgres::session& db) {
            return postgres::update_application(db, account, made);
        };
        return database_.run(std::move(work));
    }

    awaitable<std::vector<postgres::message_template>> list_messages(
        account_name account, std::string application
    ) override {
        auto work = [account = std::move(account),
                     application = std::move(application)](postgres::session& db) {
            return postgres::list_messages(db, account, application);
        };
        return database_.run(std::move(work));
    }

    awaitable<std::optional<postgres::message_template>> find_message(
        account_name account, std::string application, std::string id
    ) override {
        auto work = [account = std::move(account),
                     application = std::move(application),
                     id = std::move(id)](postgres::session& db) {
            return postgres::find_message(db, account, application, id);
        };
        return database_.run(std::move(work));
    }

    awaitable<bool> create_message(account_name account, postgres::message_template made) override {
        auto work = [account = std::move(account), made = std::move(made)](postgres::session& db) {
            return postgres::create_message(db, account, made);
        };
        return database_.run(std::move(work));
    }

    awaitable<bool> update_message(account_name account, postgres::message_template made) override {
        auto work = [account = std::move(account), made = std::move(made)](postgres::session& db) {
            return postgres::update_message(db, account, made);
        };
        return database_.run(std::move(work));
    }

private:
    postgres::executor& database_;
};

}  // namespace

std::unique_ptr<template_store> make_template_store(postgres::executor& database) {
    return std::make_unique<stored_templates>(database);
}

}  // namespace pinwire::api
