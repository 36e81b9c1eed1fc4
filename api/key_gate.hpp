// The gate over API keys: a caller is who holds a key of an account, calls from an address on its
// list, and isn't suspended; in this order, so that a stranger learns nothing about an account.
// Loop thread only.
#pragma once

#include <chrono>
#include <functional>

#include "api/account_lookup.hpp"
#include "api/caller.hpp"
#include "common/core/guard.hpp"
#include "common/upkeep/switch_board.hpp"

namespace pinwire::api {

class key_gate final : public gate {
public:
    using wall_clock = std::function<std::chrono::system_clock::time_point()>;

    key_gate(
        const account_lookup& accounts,
        const upkeep::switch_board& switches,
        const destination_rules& destinations,
        wall_clock now
    )
        : accounts_(accounts),
          switches_(switches),
          destinations_(destinations),
          now_(std::move(now)) {}

    verdict admit(const secret& key, const call&) override;
    verdict admit_basic(std::string_view account, const secret& key, const call&) override;
    bool serves(const msisdn&) const override;

private:
    bool suspended(const config::account_settings&, const digest256& key) const;

    const account_lookup& accounts_;
    const upkeep::switch_board& switches_;
    destination_guard destinations_;
    wall_clock now_;
};

}  // namespace pinwire::api
