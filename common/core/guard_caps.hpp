// How much may be sent in how long: to a number, to its neighbourhood (the number without its last
// four digits), for an account, and by all together; in parts and in money. Which counters a job
// takes of, and how much; counting is the database's (sql/015_guard.sql). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/guard.hpp"
#include "common/core/rate_limit.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

enum class cap {
    number,  // parts; a call is one
    prefix,
    account,
    total,  // of all accounts
    burst,  // distinct numbers of one prefix
    number_money,
    prefix_money,
    account_money,
    total_money  // micro-units
};

inline constexpr std::array<cap, 9> all_caps = {
    cap::number,
    cap::prefix,
    cap::burst,
    cap::account,
    cap::total,
    cap::number_money,
    cap::prefix_money,
    cap::account_money,
    cap::total_money};

std::string_view to_string(cap);
bool is_of_all_accounts(cap);
refusal refusal_of(cap);

// What isn't there, or is unbounded, is off.
using cap_table = std::map<cap, rate_limit>;

// `own` replaces what it names; what it names unbounded is off.
cap_table merged(const cap_table& all, const cap_table& own);
bool any(const cap_table&);

// One job's part of one counter.
struct cap_use {
    cap which = cap::number;
    account_name account;  // empty: of all accounts
    std::string scope;
    rate_limit limit;
    std::int64_t amount = 0;
    std::string member;  // counted once in a window; empty: each time

    friend bool operator==(const cap_use&, const cap_use&) = default;
};

struct cap_subject {
    account_name account;
    msisdn to;
    std::int64_t parts = 1;
    std::int64_t money = 0;  // micro-units; 0: costs nothing, and counts against no money
};

// In the order in which they refuse.
std::vector<cap_use> uses_of(const cap_table&, const cap_subject&);

// The number without its last four digits.
std::string_view prefix_of(const msisdn&);

}  // namespace pinwire
