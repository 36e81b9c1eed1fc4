// Where the gate finds accounts: those of the configuration and of the tables, as they are now.
// Loop thread only.
#pragma once

#include <memory>

#include "common/config/settings.hpp"
#include "common/core/hmac.hpp"
#include "common/core/strong.hpp"
#include "common/upkeep/account_book.hpp"

namespace pinwire::api {

class account_lookup {
public:
    using account = std::shared_ptr<const config::account_settings>;

    virtual ~account_lookup() = default;
    // Null: no such one.
    virtual account find(const account_name&) const = 0;
    // By the SHA-256 of one of its keys, whether that key still counts or not.
    virtual account find_by_key(const digest256&) const = 0;
    // False: the tables were never read yet, so nobody can be called a stranger.
    virtual bool complete() const = 0;
};

// The book outlives it.
std::unique_ptr<account_lookup> accounts_of_book(const upkeep::account_book&);

}  // namespace pinwire::api
