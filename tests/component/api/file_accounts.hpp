// The accounts of a configuration, as the gate and the order desk ask for them.
#pragma once

#include <map>
#include <memory>

#include "api/account_lookup.hpp"

namespace pinwire::api::test {

class file_accounts final : public account_lookup {
public:
    explicit file_accounts(const config::settings& from) {
        for (const auto& [name, one] : from.accounts) {
            auto shared = std::make_shared<const config::account_settings>(one);
            for (const auto& key : one.keys)
                by_key_[key.digest] = shared;
            by_name_[name] = std::move(shared);
        }
    }

    account find(const account_name& name) const override {
        const auto found = by_name_.find(name);
        return found == by_name_.end() ? nullptr : found->second;
    }
    account find_by_key(const digest256& digest) const override {
        const auto found = by_key_.find(digest);
        return found == by_key_.end() ? nullptr : found->second;
    }

    bool complete() const override { return read; }

    bool read = true;

private:
    std::map<account_name, account> by_name_;
    std::map<digest256, account> by_key_;
};

inline std::unique_ptr<file_accounts> accounts_of_file(const config::settings& from) {
    return std::make_unique<file_accounts>(from);
}

}  // namespace pinwire::api::test
