// A PIN's story and its end, for callers of either dialect.
#include "api/pinwire_dialect.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/component/api/fakes.hpp"

namespace pinwire::api::test {
namespace {

class PinwireDialect : public testing::Test {
protected:
    PinwireDialect() {
        w.pins.add(w.shop->name, pin_id("A1"), number("447700900123"), secret("1234"));
    }

    http::response ask(std::string method, std::string target, std::string key = "shop-key") {
        a_call one(std::move(method), std::move(target));
        one.with("Authorization", "App " + key);
        return run(own.serve(one));
    }

    world w;
    pinwire_dialect own{w.gate, w.pins};
};

TEST_F(PinwireDialect, TellsAPinsWholeStory) {
    w.pins.at(w.shop->name, pin_id("A1"))->story.sendings[0].dlr = dlr_status::delivrd;
    const auto answer = ask("GET", "/pinwire/1/pins/A1");
    ASSERT_EQ(answer.status, 200U);
    const auto body = nlohmann::json::parse(answer.body);
    EXPECT_EQ(body["pinId"], "A1");
    EXPECT_EQ(body["msisdn"], "447700900123");
    EXPECT_EQ(body["triesLeft"], 3);
    EXPECT_EQ(body["requestedAt"], "2026-03-01T12:00:00.000000Z");
    EXPECT_EQ(body["expiresAt"], "2026-03-01T13:00:00.000000Z");
    EXPECT_FALSE(body.contains("verifiedAt"));
    ASSERT_EQ(body["sendings"].size(), 1U);
    EXPECT_EQ(body["sendings"][0]["smsStatus"], "MESSAGE_SENT");
    EXPECT_EQ(body["sendings"][0]["dlrStatus"], "DELIVRD");
    EXPECT_EQ(answer.body.find("1234"), std::string::npos);
}

TEST_F(PinwireDialect, FindsTheNewestOfANumber) {
    w.pins.add(w.shop->name, pin_id("B2"), number("447700900123"), secret("9999"));
    const auto answer = ask("GET", "/pinwire/1/pins?msisdn=%2B44+7700+900123");
    EXPECT_EQ(nlohmann::json::parse(answer.body)["pinId"], "B2");
    EXPECT_EQ(ask("GET", "/pinwire/1/pins?msisdn=447700900124").status, 404U);
    EXPECT_EQ(ask("GET", "/pinwire/1/pins?msisdn=abc").status, 400U);
    EXPECT_EQ(ask("GET", "/pinwire/1/pins").status, 400U);
}

TEST_F(PinwireDialect, Cancels) {
    const auto answer = ask("DELETE", "/pinwire/1/pins/A1");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body, R"({"pinId":"A1","cancelled":true})");
    EXPECT_TRUE(w.pins.at(w.shop->name, pin_id("A1"))->dead);
    EXPECT_EQ(ask("DELETE", "/pinwire/1/pins/A1").status, 200U);
    EXPECT_EQ(ask("DELETE", "/pinwire/1/pins/Z9").status, 404U);
}

TEST_F(PinwireDialect, KnowsNoPinOfAnotherAccount) {
    w.pins.add(account_name("another"), pin_id("C3"), number("447700900999"), secret("1234"));
    EXPECT_EQ(ask("GET", "/pinwire/1/pins/C3").status, 404U);
    EXPECT_EQ(ask("DELETE", "/pinwire/1/pins/C3").status, 404U);
}

TEST_F(PinwireDialect, LetsOnlyAccountsIn) {
    EXPECT_EQ(ask("GET", "/pinwire/1/pins/A1", "wrong").status, 401U);
    w.shop->suspended = true;
    EXPECT_EQ(ask("GET", "/pinwire/1/pins/A1").status, 403U);
}

TEST_F(PinwireDialect, NamesTheMethodsItHas) {
    const auto by_id = ask("POST", "/pinwire/1/pins/A1");
    EXPECT_EQ(by_id.status, 405U);
    EXPECT_EQ(by_id.fields.get("Allow"), "GET, DELETE");
    EXPECT_EQ(ask("DELETE", "/pinwire/1/pins?msisdn=447700900123").status, 405U);
}

TEST_F(PinwireDialect, RefusesPathsThatAreNoIds) {
    EXPECT_EQ(ask("GET", "/pinwire/1/pins/").status, 404U);
    EXPECT_EQ(ask("GET", "/pinwire/1/pins/a/b").status, 404U);
    EXPECT_FALSE(own.serves("GET", "/pinwire/1/pinsx"));
}

TEST_F(PinwireDialect, ADatabaseThatIsAwayIsOurTrouble) {
    w.pins.broken = true;
    EXPECT_EQ(ask("GET", "/pinwire/1/pins/A1").status, 500U);
}

}  // namespace
}  // namespace pinwire::api::test
