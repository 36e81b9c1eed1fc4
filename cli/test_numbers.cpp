#include "cli/test_numbers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <map>

#include "cli/accounts.hpp"
#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "cli/who.hpp"
#include "common/config/files.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/status.hpp"
#include "common/postgres/accounts.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

const std::map<std::string, nc_status> lookups = {
    {"reachable", nc_status::reachable},
    {"not_reachable", nc_status::not_reachable},
    {"unknown", nc_status::unknown}};
const std::map<std::string, dlr_status> outcomes = {
    {"delivered", dlr_status::delivrd},
    {"undelivered", dlr_status::undeliv},
    {"expired", dlr_status::expired},
    {"rejected", dlr_status::rejectd}};

msisdn number_of(const std::string& text) {
    const auto number = msisdn::parse(text);
    if (!number) throw failure(exit_code::wrong, fmt::format("\"{}\" is no E.164 number", text));
    return *number;
}

secret read_pin(const std::string& file) {
    if (file == "-") {
        std::string line;
        std::getline(std::cin, line);
        return secret(std::move(line));
    }
    auto read = config::read_secret_file(file);
    if (const auto* wrong = std::get_if<std::string>(&read))
        throw failure(exit_code::wrong, *wrong);
    return std::get<secret>(std::move(read));
}

// As the dialects write a PIN: upper-cased.
secret pin_of(const std::string& file) {
    const auto read = read_pin(file);
    std::string text(read.reveal());
    const auto is_fine = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    const bool fine =
        text.size() >= 4 && text.size() <= 16 && std::all_of(text.begin(), text.end(), is_fine);
    for (auto& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    secret made(std::move(text));
    if (!fine) throw failure(exit_code::wrong, "a PIN is 4 to 16 digits and letters");
    return made;
}

template <class Enum>
std::string word_of(const std::map<std::string, Enum>& words, std::int16_t number) {
    for (const auto& [word, value] : words)
        if (static_cast<std::int16_t>(value) == number) return word;
    return std::to_string(number);
}

void tell(const common_options& common, const std::string& number, const char* what) {
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["number"] = number;
        answer["done"] = what;
        print_json(answer);
    } else {
        print(fmt::format("{} {}\n", number, what));
    }
}

}  // namespace

exit_code add_test_number(const common_options& common, const test_number_options& options) {
    needed_secrets needed;
    needed.keys = true;
    const auto settings = load_settings(common, needed);
    postgres::test_number_row row;
    row.account = account_name(options.account);
    row.number = number_of(options.number);
    const auto outcome = outcomes.find(options.outcome);
    if (outcome == outcomes.end())
        throw failure(exit_code::wrong, "--outcome: delivered, undelivered, expired or rejected");
    row.outcome = static_cast<std::int16_t>(outcome->second);
    if (!options.nc.empty()) {
        const auto lookup = lookups.find(options.nc);
        if (lookup == lookups.end())
            throw failure(exit_code::wrong, "--lookup: reachable, not_reachable or unknown");
        row.nc = static_cast<std::int16_t>(lookup->second);
    }
    const auto context = postgres::test_pin_context(row.account, row.number);
    row.pin = settings.keys.ring->seal(pin_of(options.pin_file), context, random_bytes<12>());
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::save_test_number(on, operator_name(), row);
    });
    if (!done) throw no_account(options.account);
    tell(common, row.number.digits(), "added");
    return exit_code::ok;
}

exit_code list_test_numbers(const common_options& common, const test_number_options& options) {
    table rows({"NUMBER", "LOOKUP", "OUTCOME"});
    with_database(common, options.database, [&](postgres::session& on) {
        const auto found = on.query(
            "select msisdn, nc_status, dlr_status from test_number where account = $1"
            " order by msisdn",
            {options.account}
        );
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto nc = found[i].maybe_int16(1);
            const auto lookup = nc ? word_of(lookups, *nc) : std::string("reachable");
            const auto outcome = word_of(outcomes, found[i].int16(2));
            rows.add({found[i].text(0), lookup, outcome});
            if (!common.json) continue;
            nlohmann::ordered_json answer;
            answer["number"] = found[i].text(0);
            answer["lookup"] = lookup;
            answer["outcome"] = outcome;
            print_json(answer);
        }
    });
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

exit_code remove_test_number(const common_options& common, const test_number_options& options) {
    const auto number = number_of(options.number);
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::remove_test_number(
            on, operator_name(), account_name(options.account), number
        );
    });
    if (!done) {
        throw failure(
            exit_code::failed,
            fmt::format("{} has no test number {}", options.account, number.digits())
        );
    }
    tell(common, number.digits(), "removed");
    return exit_code::ok;
}

}  // namespace pinwire::cli
