// DIALECTS, section 3: every cell of policy x outcome x setting, written here once more by hand;
// and the tables of docs/lookup.md, which must be the code's.
#include "common/core/lookup_policy_table.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/core/job_codec.hpp"
#include "tests/golden/golden.hpp"

namespace pinwire {
namespace {

constexpr auto send = lookup_action::send;
constexpr auto refuse = lookup_action::refuse;
constexpr auto withhold = lookup_action::withhold;

struct row {
    lookup_outcome outcome;
    nc_status nc;
    lookup_action hlr;
    lookup_action hlr_strict;    // absent_refuses
    lookup_action hlr_outage;    // outage_sends
    lookup_action hlr_landline;  // landline_sends
    lookup_action nc_needed;
};

const row rows[] = {
    {lookup_outcome::reachable, nc_status::reachable, send, send, send, send, send},
    {lookup_outcome::absent, nc_status::not_reachable, send, refuse, send, send, withhold},
    {lookup_outcome::invalid, nc_status::not_reachable, refuse, refuse, refuse, refuse, withhold},
    {lookup_outcome::landline, nc_status::unknown, refuse, refuse, refuse, send, send},
    {lookup_outcome::valid_only, nc_status::unknown, send, send, send, send, send},
    {lookup_outcome::unknown, nc_status::unknown, refuse, refuse, send, refuse, send},
    {lookup_outcome::no_provider, nc_status::not_configured, refuse, refuse, send, refuse, send},
};

lookup_rules with(bool lookup_rules::*setting) {
    lookup_rules made;
    made.*setting = true;
    return made;
}

lookup_rules every_rule(unsigned choice) {
    lookup_rules made;
    made.absent_refuses = choice & 1;
    made.outage_sends = choice & 2;
    made.landline_sends = choice & 4;
    return made;
}

// What a job that comes with these members asks for.
lookup_policy policy_of(const char* dialect, const char* channel, const char* more) {
    auto made = nlohmann::json::parse(more);
    made["job_id"] = "j";
    made["account"] = "a";
    made["to"] = "34600000000";
    made["dialect"] = dialect;
    made["channel"] = channel;
    const auto job = decode_job(made.dump(), std::chrono::system_clock::time_point{});
    EXPECT_TRUE(job) << made.dump();
    return job ? job->lookup : lookup_policy::skip;
}

TEST(LookupPolicyTable, SaysWhatTheDocumentsSay) {
    for (const auto& row : rows) {
        const auto name = to_string(row.outcome);
        const auto hlr = [&row](const lookup_rules& rules) {
            return judge(lookup_policy::hlr_lookup, row.outcome, rules).action;
        };
        EXPECT_EQ(hlr({}), row.hlr) << name;
        EXPECT_EQ(hlr(with(&lookup_rules::absent_refuses)), row.hlr_strict) << name;
        EXPECT_EQ(hlr(with(&lookup_rules::outage_sends)), row.hlr_outage) << name;
        EXPECT_EQ(hlr(with(&lookup_rules::landline_sends)), row.hlr_landline) << name;
    }
}

TEST(LookupPolicyTable, NoSettingChangesAStatusOrWhatNcNeededDoes) {
    for (const auto& row : rows)
        for (unsigned choice = 0; choice < 8; ++choice) {
            const auto name = to_string(row.outcome);
            const auto rules = every_rule(choice);
            EXPECT_EQ(judge(lookup_policy::hlr_lookup, row.outcome, rules).nc, row.nc) << name;
            EXPECT_EQ(judge(lookup_policy::nc_needed, row.outcome, rules).nc, row.nc) << name;
            EXPECT_EQ(judge(lookup_policy::nc_needed, row.outcome, rules).action, row.nc_needed)
                << name;
        }
}

TEST(LookupPolicyTable, SettingsActEachOnItsOwn) {
    for (const auto& row : rows)
        for (unsigned choice = 0; choice < 8; ++choice) {
            const auto rules = every_rule(choice);
            auto expected = row.hlr;
            if (rules.absent_refuses && row.hlr_strict != row.hlr) expected = row.hlr_strict;
            if (rules.outage_sends && row.hlr_outage != row.hlr) expected = row.hlr_outage;
            if (rules.landline_sends && row.hlr_landline != row.hlr) expected = row.hlr_landline;
            EXPECT_EQ(judge(lookup_policy::hlr_lookup, row.outcome, rules).action, expected)
                << to_string(row.outcome) << " " << choice;
        }
}

TEST(LookupPolicyTable, SkippedMeansSendWithoutAStatus) {
    for (const auto& row : rows)
        for (unsigned choice = 0; choice < 8; ++choice) {
            const auto verdict = judge(lookup_policy::skip, row.outcome, every_rule(choice));
            EXPECT_EQ(verdict.action, send);
            EXPECT_FALSE(verdict.nc);
        }
}

TEST(LookupPolicyTable, WhatAnActionMeansForTheJobAndItsCaller) {
    const auto& sent = consequence_of(send);
    EXPECT_EQ(sent.reason, "");
    EXPECT_FALSE(sent.sms);
    EXPECT_FALSE(sent.call);
    EXPECT_EQ(sent.nrs360_error_id, "");
    const auto& refused = consequence_of(refuse);
    EXPECT_EQ(refused.reason, "lookup_refused");
    EXPECT_EQ(refused.sms, sms_status::not_sent);
    EXPECT_EQ(refused.call, call_status::error);
    EXPECT_EQ(refused.nrs360_error_id, "INVALID_NUMBER");
    const auto& withheld = consequence_of(withhold);
    EXPECT_EQ(withheld.reason, "lookup_withheld");
    EXPECT_EQ(withheld.sms, sms_status::not_sent);
    EXPECT_EQ(withheld.call, call_status::error);
    EXPECT_EQ(withheld.nrs360_error_id, "");
    for (const auto action : {send, refuse, withhold})
        EXPECT_EQ(consequence_of(action).action, action);
}

struct asked {
    const char* dialect;
    const char* channel;
    const char* members;
    const char* told;  // as docs/lookup.md has it
    lookup_policy policy;
};

constexpr const char* none = "neither";
const asked all_asked[] = {
    {"360nrs", "sms", R"({"hlr_lookup":1})", "`hlr_lookup` 1", lookup_policy::hlr_lookup},
    {"360nrs", "sms", R"({"hlr_lookup":0})", "`hlr_lookup` 0", lookup_policy::skip},
    {"360nrs", "sms", R"({"ncNeeded":true})", "`ncNeeded` true", lookup_policy::nc_needed},
    {"360nrs", "sms", R"({"ncNeeded":false})", "`ncNeeded` false", lookup_policy::skip},
    {"360nrs", "sms", "{}", none, lookup_policy::hlr_lookup},
    {"360nrs", "voice", R"({"hlr_lookup":1})", "`hlr_lookup` 1", lookup_policy::hlr_lookup},
    {"360nrs", "voice", R"({"hlr_lookup":0})", "`hlr_lookup` 0", lookup_policy::skip},
    {"360nrs", "voice", R"({"ncNeeded":true})", "`ncNeeded` true", lookup_policy::nc_needed},
    {"360nrs", "voice", R"({"ncNeeded":false})", "`ncNeeded` false", lookup_policy::skip},
    {"360nrs", "voice", "{}", none, lookup_policy::skip},
    {"infobip", "sms", R"({"hlr_lookup":1})", "`hlr_lookup` 1", lookup_policy::hlr_lookup},
    {"infobip", "sms", R"({"hlr_lookup":0})", "`hlr_lookup` 0", lookup_policy::skip},
    {"infobip", "sms", R"({"ncNeeded":true})", "`ncNeeded` true", lookup_policy::nc_needed},
    {"infobip", "sms", R"({"ncNeeded":false})", "`ncNeeded` false", lookup_policy::skip},
    {"infobip", "sms", "{}", none, lookup_policy::nc_needed},
    {"infobip", "voice", R"({"hlr_lookup":1})", "`hlr_lookup` 1", lookup_policy::hlr_lookup},
    {"infobip", "voice", R"({"hlr_lookup":0})", "`hlr_lookup` 0", lookup_policy::skip},
    {"infobip", "voice", R"({"ncNeeded":true})", "`ncNeeded` true", lookup_policy::nc_needed},
    {"infobip", "voice", R"({"ncNeeded":false})", "`ncNeeded` false", lookup_policy::skip},
    {"infobip", "voice", "{}", none, lookup_policy::skip},
};

TEST(LookupPolicy, IsTheJobsOwnElseItsDialectsAndACallHasNone) {
    for (const auto& one : all_asked)
        EXPECT_EQ(policy_of(one.dialect, one.channel, one.members), one.policy)
            << one.dialect << " " << one.channel << " " << one.members;
}

// ---- docs/lookup.md

std::string cell_of(const lookup_row& row) {
    std::string cell(to_string(row.hlr));
    if (row.turned_by != nullptr)
        cell +=
            " (`" + std::string(row.setting) + "`: " + std::string(to_string(row.hlr_turned)) + ")";
    return cell;
}

std::string outcome_table() {
    std::string text =
        "| outcome | nc_status | `hlr_lookup` 1 | `ncNeeded` true |\n|---|---|---|---|\n";
    for (const auto& row : lookup_table())
        text += "| " + std::string(to_string(row.outcome)) + " | " +
                std::string(to_string(row.nc)) + " | " + cell_of(row) + " | " +
                std::string(to_string(row.nc_needed)) + " |\n";
    return text + "| (not looked up) | none | – | – |\n";
}

template <class Status>
std::string status_cell(const std::optional<Status>& status) {
    return status ? std::string(to_string(*status)) : "as the carrier says";
}

std::string action_table() {
    std::string text =
        "| | job's `reason` | sms_status | call_status | 360NRS API |\n|---|---|---|---|---|\n";
    for (const auto action : {send, refuse, withhold}) {
        const auto& what = consequence_of(action);
        const auto reason = what.reason.empty() ? "–" : "`" + std::string(what.reason) + "`";
        const auto error =
            what.nrs360_error_id.empty() ? "ok" : "`" + std::string(what.nrs360_error_id) + "`";
        text += "| " + std::string(to_string(action)) + " | " + reason + " | " +
                status_cell(what.sms) + " | " + status_cell(what.call) + " | " + error + " |\n";
    }
    return text;
}

std::string policy_table() {
    std::string text = "| the job names | SMS, 360nrs | SMS, infobip | call |\n|---|---|---|---|\n";
    const auto word = [](lookup_policy policy) {
        if (policy == lookup_policy::skip) return std::string("no lookup");
        return policy == lookup_policy::hlr_lookup ? std::string("as `hlr_lookup` 1")
                                                   : std::string("as `ncNeeded` true");
    };
    for (std::size_t at = 0; at < 5; ++at) {
        // a call's column is the same for both dialects
        EXPECT_EQ(all_asked[at + 5].policy, all_asked[at + 15].policy);
        text += "| " + std::string(all_asked[at].told) + " | " + word(all_asked[at].policy) +
                " | " + word(all_asked[at + 10].policy) + " | " + word(all_asked[at + 5].policy) +
                " |\n";
    }
    return text;
}

TEST(LookupDocument, HoldsTheCodesOwnTables) {
    std::ifstream file(std::filesystem::path(PINWIRE_SOURCE_DIR) / "docs" / "lookup.md");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    for (const auto& table : {policy_table(), outcome_table(), action_table()})
        EXPECT_NE(text.find("\n" + table + "\n"), std::string::npos) << "missing:\n" << table;
}

}  // namespace
}  // namespace pinwire
