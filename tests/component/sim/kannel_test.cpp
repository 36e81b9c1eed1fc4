// Kannel's side: the query and the headers, dlr-mask, and the escapes of the dlr-url.
#include "common/core/form.hpp"
#include "sim/kannel_escapes.hpp"
#include "tests/component/sim/sim_fixture.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;

class Kannel : public sim_fixture {
protected:
    std::string query(const std::string& number, const std::string& url, const std::string& mask) {
        form fields;
        fields.add("username", "pinwire");
        fields.add("password", "sim-key");
        fields.add("from", "ACME");
        fields.add("to", number);
        fields.add("text", "123456 is your code");
        fields.add("dlr-mask", mask);
        fields.add("dlr-url", url);
        return "/kannel/cgi-bin/sendsms?" + fields.encode();
    }
};

TEST_F(Kannel, AcceptsWithoutAnIdAndFillsTheEscapes) {
    run([this]() -> awaitable<void> {
        const std::string url = callback_url("/dlr/tok1?s=%d&from=%p&to=%P&id=%F&at=%t&r=%A");
        const auto sent = co_await get(query("34600000000", url, "19"));
        EXPECT_EQ(sent.answer.status, 202U);
        EXPECT_EQ(sent.answer.body, "0: Accepted for delivery");
        co_await callbacks_reach(1);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 1U);
        EXPECT_EQ(callbacks.at(0).method, "GET");
        EXPECT_EQ(path_of(callbacks.at(0).target), "/dlr/tok1");
        const auto fields = form::parse(query_of(callbacks.at(0).target));
        EXPECT_EQ(*fields->find("s"), "1");
        EXPECT_EQ(*fields->find("from"), "ACME");
        EXPECT_EQ(*fields->find("to"), "34600000000");
        EXPECT_EQ(fields->find("id")->size(), 32U);
        EXPECT_EQ(fields->find("at")->size(), 16U);
        EXPECT_NE(fields->find("r")->find("stat:DELIVRD"), std::string::npos);
        const json found = co_await get_json("/admin/acceptances?reference=tok1");
        EXPECT_EQ(found.size(), 1U);
    });
}

TEST_F(Kannel, MaskChoosesTheReports) {
    run([this]() -> awaitable<void> {
        const std::string all = callback_url("/dlr/a?s=%d");
        co_await get(query("34600000001", all, "31"));
        co_await callbacks_reach(2);
        EXPECT_TRUE(callbacks.at(0).target.ends_with("s=8"));
        EXPECT_TRUE(callbacks.at(1).target.ends_with("s=2"));
        co_await reports_drain();
        callbacks.clear();
        const std::string none = callback_url("/dlr/b?s=%d");
        co_await get(query("34600000001", none, "1"));
        co_await reports_drain();
        EXPECT_TRUE(callbacks.empty());
    });
}

TEST_F(Kannel, PostWithHeadersIsTheSameMessage) {
    run([this]() -> awaitable<void> {
        http::request what("POST", "/kannel/cgi-bin/sendsms");
        what.fields.set("Content-Type", "text/plain; charset=UTF-16BE");
        what.fields.set("X-Kannel-Username", "pinwire");
        what.fields.set("X-Kannel-Password", "sim-key");
        what.fields.set("X-Kannel-From", "ACME");
        what.fields.set("X-Kannel-To", "+34600000000");
        what.fields.set("X-Kannel-Coding", "2");
        what.body = std::string("\0A\x20\xAC", 4);
        const auto sent = co_await call(std::move(what), 5000ms);
        EXPECT_EQ(sent.answer.status, 202U) << sent.answer.body;
        const json inbox = co_await get_json("/inbox/34600000000");
        EXPECT_EQ(inbox.at("last").at("text"), "A\xE2\x82\xAC");
    });
}

TEST_F(Kannel, RefusesWrongPasswordsAndForbiddenNumbers) {
    run([this]() -> awaitable<void> {
        std::string wrong = query("34600000000", "", "");
        wrong.replace(wrong.find("sim-key"), 7, "not-key");
        const auto refused = co_await get(wrong);
        EXPECT_EQ(refused.answer.status, 403U);
        const auto forbidden = co_await get(query("34600000011", "", ""));
        EXPECT_EQ(forbidden.answer.status, 400U);
        const auto busy = co_await get(query("34600000013", "", ""));
        EXPECT_EQ(busy.answer.status, 503U);
        EXPECT_EQ(busy.answer.body, "Temporal failure, try again later.");
        const auto accepted = co_await log("accepted");
        EXPECT_TRUE(accepted.empty());
    });
}

TEST(KannelEscapes, EachLetterGetsItsValueAndTheRestStays) {
    kannel_values values;
    values.value = 16;
    values.sender = "A B";
    values.receiver = "0034600";
    values.internal_id = "i1";
    values.smsc = "smsc1";
    values.url = "http://x/%d";
    values.at = std::chrono::system_clock::time_point(1735787045s);
    EXPECT_EQ(fill_kannel_escapes("d=%d&p=%p&q=%q", values), "d=16&p=A%20B&q=%2B34600");
    EXPECT_EQ(fill_kannel_escapes("%I,%i,%T", values), "i1,smsc1,1735787045");
    EXPECT_EQ(fill_kannel_escapes("t=%t", values), "t=2025-01-02+03:04");
    EXPECT_EQ(fill_kannel_escapes("%R", values), "http%3A%2F%2Fx%2F%25d");
    EXPECT_EQ(fill_kannel_escapes("%2F%%%z%", values), "%2F%%z%");
    EXPECT_EQ(fill_kannel_escapes("%N%D|", values), "|");
}

}  // namespace
}  // namespace pinwire::sim::test
