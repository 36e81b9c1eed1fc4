// `pinwire reports test`, `pinwire endpoints test`: through the same probe as the API's call.
#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/reports.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "common/postgres/accounts.hpp"
#include "common/upkeep/account_reading.hpp"
#include "common/upkeep/report_probe.hpp"

namespace pinwire::cli {
namespace {

using account = std::shared_ptr<const config::account_settings>;

// The tables' of that name, or the file's.
account account_of(
    const common_options& common,
    const report_test_options& options,
    const config::settings& settings
) {
    const account_name name(options.account);
    const auto tables = with_database(common, options.database, [](postgres::session& on) {
        return postgres::read_accounts(on, -1, false);
    });
    if (tables) {
        for (auto& one : upkeep::accounts_of(*tables, settings.keys.ring)) {
            if (one.name == name)
                return std::make_shared<const config::account_settings>(std::move(one));
        }
    }
    const auto found = settings.accounts.find(name);
    if (found == settings.accounts.end())
        throw failure(
            exit_code::failed,
            fmt::format("no account {}, in the tables or the configuration", options.account)
        );
    return std::make_shared<const config::account_settings>(found->second);
}

upkeep::probe_result send(
    const config::settings& settings,
    const account& who,
    const report_test_options& options,
    std::optional<postgres::endpoint_setting> set
) {
    boost::asio::io_context io(1);
    upkeep::report_probe probe(io, settings);
    upkeep::probe_result got;
    auto call = probe.send(who, options.url, *parse_report_format(options.format), std::move(set));
    boost::asio::co_spawn(
        io,
        std::move(call),
        [&](std::exception_ptr error, upkeep::probe_result made) {
            io.stop();  // the resolver has waits of its own
            if (error) std::rethrow_exception(error);
            got = std::move(made);
        }
    );
    io.run();
    return got;
}

void tell_json(const upkeep::probe_result& from) {
    nlohmann::ordered_json answer;
    answer["taken"] = from.taken;
    answer["status"] = nullptr;
    if (from.status) answer["status"] = *from.status;
    answer["ms"] = from.elapsed.count();
    answer["reason"] = nullptr;
    if (!from.reason.empty()) answer["reason"] = from.reason;
    answer["answer"] = from.answer;
    answer["webhook_id"] = nullptr;
    if (!from.webhook_id.empty()) answer["webhook_id"] = from.webhook_id;
    answer["signatures"] = from.signatures;
    print_json(answer);
}

void tell_text(const upkeep::probe_result& from) {
    if (from.webhook_id.empty()) {
        print("nothing was sent: " + printable(from.reason) + "\n");
        return;
    }
    print(fmt::format(
        "{} after {} ms: {}\n",
        from.taken ? "taken" : "not taken",
        from.elapsed.count(),
        from.status ? fmt::format("HTTP {}", *from.status) : printable(from.reason)
    ));
    print(fmt::format("  webhook-id: {}\n", from.webhook_id));
    print(
        from.signatures == 0 ? "  not signed: the account has no webhook secret\n"
                             : fmt::format("  signatures: {}\n", from.signatures)
    );
    if (!from.answer.empty()) print("  it said: " + printable(from.answer) + "\n");
}

config::settings settings_for(const common_options& common, const report_test_options& options) {
    needed_secrets needed;
    needed.keys = true;
    needed.webhooks = true;
    needed.postgres = options.database.conninfo.empty();
    return load_settings(common, needed);
}

exit_code finish(const common_options& common, const upkeep::probe_result& got) {
    common.json ? tell_json(got) : tell_text(got);
    return got.taken ? exit_code::ok : exit_code::failed;
}

std::optional<postgres::endpoint_setting> setting_of(
    const common_options& common, const report_test_options& options
) {
    const auto name = upkeep::endpoint_name_of(account_name(options.account), options.url);
    if (!name) return std::nullopt;
    return with_database(common, options.database, [&name](postgres::session& on) {
        return postgres::find_endpoint_setting(on, *name);
    });
}

}  // namespace

exit_code test_report(const common_options& common, const report_test_options& options) {
    const auto settings = settings_for(common, options);
    const auto who = account_of(common, options, settings);
    return finish(common, send(settings, who, options, std::nullopt));
}

exit_code test_endpoint(const common_options& common, const report_test_options& options) {
    const auto settings = settings_for(common, options);
    const auto who = account_of(common, options, settings);
    return finish(common, send(settings, who, options, setting_of(common, options)));
}

}  // namespace pinwire::cli
