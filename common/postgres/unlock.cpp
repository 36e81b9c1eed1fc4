#include "common/postgres/unlock.hpp"

namespace pinwire::postgres {

std::optional<std::int32_t> unlock_number(
    session& with, const std::string& who, const account_name& account, const msisdn& number
) {
    const auto answer =
        with.query("select unlock_number($1, $2, $3)", {who, account.str(), number.digits()});
    const auto from = answer.one();
    if (from.is_null(0)) return std::nullopt;
    return from.int32(0);
}

}  // namespace pinwire::postgres
