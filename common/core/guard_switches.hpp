// What an operator, or the conversion guard, has switched off while the programs run. A value that
// is made anew when the table has changed (common/upkeep/switch_board.hpp). Pure.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/guard.hpp"
#include "common/core/strong.hpp"

namespace pinwire {

enum class switch_kind {
    account,
    key,      // an API key, by the first 12 hex digits of its SHA-256
    country,  // a calling code; like a prefix, under another name
    prefix,
    number,
    route,
    provider
};

inline constexpr std::array<switch_kind, 7> all_switch_kinds = {
    switch_kind::account,
    switch_kind::key,
    switch_kind::country,
    switch_kind::prefix,
    switch_kind::number,
    switch_kind::route,
    switch_kind::provider};

std::string_view to_string(switch_kind);
std::optional<switch_kind> parse_switch_kind(std::string_view);

struct suspension {
    using time_point = std::chrono::system_clock::time_point;

    switch_kind kind = switch_kind::account;
    std::string name;
    std::string reason;  // the operator's words
    std::string who;
    time_point at;
    std::optional<time_point> expires_at;  // none: until it is resumed

    friend bool operator==(const suspension&, const suspension&) = default;
};

class suspensions {
public:
    using time_point = suspension::time_point;

    suspensions() = default;
    explicit suspensions(const std::vector<suspension>&);

    bool holds(switch_kind, std::string_view name, time_point now) const;
    // The account and the destination of a job.
    std::optional<refusal> judge(const account_name&, const msisdn&, time_point now) const;
    std::optional<refusal> judge(const msisdn&, time_point now) const;

private:
    using by_name = std::map<std::string, time_point, std::less<>>;  // until when

    bool holds_prefix_of(switch_kind, std::string_view digits, time_point now) const;

    std::array<by_name, all_switch_kinds.size()> all_;
};

}  // namespace pinwire
