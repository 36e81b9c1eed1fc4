// Where nothing is sent to, whoever asks: what the operator's [guard] says of destinations, and the
// words for all refusals of the guard. Caps are in guard_caps.hpp, what was switched off while the
// programs run in guard_switches.hpp. Pure.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/msisdn.hpp"
#include "common/core/prefixes.hpp"

namespace pinwire {

// Why the guard lets a job end unsent; each is a job's reason by its name (sql/015_guard.sql,
// guard_reasons()).
enum class refusal {
    account_suspended,
    country_suspended,
    prefix_suspended,
    number_suspended,
    country_not_allowed,  // none of [guard] countries
    prefix_blocked,
    number_blocked,
    premium_range,
    number_cap,
    prefix_cap,
    account_cap,
    total_cap,
    prefix_burst  // too many neighbours of the number in a short time
};

inline constexpr refusal all_refusals[] = {
    refusal::account_suspended,
    refusal::country_suspended,
    refusal::prefix_suspended,
    refusal::number_suspended,
    refusal::country_not_allowed,
    refusal::prefix_blocked,
    refusal::number_blocked,
    refusal::premium_range,
    refusal::number_cap,
    refusal::prefix_cap,
    refusal::account_cap,
    refusal::total_cap,
    refusal::prefix_burst};

std::string_view to_string(refusal);
std::optional<refusal> parse_refusal(std::string_view);
// It passes by itself: the same order may be taken later.
bool is_cap(refusal);

struct destination_rules {
    // Calling codes or longer prefixes; none: everywhere, an empty list: nowhere.
    std::optional<std::vector<std::string>> countries;
    std::vector<std::string> blocked_prefixes;
    std::vector<std::string> blocked_numbers;  // digits
    bool refuse_premium = true;
};

class destination_guard {
public:
    explicit destination_guard(const destination_rules&);

    std::optional<refusal> judge(const msisdn&) const;

private:
    std::optional<prefix_set> countries_;
    prefix_set blocked_;
    prefix_set premium_;
    std::set<std::string, std::less<>> numbers_;
};

}  // namespace pinwire
