#include "cli/accounts.hpp"

#include <fmt/format.h>

#include "cli/account_fields.hpp"
#include "cli/database_command.hpp"
#include "cli/money.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "cli/who.hpp"
#include "common/config/files.hpp"
#include "common/config/rules.hpp"
#include "common/postgres/accounts.hpp"
#include "common/reports/signature.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t secrets_max = 4;

void must_be_name(const std::string& name) {
    if (config::is_name(name)) return;
    throw failure(
        exit_code::wrong,
        fmt::format("\"{}\" is no account's name: 1 to 40 of letters, digits, - and _", name)
    );
}

config::settings settings_with_ring(const common_options& common) {
    needed_secrets needed;
    needed.keys = true;
    return load_settings(common, needed);
}

std::string sealed(const secret& clear, const account_name& account, const key_ring& ring) {
    return ring.seal(clear, postgres::secret_context(account), random_bytes<12>());
}

std::vector<std::string> sealed_files(
    const std::vector<std::string>& files, const account_name& account, const key_ring& ring
) {
    std::vector<std::string> made;
    for (const auto& file : files) {
        if (file.empty()) continue;
        auto read = config::read_secret_file(file);
        if (const auto* wrong = std::get_if<std::string>(&read))
            throw failure(exit_code::wrong, *wrong);
        try {
            const auto text = std::get<secret>(read);
            made.push_back(sealed(reports::parse_webhook_secret(text.reveal()), account, ring));
        } catch (const std::runtime_error& error) {
            throw failure(exit_code::wrong, fmt::format("{}: {}", file, error.what()));
        }
    }
    if (made.size() > secrets_max)
        throw failure(exit_code::wrong, fmt::format("at most {} webhook secrets", secrets_max));
    return made;
}

ordered_json columns_of(const common_options& common, const account_options& options) {
    auto made = account_columns(options.fields);
    if (options.secret_files) {
        const auto settings = settings_with_ring(common);
        made["webhook_secrets"] =
            sealed_files(*options.secret_files, account_name(options.name), *settings.keys.ring);
    }
    return made;
}

std::vector<nlohmann::json> facts_of(
    postgres::session& on, const std::optional<std::string>& name
) {
    const auto rows = on.query("select account_facts($1)::text", {name});
    std::vector<nlohmann::json> made;
    for (std::size_t i = 0; i < rows.size(); ++i)
        made.push_back(nlohmann::json::parse(rows[i].view(0)));
    return made;
}

void tell(const common_options& common, const std::string& name, const std::string& what) {
    if (common.json) {
        ordered_json answer;
        answer["account"] = name;
        answer["done"] = what;
        print_json(answer);
    } else {
        print(fmt::format("{}: {}\n", name, what));
    }
}

bool save(
    postgres::session& on,
    const std::string& what,
    const std::string& name,
    bool create,
    const std::string& columns
) {
    postgres::account_change change;
    change.who = operator_name();
    change.what = what;
    change.account = account_name(name);
    change.create = create;
    change.columns = columns;
    return postgres::save_account(on, change);
}

postgres::account_row row_of(const config::account_settings& from, const key_ring& ring) {
    postgres::account_row made;
    made.name = from.name;
    for (const auto& clear : from.webhook_secrets)
        made.webhook_secrets.push_back(sealed(clear, from.name, ring));
    made.allow_http = from.allow_http;
    for (const auto& block : from.allow_cidrs)
        made.allow_cidrs.push_back(block.to_string());
    made.ports = from.ports;
    made.time_zone = from.time_zone;
    made.default_sender = from.default_sender.str();
    for (const auto& sender : from.senders)
        made.senders.push_back(sender.str());
    made.text_360nrs = from.text_360nrs;
    made.text_infobip = from.text_infobip;
    return made;
}

// Accounts of the file; none where there is no file, for who looks from elsewhere.
std::vector<std::string> names_in_file(const common_options& common) {
    std::vector<std::string> names;
    if (!std::filesystem::exists(common.config_file)) return names;
    for (const auto& [name, account] : load_settings(common, {}).accounts)
        names.push_back(name.str());
    return names;
}

std::string text_of(const nlohmann::json& value) {
    if (value.is_null()) return "-";
    if (value.is_string()) return value.get<std::string>();
    if (!value.is_array()) return value.dump();
    std::string made;
    for (const auto& item : value)
        made += (made.empty() ? "" : ", ") + text_of(item);
    return made;
}

std::string credit_of(const nlohmann::json& facts) {
    const auto& micros = facts.at("credit_micros");
    return micros.is_null() ? "-" : micros_text(micros.get<std::int64_t>());
}

}  // namespace

failure no_account(const std::string& name) {
    return failure(
        exit_code::failed,
        fmt::format(
            "no account {} in the tables; `pinwire accounts list` shows all, `import` takes those "
            "of the configuration file over",
            name
        )
    );
}

exit_code import_accounts(const common_options& common, const account_options& options) {
    needed_secrets needed;
    needed.keys = true;
    needed.webhooks = true;
    const auto settings = load_settings(common, needed);
    table rows({"ACCOUNT", "RESULT"});
    with_database(common, options.database, [&](postgres::session& on) {
        for (const auto& [name, account] : settings.accounts) {
            const auto columns = postgres::columns_of(row_of(account, *settings.keys.ring));
            const bool made = save(on, "account import", name.str(), true, columns);
            const std::string result = made ? "imported" : "is there already: left as it is";
            if (common.json) tell(common, name.str(), made ? "imported" : "left");
            rows.add({name.str(), result});
        }
    });
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

exit_code list_accounts(const common_options& common, const account_options& options) {
    auto in_file = names_in_file(common);
    const auto all = with_database(common, options.database, [](postgres::session& on) {
        return facts_of(on, std::nullopt);
    });
    table rows({"ACCOUNT", "FROM", "STATE", "KEYS", "CREDIT", "STRICT", "PER NUMBER"});
    for (const auto& one : all) {
        const auto name = one.at("name").get<std::string>();
        std::erase(in_file, name);
        if (common.json) print_json(ordered_json(one));
        rows.add(
            {name,
             "tables",
             one.at("suspended").get<bool>() ? "suspended" : "live",
             text_of(one.at("live_keys")),
             credit_of(one),
             one.at("strict").get<bool>() ? "yes" : "no",
             text_of(one.at("per_number"))}
        );
    }
    for (const auto& name : in_file) {
        if (common.json) print_json({{"name", name}, {"from", "file"}});
        rows.add({name, "file", "live", "0", "-", "no", "-"});
    }
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

exit_code show_account(const common_options& common, const account_options& options) {
    const auto found = with_database(common, options.database, [&](postgres::session& on) {
        return facts_of(on, options.name);
    });
    if (found.empty()) throw no_account(options.name);
    if (common.json) {
        print_json(ordered_json(found.front()));
        return exit_code::ok;
    }
    table rows({"SETTING", "VALUE"});
    for (const auto& [key, value] : found.front().items())
        rows.add({key, key == "credit_micros" ? credit_of(found.front()) : text_of(value)});
    print(rows.text());
    return exit_code::ok;
}

exit_code add_account(const common_options& common, const account_options& options) {
    must_be_name(options.name);
    const auto columns = columns_of(common, options);
    check_account(nlohmann::json(columns));
    const bool made = with_database(common, options.database, [&](postgres::session& on) {
        return save(on, "account add", options.name, true, columns.dump());
    });
    if (!made) throw failure(exit_code::failed, fmt::format("{} is there already", options.name));
    tell(common, options.name, "added");
    return exit_code::ok;
}

exit_code set_account(const common_options& common, const account_options& options) {
    const auto columns = columns_of(common, options);
    if (columns.empty())
        throw failure(exit_code::wrong, "nothing to set; see `pinwire accounts set --help`");
    with_database(common, options.database, [&](postgres::session& on) {
        auto facts = facts_of(on, options.name);
        if (facts.empty()) throw no_account(options.name);
        facts.front().update(nlohmann::json(columns));
        check_account(facts.front());
        if (!save(on, "account set", options.name, false, columns.dump()))
            throw no_account(options.name);
    });
    tell(common, options.name, "set");
    return exit_code::ok;
}

exit_code suspend_account(
    const common_options& common, const account_options& options, bool suspended
) {
    const auto* what = suspended ? "account suspend" : "account resume";
    ordered_json columns;
    columns["suspended"] = suspended;
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        return save(on, what, options.name, false, columns.dump());
    });
    if (!done) throw no_account(options.name);
    tell(common, options.name, suspended ? "suspended" : "resumed");
    return exit_code::ok;
}

exit_code credit_account(const common_options& common, const account_options& options) {
    const auto micros = parse_micros(options.amount);
    const bool is_signed = options.amount.starts_with('+') || options.amount.starts_with('-');
    if (!micros || !is_signed) {
        throw failure(
            exit_code::wrong,
            fmt::format(
                "\"{}\" is no amount: + or -, digits, and at most six places after the point",
                options.amount
            )
        );
    }
    auto where = database_of(common, options.database);
    const auto session = open_session(where);
    std::optional<std::int64_t> now;
    try {
        now = postgres::add_credit(*session, operator_name(), account_name(options.name), *micros);
    } catch (const postgres::database_error& error) {
        if (error.sqlstate() != "23514") throw explain(error);
        throw failure(exit_code::failed, "the credit would fall below zero; nothing was done");
    }
    if (!now) throw no_account(options.name);
    if (common.json) {
        ordered_json answer;
        answer["account"] = options.name;
        answer["credit_micros"] = *now;
        print_json(answer);
    } else {
        print(fmt::format("{}: the credit is {} now\n", options.name, micros_text(*now)));
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
