// What the Infobip dialect asks the order desk for: one order's content for each way to ask.
#include <gtest/gtest.h>

#include "common/core/job_codec.hpp"
#include "tests/component/api/infobip_conversation.hpp"

namespace pinwire::api::test {
namespace {

using namespace std::chrono_literals;

class InfobipOrder : public testing::Test {
protected:
    // The documents' request with more members, which start with a comma.
    http::response post(const std::string& target, const std::string& more = {}) {
        const std::string start = R"({"applicationId":"HJ675435E3A6EA43432G5F37A635KJ8B",)"
                                  R"("messageId":"0130269F44AFD07AEBC2FEFEB30398A0",)"
                                  R"("to":"41793026727")";
        return send(target, start + more + "}");
    }
    http::response send(const std::string& target, const std::string& body) {
        a_call from("POST", target);
        from.with("Authorization", std::string("App ") + document_key);
        if (!key_.empty()) from.key(key_);
        return with_.ask(from.body(body));
    }
    http::response resend(const std::string& how = "resend", const std::string& body = {}) {
        return send(std::string("/2fa/2/pin/") + document_pin + "/" + how, body);
    }
    const order& last() const { return with_.all.desk.last(); }
    // As a worker would read it: an order that would end as a dead letter fails here.
    job job_of_last() const {
        auto given = last().job;
        given.id = job_id("api-1");
        return decode_job(encode_job(given), with_.all.now).value();
    }

    infobip_conversation with_;
    std::string key_;
};

TEST_F(InfobipOrder, AnSmsCarriesTheApplicationsAndTheTemplatesWill) {
    with_.application().pin_attempts = 7;
    with_.application().pin_time_to_live = 1500ms;
    with_.message().pin_type = pin_type::alphanumeric;
    with_.message().pin_length = 8;
    ASSERT_EQ(post("/2fa/2/pin").status, 200u);
    const auto job = job_of_last();
    EXPECT_EQ(job.account, account_name("shop"));
    EXPECT_EQ(job.channel, channel::sms);
    EXPECT_EQ(job.to.digits(), document_number);
    EXPECT_EQ(job.from, sender_name("Infobip 2FA"));
    EXPECT_EQ(job.text, "Your PIN is {{pin}}.");
    EXPECT_EQ(job.dialect, dialect::infobip);
    EXPECT_EQ(job.lookup, lookup_policy::nc_needed);
    EXPECT_EQ(job.report_format, report_format::infobip);
    EXPECT_TRUE(job.report_url.empty());
    EXPECT_EQ(job.requested_at, with_.all.now);
    EXPECT_EQ(job.send_within, 2s);
    const auto pin = job.pin_given.value();
    EXPECT_EQ(pin.type, pin_type::alphanumeric);
    EXPECT_EQ(pin.length, 8);
    EXPECT_EQ(pin.max_tries, 7u);
    EXPECT_EQ(pin.expires_in, 2s);  // never shorter than was asked, never 0
    EXPECT_FALSE(pin.single_use);
    EXPECT_EQ(last().answer, answer_when::outcome);
    EXPECT_EQ(last().application, document_application);
    EXPECT_EQ(last().message, document_message);
    EXPECT_EQ(last().per_application, with_.application().send_per_application);
    EXPECT_EQ(last().per_number, with_.application().send_per_number);
    EXPECT_TRUE(last().own_code.empty());
    EXPECT_TRUE(last().idempotency_key.empty());
    EXPECT_FALSE(last().resend);
}

TEST_F(InfobipOrder, TheRequestsSenderComesBeforeTheTemplates) {
    post("/2fa/2/pin", R"(,"from":"InfoSMS")");
    EXPECT_EQ(last().job.from, sender_name("InfoSMS"));
    with_.message().sender.clear();
    post("/2fa/2/pin");
    EXPECT_TRUE(last().job.from.empty());
}

TEST_F(InfobipOrder, AnApplicationThatVerifiesOnceMakesPinsForOneUse) {
    with_.application().allow_multiple_verifications = false;
    post("/2fa/1/pin");
    EXPECT_TRUE(last().job.pin_given->single_use);
}

TEST_F(InfobipOrder, WithoutLookupThePolicyIsToSkip) {
    post("/2fa/1/pin?ncNeeded=false");
    EXPECT_EQ(job_of_last().lookup, lookup_policy::skip);
}

TEST_F(InfobipOrder, ACallIsNeverLookedUpAndSpeaksAsTheTemplateSays) {
    with_.message().language = "pt-BR";
    with_.message().speech_rate = 0.75;
    with_.message().repeat_dtmf = "1#";
    with_.message().voice_name = "Joanna";
    ASSERT_EQ(post("/2fa/1/pin/voice?ncNeeded=true", R"(,"from":"41793012321")").status, 200u);
    const auto job = job_of_last();
    EXPECT_EQ(job.channel, channel::voice);
    EXPECT_EQ(job.lookup, lookup_policy::skip);
    EXPECT_EQ(job.from, sender_name("41793012321"));
    EXPECT_EQ(job.voice.language, "pt_br");
    EXPECT_EQ(job.voice.speech_rate, 0.75);
    EXPECT_EQ(job.voice.repeat_dtmf, "1#");
    EXPECT_EQ(job.voice.voice, "Joanna");
}

TEST_F(InfobipOrder, PlaceholdersAreFilledOnceAndThePinsOwnStays) {
    with_.message().text = "{{{a}}} {{b}} {{pin}} {{unknown}} {{a}}{{pin}} {{";
    post("/2fa/2/pin", R"(,"placeholders":{"a":"{{b}}","b":"<B>"})");
    EXPECT_EQ(last().job.text, "{{{b}}} <B> {{pin}} {{unknown}} {{b}}{{pin}} {{");
}

TEST_F(InfobipOrder, ATextThatGrewTooLongIsRefused) {
    with_.message().text = "{{a}}{{a}}{{pin}}";
    const std::string value(800, 'x');
    EXPECT_EQ(post("/2fa/2/pin", R"(,"placeholders":{"a":")" + value + R"("})").status, 400u);
    EXPECT_TRUE(with_.all.desk.orders.empty());
}

TEST_F(InfobipOrder, AnOwnCodeSaysItsTypeAndLengthItself) {
    const auto of = [&](const char* code) {
        post("/2fa/2/pin", std::string(R"(,"code":")") + code + R"(")");
        return last().job.pin_given.value();
    };
    EXPECT_EQ(of("123456").type, pin_type::numeric);
    EXPECT_EQ(of("123456").length, 6);
    EXPECT_EQ(of("abcd").type, pin_type::alpha);
    EXPECT_EQ(last().own_code.reveal(), "ABCD");
    EXPECT_EQ(of("A1B2C3D4").type, pin_type::alphanumeric);
    EXPECT_EQ(of("A1B2C3D4").length, 8);
    EXPECT_EQ(last().repeat.find("A1B2C3D4"), std::string::npos);
}

TEST_F(InfobipOrder, TheStrictProfileLiftsWhatIsOlderThanItself) {
    with_.all.shop->strict = true;
    post("/2fa/2/pin");
    EXPECT_EQ(last().job.pin_given->length, 6);
    EXPECT_EQ(last().job.pin_given->expires_in, 600s);
}

TEST_F(InfobipOrder, AKeyCountsForOneKindOfCallOnly) {
    with_.add_pin(document_pin, "1598");
    key_ = "abc";
    post("/2fa/2/pin");
    EXPECT_EQ(last().idempotency_key, "send:abc");
    post("/2fa/1/pin/voice");
    EXPECT_EQ(last().idempotency_key, "voice:abc");
    resend();
    EXPECT_EQ(last().idempotency_key, std::string("resend:") + document_pin + ":abc");
    resend("resend/voice");
    EXPECT_EQ(last().idempotency_key, std::string("resend-voice:") + document_pin + ":abc");
}

TEST_F(InfobipOrder, AResendIsTheSamePinSenderTextAndLookup) {
    with_.message().text = "Hello {{name}}: {{pin}}";
    post("/2fa/2/pin?ncNeeded=false", R"(,"from":"InfoSMS","placeholders":{"name":"John"})");
    with_.add_pin(document_pin, "1598").story.repeat = last().repeat;
    with_.message().text = "Changed {{pin}}";  // the template has moved on; the PIN's text hasn't

    ASSERT_EQ(resend().status, 200u);
    EXPECT_TRUE(last().resend);
    EXPECT_EQ(last().job.pin, pin_id(document_pin));
    EXPECT_FALSE(last().job.pin_given);
    EXPECT_TRUE(last().own_code.empty());
    EXPECT_EQ(last().job.from, sender_name("InfoSMS"));
    EXPECT_EQ(last().job.text, "Hello John: {{pin}}");
    EXPECT_EQ(last().job.lookup, lookup_policy::skip);
    EXPECT_EQ(last().job.channel, channel::sms);
    EXPECT_EQ(last().job.to.digits(), document_number);
    EXPECT_EQ(last().application, document_application);
    EXPECT_EQ(last().message, document_message);
    EXPECT_EQ(last().per_number, with_.application().send_per_number);
    job_of_last();

    ASSERT_EQ(resend("resend", R"({"placeholders":{"name":"Jane"}})").status, 200u);
    EXPECT_EQ(last().job.text, "Hello Jane: {{pin}}");
    EXPECT_EQ(parse_infobip_repeat(last().repeat).placeholders.at("name"), "John");
}

TEST_F(InfobipOrder, IndiasIdsOfTheTemplateGoWithTheFirstSendingAndWithEachResend) {
    with_.message().regional =
        R"({"indiaDlt":{"contentTemplateId":"12","principalEntityId":"11","teleMarketerId":"13"}})";
    post("/2fa/2/pin");
    india_dlt ids;
    ids.principal_entity_id = "11";
    ids.content_template_id = "12";
    ids.telemarketer_id = "13";
    EXPECT_EQ(last().job.dlt, ids);
    with_.message().regional.clear();
    with_.add_pin(document_pin, "1598").story.repeat = last().repeat;
    ASSERT_EQ(resend().status, 200u);
    EXPECT_EQ(last().job.dlt, ids) << "as the first time";
    post("/2fa/2/pin");
    EXPECT_TRUE(last().job.dlt.empty());
}

TEST_F(InfobipOrder, AResendSaysHowLongItsPinIsAndAsksForNoOther) {
    post("/2fa/2/pin");
    EXPECT_EQ(last().job.pin_length, 0);
    auto& pin = with_.add_pin(document_pin, "0123456789ABCDEF");
    pin.story.repeat = last().repeat;
    ASSERT_EQ(resend().status, 200u);
    EXPECT_EQ(last().job.pin_length, 16);
    EXPECT_FALSE(last().job.pin_given);
}

TEST_F(InfobipOrder, AResendOfACallOverSmsIsLookedUpAsTheCallersFirstWordWas) {
    post("/2fa/2/pin/voice");
    with_.add_pin(document_pin, "1598").story.repeat = last().repeat;
    ASSERT_EQ(resend().status, 200u);
    EXPECT_EQ(last().job.lookup, lookup_policy::nc_needed);
    ASSERT_EQ(resend("resend/voice").status, 200u);
    EXPECT_EQ(last().job.lookup, lookup_policy::skip);
    EXPECT_EQ(last().job.channel, channel::voice);
}

TEST_F(InfobipOrder, APinThatCameAnotherWayHasNothingToBeSentWith) {
    with_.add_pin(document_pin, "1598").story.repeat.clear();
    EXPECT_EQ(resend().status, 404u);
    EXPECT_TRUE(with_.all.desk.orders.empty());
}

TEST_F(InfobipOrder, AnUnreadableFirstSendingIsOurTrouble) {
    with_.add_pin(document_pin, "1598").story.repeat = R"({"v":2})";
    EXPECT_EQ(resend().status, 500u);
}

TEST_F(InfobipOrder, NothingRefusedReachesTheDesk) {
    with_.application().enabled = false;
    post("/2fa/2/pin");
    post("/2fa/2/pin/voice");
    send("/2fa/2/pin", "{}");
    EXPECT_TRUE(with_.all.desk.orders.empty());
}

TEST(InfobipRepeat, SurvivesItsWayThroughTheDatabase) {
    infobip_repeat first;
    first.text = "Grüße {{a}} {{pin}}";
    first.placeholders = {{"a", "\"x\"\n"}};
    first.from = "InfoSMS";
    first.nc_needed = false;
    first.voice.language = "zh_tw";
    first.voice.speech_rate = 2.0;
    first.voice.repeat_dtmf = "*";
    first.dlt.principal_entity_id = "11";
    const auto read = parse_infobip_repeat(infobip_repeat_text(first));
    EXPECT_EQ(read.text, first.text);
    EXPECT_EQ(read.placeholders, first.placeholders);
    EXPECT_EQ(read.from, first.from);
    EXPECT_EQ(read.nc_needed, first.nc_needed);
    EXPECT_EQ(read.voice, first.voice);
    EXPECT_EQ(read.dlt, first.dlt);
    for (const char* text : {"", "{}", "[]", R"({"v":2})", R"({"v":1})"})
        EXPECT_THROW(parse_infobip_repeat(text), std::runtime_error) << text;
}

}  // namespace
}  // namespace pinwire::api::test
