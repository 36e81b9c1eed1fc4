// Reading a 360NRS call without anything around it: which mistake is told first, and what is never
// said back. The conversations (nrs360_test.cpp) hold the wording.
#include "api/nrs360/decode.hpp"

#include <gtest/gtest.h>

#include <string>

#include "api/nrs360/answer.hpp"
#include "common/core/job_codec.hpp"

namespace pinwire::api::nrs360 {
namespace {

using namespace std::chrono_literals;

constexpr auto now = std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000));
const std::string json_type = "application/json";

config::account_settings shop() {
    config::account_settings account;
    account.name = account_name("shop");
    return account;
}

// The error that a caller of this account is told; ok when there is none.
std::string told(
    const std::string& body,
    const config::account_settings& account = shop(),
    const address_policy& reports = address_policy()
) {
    const auto word = [](const fault& what) {
        return std::string(to_string(what.id)) + (what.field.empty() ? "" : " " + what.field);
    };
    const auto asked = read_request(json_type, body);
    if (!asked) return word(asked.error());
    const auto made = make_job(*asked, account, reports, now);
    return made ? "ok" : word(made.error());
}

std::string call_with(const std::string& members) {
    return R"({"api_key":"k","msisdn":"34666666111","sender":"SHOP")" + members + "}";
}

TEST(Nrs360Decode, TellsTheFirstMistakeInTheDocumentsOrder) {
    std::string body = R"({"api_key":"k","msisdn":"12","report_url":"nowhere","hlr_lookup":7,)"
                       R"("pin_params":{"length":99},"sms_text":"none"})";
    const auto repair = [&](const std::string& wrong, const std::string& right) {
        body.replace(body.find(wrong), wrong.size(), right);
    };
    EXPECT_EQ(told(body), "MISSING_PARAMS sender");
    repair("}", R"(},"sender":"far too long a sender")");
    EXPECT_EQ(told(body), "BAD_PARAMS report_url");
    repair("nowhere", "http://shop.example/");
    EXPECT_EQ(told(body), "BAD_PARAMS report_url");
    repair("http:", "https:");
    EXPECT_EQ(told(body), "INVALID_HLR_LOOKUP_PARAM hlr_lookup");
    repair("7", "0");
    EXPECT_EQ(told(body), "INVALID_PIN_PARAMS pin_params.length");
    repair("99", "9");
    EXPECT_EQ(told(body), "INVALID_SMS_TEXT sms_text");
    repair("none", "{PIN}");
    EXPECT_EQ(told(body), "INVALID_SENDER sender");
    repair("far too long a sender", "SHOP");
    EXPECT_EQ(told(body), "INVALID_NUMBER msisdn");
    repair(R"("12")", "34666666111");
    EXPECT_EQ(told(body), "ok");
}

TEST(Nrs360Decode, AsksTheAccountForAMissingSenderOnly) {
    const auto asked = read_request(json_type, R"({"api_key":"k","msisdn":"34666666111"})");
    ASSERT_TRUE(asked);
    auto account = shop();
    EXPECT_EQ(fault_before_key(*asked, nullptr), (fault{error_id::missing_params, "sender"}));
    EXPECT_EQ(fault_before_key(*asked, &account), (fault{error_id::missing_params, "sender"}));
    account.default_sender = sender_name("ACME");
    EXPECT_FALSE(fault_before_key(*asked, &account));
}

TEST(Nrs360Decode, TakesAReportUrlThatTheAccountMayHaveDialled) {
    const std::string body = call_with(R"(,"report_url":"http://10.0.0.5:9000/dlr")");
    auto account = shop();
    address_rules rules;
    rules.allow.push_back(*cidr::parse("10.0.0.0/8"));
    rules.ports = {9000};
    EXPECT_EQ(told(body, account, address_policy(rules)), "BAD_PARAMS report_url");
    account.allow_http = true;
    EXPECT_EQ(told(body, account, address_policy(rules)), "ok");
    rules.allow.clear();
    EXPECT_EQ(told(body, account, address_policy(rules)), "BAD_PARAMS report_url");
}

TEST(Nrs360Decode, TakesTheContentTypeInAnyCaseAndWithParameters) {
    const auto body = call_with("");
    for (const char* type :
         {"application/json", "APPLICATION/JSON", " application/json ; charset=x"})
        EXPECT_TRUE(read_request(type, body)) << type;
    for (const char* type : {"", "text/json", "application/jsonp", "json", ";application/json"})
        EXPECT_FALSE(read_request(type, body)) << type;
}

TEST(Nrs360Decode, MakesJobsThatTheWorkerReadsAsTheSame) {
    const auto asked = read_request(
        json_type,
        call_with(R"(,"hlr_lookup":1,"sms_text":"Tu código: {PIN}","custom":"ñ","pin_params":)"
                  R"([{"type":"alpha","expires_in":"0"}],"report_url":"https://shop.example/")")
    );
    ASSERT_TRUE(asked);
    auto made = make_job(*asked, shop(), address_policy(), now);
    ASSERT_TRUE(made);
    made->job.id = job_id("api-1");
    made->job.pin = pin_id("P1");
    const auto again = decode_job(encode_job(made->job), now + 1s);
    ASSERT_TRUE(again) << again.error().field;
    EXPECT_EQ(content_hash(*again, ""), content_hash(made->job, ""));
    EXPECT_EQ(again->requested_at, made->job.requested_at);
    EXPECT_EQ(again->send_within, 1h);
}

TEST(Nrs360Decode, TakesAnAccountsOwnTextAsItIs) {
    auto account = shop();
    account.text_360nrs = std::string(300, 'x') + "{PIN}";
    EXPECT_EQ(told(call_with(""), account), "ok");
}

TEST(Nrs360Decode, NeverSaysBackWhatTheCallerWrote) {
    for (const char* members :
         {R"(,"custom":"SECRETSECRETSECRETSECRETSECRETSECRET")",
          R"(,"hlr_lookup":"SECRET")",
          R"(,"pin_params":{"code":"SECRET!"})",
          R"(,"sms_text":"SECRET")",
          R"(,"report_url":"SECRET")"}) {
        const auto asked = read_request(json_type, call_with(members));
        ASSERT_TRUE(asked);
        const auto made = make_job(*asked, shop(), address_policy(), now);
        ASSERT_FALSE(made) << members;
        EXPECT_EQ(answer_of(made.error()).body.find("SECRET"), std::string::npos) << members;
    }
}

TEST(Nrs360Decode, ReadsAGuessAsItIsWritten) {
    const auto guess = [](const std::string& pin) {
        return read_verify(json_type, R"({"api_key":"k","msisdn":34666666111,"pin":)" + pin + "}");
    };
    EXPECT_EQ(guess("581365")->pin.reveal(), "581365");
    EXPECT_EQ(guess("\" ab12 \"")->pin.reveal(), " ab12 ");
    EXPECT_EQ(guess("0")->pin.reveal(), "0");
    EXPECT_EQ(guess("0")->msisdn, "34666666111");
    for (const char* none : {"-1", "1.5", "true", "null", "\"\"", "\" \\n\"", "[]"})
        EXPECT_EQ(guess(none)->bad, (fault{error_id::bad_params, "pin"})) << none;
}

TEST(Nrs360Answer, RoundsTheWaitUpToWholeSeconds) {
    const auto wait = [](std::chrono::milliseconds after) {
        const auto made = busy_answer(after);
        return std::string(find_header(made.headers, "Retry-After"));
    };
    EXPECT_EQ(wait(0ms), "1");
    EXPECT_EQ(wait(1000ms), "1");
    EXPECT_EQ(wait(1001ms), "2");
    EXPECT_EQ(wait(1h), "3600");
}

TEST(Nrs360Answer, KeepsAGuessThatWasOvertakenForOurTrouble) {
    postgres::guess_answer overtaken;
    overtaken.what = postgres::guess_answer::kind::newer;
    EXPECT_EQ(answer_of(overtaken).status, 500U);
}

}  // namespace
}  // namespace pinwire::api::nrs360
