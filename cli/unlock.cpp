#include "cli/unlock.hpp"

#include <fmt/format.h>

#include "cli/database_command.hpp"
#include "cli/output.hpp"
#include "cli/who.hpp"
#include "common/core/msisdn.hpp"
#include "common/postgres/unlock.hpp"

namespace pinwire::cli {

exit_code unlock_number(const common_options& common, const unlock_options& options) {
    const auto number = msisdn::parse(options.number);
    if (!number)
        throw failure(exit_code::wrong, fmt::format("\"{}\" is no E.164 number", options.number));
    const auto failures = with_database(common, options.database, [&](postgres::session& on) {
        const account_name account(options.account);
        return postgres::unlock_number(on, operator_name(), account, *number);
    });
    if (!failures) {
        throw failure(
            exit_code::failed,
            fmt::format("{} has no failures of {}", options.account, number->masked())
        );
    }
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["account"] = options.account;
        answer["number"] = number->masked();
        answer["failures"] = *failures;
        print_json(answer);
    } else {
        print(fmt::format("{}: {} failures forgotten\n", number->masked(), *failures));
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
