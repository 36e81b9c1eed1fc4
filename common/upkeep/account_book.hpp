// Who the accounts are: those of the configuration file and those of the tables; where both have
// one of a name, the tables' counts. Looks at the tables' version number each second and reads them
// when it has moved; while the database is away, what was known last stays (at first: the file's).
// Loop thread only. An account that was found is a value that nothing changes any more: keep it for
// as long as the work takes. Suspended accounts are found, and say so.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "common/config/settings.hpp"
#include "common/postgres/accounts.hpp"
#include "common/postgres/executor.hpp"
#include "common/runtime/asio.hpp"
#include "common/runtime/database_clock.hpp"

namespace pinwire::upkeep {

class account_book {
public:
    using account = std::shared_ptr<const config::account_settings>;
    using accounts = std::map<account_name, account>;
    using digest = std::array<std::uint8_t, 32>;
    // Gives the tables, or nothing when their version is still the known one; throws
    // postgres::database_error.
    using source = std::function<awaitable<std::optional<postgres::account_tables>>(std::int64_t)>;

    enum class reads {
        settings,          // what worker and callback need
        settings_and_keys  // with API keys and test numbers: the API's right alone
    };

    // The file's accounts alone, for ever.
    explicit account_book(const config::settings&);
    account_book(const config::settings&, postgres::executor&, reads);
    account_book(const config::settings&, source);

    // Null: there is none of that name.
    account find(const account_name&) const;
    // By a key's SHA-256; keys that have expired or were revoked are nobody's.
    account find_by_key(
        const digest&, std::chrono::system_clock::time_point now = database_clock::now()
    ) const;
    // The tables were read at least once (or there are none).
    bool looked() const { return !source_ || began_well_ != clock::time_point{}; }
    // All of them, as they are now.
    std::shared_ptr<const accounts> all() const { return accounts_; }

    // Looks each second; until cancelled.
    awaitable<void> run();
    // For a name that isn't known yet: returns once a look has ended that began after the call. At
    // most one look a second, shared by all who wait. False: the database is away.
    awaitable<bool> refresh_now();

private:
    using clock = std::chrono::steady_clock;
    struct key_owner {
        account_name account;
        std::optional<std::chrono::system_clock::time_point> expires_at;
    };
    using keys = std::map<digest, key_owner>;

    awaitable<bool> look();
    void take(const postgres::account_tables&);

    const config::settings& settings_;
    source source_;  // empty: the file alone
    std::shared_ptr<const accounts> accounts_;
    keys keys_;
    std::int64_t version_ = -1;  // none was read yet
    bool looking_ = false;
    clock::time_point began_{};       // the last look
    clock::time_point began_well_{};  // the last one that the database answered
};

}  // namespace pinwire::upkeep
