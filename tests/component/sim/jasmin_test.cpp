// Jasmin's side: forms and queries, UCS-2 by hex, levels of reports, and an acknowledgement to the
// byte.
#include "common/core/form.hpp"
#include "tests/component/sim/sim_fixture.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;

class Jasmin : public sim_fixture {
protected:
    Jasmin() {
        given.dlr_retry = 20ms;
        callback_answer = "ACK/Jasmin";
    }

    form fields(const std::string& number, const std::string& level) {
        form made;
        made.add("username", "pinwire");
        made.add("password", "sim-key");
        made.add("from", "ACME");
        made.add("to", number);
        made.add("content", "123456 is your code");
        made.add("dlr", "yes");
        made.add("dlr-url", callback_url("/dlr/tok1"));
        made.add("dlr-level", level);
        made.add("dlr-method", "POST");
        return made;
    }

    awaitable<http::exchange> send(form what) {
        co_return co_await post("/jasmin/send", what.encode(), "application/x-www-form-urlencoded");
    }
};

TEST_F(Jasmin, AnswersWithItsIdAndTellsBothLevels) {
    run([this]() -> awaitable<void> {
        const auto sent = co_await send(fields("34600000000", "3"));
        EXPECT_EQ(sent.answer.status, 200U);
        EXPECT_TRUE(sent.answer.body.starts_with("Success \"")) << sent.answer.body;
        co_await callbacks_reach(2);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 2U);
        const auto first = form::parse(callbacks.at(0).body);
        const auto second = form::parse(callbacks.at(1).body);
        EXPECT_EQ(*first->find("message_status"), "ESME_ROK");
        EXPECT_EQ(*first->find("level"), "1");
        EXPECT_EQ(*second->find("message_status"), "DELIVRD");
        EXPECT_EQ(*second->find("text"), "123456 is your code");
        EXPECT_NE(sent.answer.body.find(*second->find("id")), std::string::npos);
        const json found = co_await get_json("/admin/acceptances?reference=tok1");
        EXPECT_EQ(found.size(), 1U);
    });
}

TEST_F(Jasmin, LevelChoosesTheReports) {
    run([this]() -> awaitable<void> {
        co_await send(fields("34600000000", "1"));
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 1U);
        EXPECT_NE(callbacks.at(0).body.find("ESME_ROK"), std::string::npos);
        callbacks.clear();
        co_await send(fields("34600000001", "2"));
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 1U);
        EXPECT_NE(callbacks.at(0).body.find("UNDELIV"), std::string::npos);
    });
}

TEST_F(Jasmin, AReportComesAgainUntilItIsAcknowledgedToTheByte) {
    callback_answer = "ACK/Jasmin\n";
    run([this]() -> awaitable<void> {
        co_await send(fields("34600000000", "2"));
        co_await callbacks_reach(3);
        callback_answer = "ACK/Jasmin";
        co_await reports_drain();
        const auto lines = co_await log("dlr");
        EXPECT_GE(lines.size(), 4U);
        EXPECT_EQ(lines.back().at("answer"), 200);
    });
}

TEST_F(Jasmin, TakesHexAsUcs2AndNotBothForms) {
    run([this]() -> awaitable<void> {
        form hex;
        const form whole = fields("34600000000", "2");
        for (const auto& [name, value] : whole.all())
            if (name != "content") hex.add(name, value);
        hex.add("coding", "8");
        hex.add("hex-content", "0041043620acD83dDD11");
        const auto sent = co_await send(hex);
        EXPECT_EQ(sent.answer.status, 200U) << sent.answer.body;
        const json inbox = co_await get_json("/inbox/34600000000");
        EXPECT_EQ(inbox.at("last").at("text"), "A\xD0\xB6\xE2\x82\xAC\xF0\x9F\x94\x91");
        hex.add("content", "both");
        const auto both = co_await send(hex);
        EXPECT_EQ(both.answer.status, 400U);
    });
}

TEST_F(Jasmin, RefusesWhatTheRealOneRefuses) {
    run([this]() -> awaitable<void> {
        auto unknown = fields("34600000000", "2");
        unknown.add("dlr_url", "x");
        const auto argument = co_await send(unknown);
        EXPECT_EQ(argument.answer.status, 400U);
        EXPECT_EQ(argument.answer.body, "Error \"Argument [dlr_url] is unknown.\"");
        form wrong;
        const form whole = fields("34600000000", "2");
        for (const auto& [name, value] : whole.all())
            wrong.add(name, name == "password" ? "not-key" : value);
        const auto refused = co_await send(wrong);
        EXPECT_EQ(refused.answer.status, 403U);
        const auto no_route = co_await send(fields("34600000010", "2"));
        EXPECT_EQ(no_route.answer.status, 412U);
        EXPECT_EQ(no_route.answer.body, "Error \"No route found\"");
        const auto accepted = co_await log("accepted");
        EXPECT_TRUE(accepted.empty());
    });
}

}  // namespace
}  // namespace pinwire::sim::test
