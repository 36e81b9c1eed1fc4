#include "api/template_store.hpp"

#include <utility>

#include "api/bounded_batch.hpp"
#include "api/each_row.hpp"

namespace pinwire::api {
namespace {

using postgres::session;

struct row_key {
    account_name account;
    std::string application;
    std::string message;  // empty: the application itself, or all its messages
};

template <class Value>
struct row_of {
    account_name account;
    Value value;
};

using application_row = row_of<postgres::application>;
using message_row = row_of<postgres::message_template>;

template <class Value>
struct change_of {
    account_name account;
    Value former;
    Value made;
};

using application_change = change_of<postgres::application>;
using message_change = change_of<postgres::message_template>;
using postgres::changed;

// Ids are 128 random bits: one that is there already is our own, from before the batch's rerun.
template <class Create>
bool create_once(Create create) {
    constexpr std::string_view unique_violation = "23505";
    try {
        return create();
    } catch (const postgres::database_error& error) {
        if (error.sqlstate() != unique_violation) throw;
        return true;
    }
}

std::vector<postgres::application> list_applications_now(session& db, const account_name& of) {
    return postgres::list_applications(db, of);
}

std::optional<postgres::application> find_application_now(session& db, const row_key& at) {
    return postgres::find_application(db, at.account, at.application);
}

bool create_application_now(session& db, const application_row& one) {
    return create_once([&] { return postgres::create_application(db, one.account, one.value); });
}

changed change_application_now(session& db, const application_change& one) {
    return postgres::change_application(db, one.account, one.former, one.made);
}

std::vector<postgres::message_template> list_messages_now(session& db, const row_key& of) {
    return postgres::list_messages(db, of.account, of.application);
}

std::optional<postgres::message_template> find_message_now(session& db, const row_key& at) {
    return postgres::find_message(db, at.account, at.application, at.message);
}

bool create_message_now(session& db, const message_row& one) {
    return create_once([&] { return postgres::create_message(db, one.account, one.value); });
}

changed change_message_now(session& db, const message_change& one) {
    return postgres::change_message(db, one.account, one.former, one.made);
}

class stored_templates final : public template_store {
public:
    stored_templates(executor ex, postgres::executor& on, batch_rules rules)
        : list_applications_(ex, on, rules, each_row<account_name>(list_applications_now)),
          find_application_(ex, on, rules, each_row<row_key>(find_application_now)),
          create_application_(ex, on, rules, each_row<application_row>(create_application_now)),
          change_application_(ex, on, rules, each_row<application_change>(change_application_now)),
          list_messages_(ex, on, rules, each_row<row_key>(list_messages_now)),
          find_message_(ex, on, rules, each_row<row_key>(find_message_now)),
          create_message_(ex, on, rules, each_row<message_row>(create_message_now)),
          change_message_(ex, on, rules, each_row<message_change>(change_message_now)) {}

    awaitable<std::vector<postgres::application>> list_applications(account_name account) override {
        return list_applications_.ask(std::move(account));
    }

    awaitable<std::optional<postgres::application>> find_application(
        account_name account, std::string id
    ) override {
        return find_application_.ask(row_key{std::move(account), std::move(id), {}});
    }

    awaitable<bool> create_application(account_name account, postgres::application made) override {
        return create_application_.ask(application_row{std::move(account), std::move(made)});
    }

    awaitable<changed> change_application(
        account_name account, postgres::application former, postgres::application made
    ) override {
        return change_application_.ask(application_change{
            std::move(account), std::move(former), std::move(made)});
    }

    awaitable<std::vector<postgres::message_template>> list_messages(
        account_name account, std::string application
    ) override {
        return list_messages_.ask(row_key{std::move(account), std::move(application), {}});
    }

    awaitable<std::optional<postgres::message_template>> find_message(
        account_name account, std::string application, std::string id
    ) override {
        return find_message_.ask(row_key{std::move(account), std::move(application), std::move(id)}
        );
    }

    awaitable<bool> create_message(account_name account, postgres::message_template made) override {
        return create_message_.ask(message_row{std::move(account), std::move(made)});
    }

    awaitable<changed> change_message(
        account_name account, postgres::message_template former, postgres::message_template made
    ) override {
        return change_message_.ask(message_change{
            std::move(account), std::move(former), std::move(made)});
    }

private:
    template <class In, class Out>
    using batch = bounded_batch<In, Out>;

    batch<account_name, std::vector<postgres::application>> list_applications_;
    batch<row_key, std::optional<postgres::application>> find_application_;
    batch<application_row, bool> create_application_;
    batch<application_change, changed> change_application_;
    batch<row_key, std::vector<postgres::message_template>> list_messages_;
    batch<row_key, std::optional<postgres::message_template>> find_message_;
    batch<message_row, bool> create_message_;
    batch<message_change, changed> change_message_;
};

}  // namespace

std::unique_ptr<template_store> make_template_store(
    executor ex, postgres::executor& database, std::chrono::milliseconds within
) {
    batch_rules rules;
    rules.within = within;
    return std::make_unique<stored_templates>(std::move(ex), database, rules);
}

}  // namespace pinwire::api
