#include "cli/api_keys.hpp"

#include <fmt/format.h>

#include "cli/accounts.hpp"
#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "cli/who.hpp"
#include "common/config/loader.hpp"
#include "common/config/rules.hpp"
#include "common/core/base64.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/secret.hpp"
#include "common/core/time_format.hpp"
#include "common/postgres/accounts.hpp"
#include "common/runtime/random.hpp"

namespace pinwire::cli {
namespace {

constexpr std::size_t name_digits = 12;
constexpr std::size_t label_max = 60;

secret fresh_key() {
    return secret("pw_" + base64url_encode(random_bytes<32>()));
}

postgres::account_key_row row_of(const api_key_options& options, const secret& clear) {
    postgres::account_key_row made;
    made.account = account_name(options.account);
    made.digest = sha256(clear.reveal());
    made.label = options.label;
    if (!options.label.empty() && !config::printable_rule(label_max).check(options.label).empty())
        throw failure(exit_code::wrong, fmt::format("--label: at most {} bytes", label_max));
    if (options.expires_in.empty()) return made;
    const auto span = config::parse_duration(options.expires_in);
    if (!span || span->count() == 0)
        throw failure(exit_code::wrong, "--expires-in: a length of time, as 90d");
    made.expires_at = std::chrono::system_clock::now() + *span;
    return made;
}

void refuse(postgres::key_added result, const std::string& account) {
    switch (result) {
        case postgres::key_added::done:
            return;
        case postgres::key_added::no_account:
            throw no_account(account);
        case postgres::key_added::two_are_live:
            throw failure(
                exit_code::failed,
                fmt::format(
                    "two keys of {} are live already; revoke one first: `pinwire keys list {}`",
                    account,
                    account
                )
            );
        case postgres::key_added::known:
            throw failure(exit_code::failed, "this key is known already");
    }
}

}  // namespace

exit_code add_api_key(const common_options& common, const api_key_options& options) {
    const auto clear = fresh_key();
    const auto row = row_of(options, clear);
    refuse(
        with_database(
            common,
            options.database,
            [&](postgres::session& on) {
                return postgres::add_account_key(on, operator_name(), row);
            }
        ),
        options.account
    );
    const auto name = hex_encode(row.digest).substr(0, name_digits);
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["account"] = options.account;
        answer["key"] = name;
        answer["secret"] = std::string(clear.reveal());
        if (row.expires_at) answer["expires_at"] = format_rfc3339(*row.expires_at);
        print_json(answer);
    } else {
        print(fmt::format(
            "{}\nIt is shown this once. In lists it is called {}.\n", clear.reveal(), name
        ));
    }
    return exit_code::ok;
}

exit_code list_api_keys(const common_options& common, const api_key_options& options) {
    std::optional<std::string> account;
    if (!options.account.empty()) account = options.account;
    table rows({"ACCOUNT", "KEY", "LABEL", "CREATED", "EXPIRES", "STATE"});
    with_database(common, options.database, [&](postgres::session& on) {
        const auto found = on.query(
            "select account, key, label, created_at, expires_at, revoked_at,"
            " case when revoked_at is not null then 'revoked'"
            " when expires_at <= clock_timestamp() then 'expired' else 'live' end"
            " from list_account_keys($1)",
            {account}
        );
        for (std::size_t i = 0; i < found.size(); ++i) {
            const auto one = found[i];
            const auto expires = one.maybe_time(4);
            rows.add(
                {one.text(0),
                 one.text(1),
                 one.text(2).empty() ? "-" : one.text(2),
                 time_text(one.time(3)),
                 expires ? time_text(expires) : "never",
                 one.text(6)}
            );
            if (!common.json) continue;
            nlohmann::ordered_json answer;
            answer["account"] = one.text(0);
            answer["key"] = one.text(1);
            answer["label"] = one.text(2);
            answer["created_at"] = format_rfc3339(one.time(3));
            answer["expires_at"] = nullptr;
            if (expires) answer["expires_at"] = format_rfc3339(*expires);
            answer["state"] = one.text(6);
            print_json(answer);
        }
    });
    if (!common.json) print(rows.text());
    return exit_code::ok;
}

exit_code revoke_api_key(const common_options& common, const api_key_options& options) {
    const bool done = with_database(common, options.database, [&](postgres::session& on) {
        return postgres::revoke_account_key(
            on, operator_name(), account_name(options.account), options.key
        );
    });
    if (!done) {
        throw failure(
            exit_code::failed, fmt::format("{} has no live key {}", options.account, options.key)
        );
    }
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["account"] = options.account;
        answer["key"] = options.key;
        answer["done"] = "revoked";
        print_json(answer);
    } else {
        print(fmt::format("{}: key {} is revoked\n", options.account, options.key));
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
