// DIALECTS, section 3, row by row.
#include "common/core/lookup_policy_table.hpp"

#include <gtest/gtest.h>

namespace pinwire {
namespace {

constexpr auto send = lookup_action::send;
constexpr auto refuse = lookup_action::refuse;
constexpr auto withhold = lookup_action::withhold;

struct row {
    lookup_outcome outcome;
    nc_status nc;
    lookup_action hlr;
    lookup_action hlr_strict;  // absent_refuses
    lookup_action hlr_outage;  // outage_sends
    lookup_action nc_needed;
};

const row rows[] = {
    {lookup_outcome::reachable, nc_status::reachable, send, send, send, send},
    {lookup_outcome::absent, nc_status::not_reachable, send, refuse, send, withhold},
    {lookup_outcome::invalid, nc_status::not_reachable, refuse, refuse, refuse, withhold},
    {lookup_outcome::landline, nc_status::unknown, refuse, refuse, refuse, send},
    {lookup_outcome::valid_only, nc_status::unknown, send, send, send, send},
    {lookup_outcome::unknown, nc_status::unknown, refuse, refuse, send, send},
    {lookup_outcome::no_provider, nc_status::not_configured, refuse, refuse, send, send},
};

TEST(LookupPolicyTable, SaysWhatTheDocumentsSay) {
    lookup_rules strict;
    strict.absent_refuses = true;
    lookup_rules outage;
    outage.outage_sends = true;
    for (const auto& row : rows) {
        const auto name = to_string(row.outcome);
        const auto hlr = [&row](const lookup_rules& rules) {
            return judge(lookup_policy::hlr_lookup, row.outcome, rules).action;
        };
        EXPECT_EQ(hlr({}), row.hlr) << name;
        EXPECT_EQ(hlr(strict), row.hlr_strict) << name;
        EXPECT_EQ(hlr(outage), row.hlr_outage) << name;
        for (const auto& rules : {lookup_rules(), strict, outage})
            EXPECT_EQ(judge(lookup_policy::nc_needed, row.outcome, rules).action, row.nc_needed)
                << name;
        EXPECT_EQ(judge(lookup_policy::hlr_lookup, row.outcome, {}).nc, row.nc) << name;
        EXPECT_EQ(judge(lookup_policy::nc_needed, row.outcome, {}).nc, row.nc) << name;
    }
}

TEST(LookupPolicyTable, SkippedMeansSendWithoutAStatus) {
    for (const auto& row : rows) {
        const auto verdict = judge(lookup_policy::skip, row.outcome, {});
        EXPECT_EQ(verdict.action, send);
        EXPECT_FALSE(verdict.nc);
    }
}

}  // namespace
}  // namespace pinwire
