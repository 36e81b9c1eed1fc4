// Every cell of docs/lookup.md, from a record of pin.jobs to the claim and the carrier: policy x
// outcome x settings, for an SMS and for a call.
#include <gtest/gtest.h>

#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using test::world;

// A provider that says any outcome: its answer's word is the outcome's name.
config::settings settings_with(const lookup_rules& rules) {
    auto made = test::settings();
    auto& provider = made.providers.at(provider_name("hlr")).translator;
    provider.kind = "http";
    provider.http.target = "/lookup";
    provider.http.body = R"({"to":["{number}"]})";
    provider.http.verdict_at = {"/state"};
    for (const auto& row : lookup_table())
        if (row.outcome != lookup_outcome::no_provider)
            provider.http.values.emplace(to_string(row.outcome), row.outcome);
    made.lookup.absent_refuses = rules.absent_refuses;
    made.lookup.outage_sends = rules.outage_sends;
    made.lookup.landline_sends = rules.landline_sends;
    auto call = made.routes.at(route_name("first"));
    call.name = route_name("calls");
    call.channel = channel::voice;
    made.routes.emplace(call.name, call);
    return made;
}

struct named_policy {
    lookup_policy policy;
    std::string members;  // of the job
};

const named_policy policies[] = {
    {lookup_policy::hlr_lookup, R"("dialect":"360nrs","hlr_lookup":1)"},
    {lookup_policy::skip, R"("dialect":"360nrs","hlr_lookup":0)"},
    {lookup_policy::nc_needed, R"("dialect":"infobip","ncNeeded":true)"},
    {lookup_policy::skip, R"("dialect":"infobip","ncNeeded":false)"},
};

std::string record_of(const named_policy& policy, const std::string& channel) {
    return R"({"job_id":"j","account":"acme","to":"447700900123","channel":")" + channel + "\"," +
           policy.members + "}";
}

void expect_cell(
    const named_policy& policy,
    const lookup_row& row,
    const lookup_rules& rules,
    const std::string& channel
) {
    auto settings = settings_with(rules);
    if (row.outcome == lookup_outcome::no_provider)
        settings.providers.at(provider_name("hlr")).translator.countries = {"34"};
    world w(settings);
    const std::string said(to_string(row.outcome));
    w.carriers.provider_script = {test::answered(200, R"({"state":")" + said + "\"}")};
    w.live({record_of(policy, channel)});
    const auto cell = channel + " " + policy.members + " " + said;
    const auto expected = judge(policy.policy, row.outcome, rules);
    const auto& follows = consequence_of(expected.action);
    ASSERT_EQ(w.store.claims.size(), 1U) << cell;
    EXPECT_EQ(w.store.claims[0].nc, expected.nc) << cell;
    EXPECT_EQ(w.store.claims[0].reason, follows.reason) << cell;
    EXPECT_EQ(w.store.claims[0].pin.has_value(), expected.action != lookup_action::refuse) << cell;
    EXPECT_EQ(w.carriers.sent.size(), expected.action == lookup_action::send ? 1U : 0U) << cell;
    const bool skipped = policy.policy == lookup_policy::skip;
    const bool asked = !skipped && row.outcome != lookup_outcome::no_provider;
    EXPECT_EQ(w.carriers.looked_up.size(), asked ? 1U : 0U) << cell;
}

TEST(LookupPolicyInTheWorker, FollowsTheTableInEveryCell) {
    for (unsigned choice = 0; choice < 8; ++choice) {
        lookup_rules rules;
        rules.absent_refuses = choice & 1;
        rules.outage_sends = choice & 2;
        rules.landline_sends = choice & 4;
        for (const auto& policy : policies)
            for (const auto& row : lookup_table())
                for (const auto* channel : {"sms", "voice"})
                    expect_cell(policy, row, rules, channel);
    }
}

}  // namespace
}  // namespace pinwire::worker
