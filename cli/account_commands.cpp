#include "cli/account_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/account_fields.hpp"
#include "cli/accounts.hpp"
#include "cli/api_keys.hpp"
#include "cli/audit.hpp"
#include "cli/command_options.hpp"
#include "cli/erase.hpp"
#include "cli/search.hpp"
#include "cli/templates.hpp"
#include "cli/test_numbers.hpp"
#include "cli/unlock.hpp"
#include "cli/usage.hpp"

namespace pinwire::cli {
namespace {

// The command runs `what` with its options.
template <class Options>
void choose(
    CLI::App& command,
    const common_options& common,
    chosen& run,
    std::shared_ptr<Options> options,
    exit_code (*what)(const common_options&, const Options&)
) {
    command.callback([&common, &run, options, what] {
        run = [&common, options, what] { return what(common, *options); };
    });
}

void add_fields(CLI::App& command, const std::shared_ptr<account_options>& options) {
    for (const auto& field : account_fields()) {
        const std::string column = field.column;
        command.add_option_function<std::string>(
            field.flag,
            [options, column](const std::string& text) { options->fields[column] = text; },
            field.help
        );
    }
    command.add_option_function<std::vector<std::string>>(
        "--webhook-secret-file",
        [options](const std::vector<std::string>& files) { options->secret_files = files; },
        "Secrets that reports are signed with, all of them; \"\": none"
    );
}

exit_code suspend(const common_options& common, const account_options& options) {
    return suspend_account(common, options, true);
}
exit_code resume(const common_options& common, const account_options& options) {
    return suspend_account(common, options, false);
}

void add_test_number_commands(CLI::App& accounts, const common_options& common, chosen& run) {
    auto& numbers = *accounts.add_subcommand("test-number", "Numbers with a fixed PIN and outcome");
    numbers.require_subcommand(1);
    auto& add = *numbers.add_subcommand("add", "Add one, or change it");
    auto adding = options_for<test_number_options>(add);
    add.add_option("NAME", adding->account, "The account")->required();
    add.add_option("NUMBER", adding->number, "E.164")->required();
    add.add_option("--pin-file", adding->pin_file, "Its PIN, in a file; - reads stdin")->required();
    add.add_option("--lookup", adding->nc, "reachable (default), not_reachable or unknown");
    add.add_option("--outcome", adding->outcome, "delivered, undelivered, expired or rejected")
        ->capture_default_str();
    choose(add, common, run, adding, add_test_number);
    auto& list = *numbers.add_subcommand("list", "Those of an account");
    auto listing = options_for<test_number_options>(list);
    list.add_option("NAME", listing->account, "The account")->required();
    choose(list, common, run, listing, list_test_numbers);
    auto& remove = *numbers.add_subcommand("remove", "It is a number like any other again");
    auto removing = options_for<test_number_options>(remove);
    remove.add_option("NAME", removing->account, "The account")->required();
    remove.add_option("NUMBER", removing->number, "E.164")->required();
    choose(remove, common, run, removing, remove_test_number);
}

}  // namespace

void add_account_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& accounts = *app.add_subcommand("accounts", "Who may send, and how");
    accounts.require_subcommand(1);
    auto& import = *accounts.add_subcommand("import", "Take those of the file into the tables");
    choose(import, common, run, options_for<account_options>(import), import_accounts);
    auto& list = *accounts.add_subcommand("list", "All of them");
    choose(list, common, run, options_for<account_options>(list), list_accounts);
    struct one {
        const char* name;
        const char* help;
        exit_code (*what)(const common_options&, const account_options&);
        bool fields;
    };
    for (const one& each :
         {one{"show", "One of the tables, with all its settings", show_account, false},
          one{"add", "Make one", add_account, true},
          one{"set", "Change what is named", set_account, true},
          one{"suspend", "Nothing is taken from it any more", suspend, false},
          one{"resume", "End a suspension", resume, false},
          one{"credit", "Add to (or take from) its prepaid credit", credit_account, false}}) {
        auto& command = *accounts.add_subcommand(each.name, each.help);
        auto options = options_for<account_options>(command);
        command.add_option("NAME", options->name, "The account")->required();
        if (each.fields) add_fields(command, options);
        if (each.what == credit_account)
            command.add_option("AMOUNT", options->amount, "+12.50 or -3")->required();
        choose(command, common, run, options, each.what);
    }
    auto& unlock = *accounts.add_subcommand("unlock", "A number may guess again (strict profile)");
    auto unlocking = options_for<unlock_options>(unlock);
    unlock.add_option("NAME", unlocking->account, "The account")->required();
    unlock.add_option("NUMBER", unlocking->number, "E.164")->required();
    choose(unlock, common, run, unlocking, unlock_number);
    add_test_number_commands(accounts, common, run);
}

void add_api_key_commands(CLI::App& keys, const common_options& common, chosen& run) {
    auto& add = *keys.add_subcommand("add", "Make an API key of an account; it is shown once");
    auto adding = options_for<api_key_options>(add);
    add.add_option("NAME", adding->account, "The account")->required();
    add.add_option("--label", adding->label, "What it is for");
    add.add_option("--expires-in", adding->expires_in, "As 90d; default: never");
    choose(add, common, run, adding, add_api_key);
    auto& list = *keys.add_subcommand("list", "API keys, of an account or of all");
    auto listing = options_for<api_key_options>(list);
    list.add_option("NAME", listing->account, "The account");
    choose(list, common, run, listing, list_api_keys);
    auto& revoke = *keys.add_subcommand("revoke", "Nobody gets in with it any more");
    auto revoking = options_for<api_key_options>(revoke);
    revoke.add_option("NAME", revoking->account, "The account")->required();
    revoke.add_option("KEY", revoking->key, "As the list names it")->required();
    choose(revoke, common, run, revoking, revoke_api_key);
}

void add_template_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& apps = *app.add_subcommand("apps", "Infobip's 2FA applications");
    apps.require_subcommand(1);
    auto& list = *apps.add_subcommand("list", "Those of an account");
    auto listing = options_for<template_options>(list);
    list.add_option("NAME", listing->account, "The account")->required();
    choose(list, common, run, listing, list_apps);
    auto& show = *apps.add_subcommand("show", "One of them");
    auto showing = options_for<template_options>(show);
    show.add_option("NAME", showing->account, "The account")->required();
    show.add_option("ID", showing->id, "The application")->required();
    choose(show, common, run, showing, show_app);
    auto& templates = *app.add_subcommand("templates", "Infobip's message templates");
    templates.require_subcommand(1);
    auto& list_all = *templates.add_subcommand("list", "Those of an application");
    auto listing_all = options_for<template_options>(list_all);
    list_all.add_option("NAME", listing_all->account, "The account")->required();
    list_all.add_option("APPLICATION", listing_all->application, "Its id")->required();
    choose(list_all, common, run, listing_all, list_templates);
    auto& show_one = *templates.add_subcommand("show", "One of them");
    auto showing_one = options_for<template_options>(show_one);
    show_one.add_option("NAME", showing_one->account, "The account")->required();
    show_one.add_option("APPLICATION", showing_one->application, "Its id")->required();
    show_one.add_option("ID", showing_one->id, "The template")->required();
    choose(show_one, common, run, showing_one, show_template);
}

void add_support_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& search_for = *app.add_subcommand("search", "Why did this number get no code?");
    auto searching = options_for<search_options>(search_for);
    search_for.add_option("NUMBER", searching->number, "E.164")->required();
    search_for.add_option("--account", searching->account, "Whose jobs; default: everybody's");
    search_for.add_option("--limit", searching->limit, "How many, newest first")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str();
    choose(search_for, common, run, searching, search);
    auto& erasing = *app.add_subcommand("erase", "Remove a person's data, by number");
    auto to_erase = options_for<erase_options>(erasing);
    erasing.add_option("NUMBER", to_erase->number, "E.164")->required();
    erasing.add_flag("--force", to_erase->force, "Erase the rest while something is under way");
    choose(erasing, common, run, to_erase, erase);
    auto& sums = *app.add_subcommand("usage", "Messages, parts and cost, for invoices");
    auto summing = options_for<usage_options>(sums);
    sums.add_option("--from", summing->from, "The first day (UTC), as 2026-11-01")->required();
    sums.add_option("--to", summing->to, "The day after the last")->required();
    sums.add_option("--account", summing->account, "Default: all");
    sums.add_flag("--csv", summing->csv, "Comma-separated");
    choose(sums, common, run, summing, usage);
    auto& trail = *app.add_subcommand("audit", "Who changed what");
    auto auditing = options_for<audit_options>(trail);
    trail.add_option("--account", auditing->account, "Default: everything");
    trail.add_option("--limit", auditing->limit, "How many, newest first")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    choose(trail, common, run, auditing, audit);
}

}  // namespace pinwire::cli
