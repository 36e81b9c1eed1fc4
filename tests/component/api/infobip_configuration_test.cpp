// Changes of applications and templates, when another one comes between.
#include <gtest/gtest.h>

#include "tests/component/api/infobip_conversation.hpp"

namespace pinwire::api::test {
namespace {

class InfobipChanges : public testing::Test {
protected:
    http::response put(const std::string& target, const std::string& body) {
        a_call from("PUT", target);
        from.with("Authorization", std::string("App ") + document_key);
        return with_.ask(from.body(body));
    }

    const std::string application_ = std::string("/2fa/2/applications/") + document_application;
    const std::string message_ = application_ + "/messages/" + document_message;
    infobip_conversation with_;
};

TEST_F(InfobipChanges, OfAnApplicationLoseNothingOfAnothersAtTheSameTime) {
    with_.all.templates.before_change = [this, times = 0]() mutable {
        if (times++ == 0) with_.application().pin_attempts = 5;
    };
    const auto answer = put(application_, R"({"name":"mine"})");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_NE(answer.body.find(R"("pinAttempts":5)"), std::string::npos) << answer.body;
    EXPECT_EQ(with_.application().name, "mine");
    EXPECT_EQ(with_.application().pin_attempts, 5);
}

TEST_F(InfobipChanges, OfATemplateLoseNothingOfAnothersAtTheSameTime) {
    with_.all.templates.before_change = [this, times = 0]() mutable {
        if (times++ == 0) with_.message().sender = "Other";
    };
    EXPECT_EQ(put(message_, R"({"pinLength":8})").status, 200U);
    EXPECT_EQ(with_.message().sender, "Other");
    EXPECT_EQ(with_.message().pin_length, 8);
}

TEST_F(InfobipChanges, AreGivenUpWhenOthersNeverStop) {
    with_.all.templates.before_change = [this] { ++with_.application().pin_attempts; };
    EXPECT_EQ(put(application_, R"({"name":"mine"})").status, 500U);
    EXPECT_NE(with_.application().name, "mine");
}

}  // namespace
}  // namespace pinwire::api::test
