// What kannel.cpp writes and reads, against the real smsbox and bearerbox: no Pinwire around it.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <iostream>
#include <map>
#include <string>

#include "common/carriers/registry.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/smpp_centre.hpp"
#include "tests/support/stack/http_call.hpp"
#include "tests/support/stack/kannel_node.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* password = "sim-key";
constexpr const char* attempt = "0193500b7c00a1b2c3d4e5f60718293a";

class KannelTranslator : public testing::Test {
protected:
    static void SetUpTestSuite() {
        centre = std::make_unique<smpp_centre>();
        node = std::make_unique<kannel_node>(
            std::vector<kannel_smsc>{{"one", centre->port()}}, password
        );
    }
    static void TearDownTestSuite() {
        node.reset();
        centre.reset();
    }

    void TearDown() override {
        if (HasFailure()) std::cerr << node->log();
    }

    static carriers::settings settings() {
        carriers::settings made;
        made.name = carrier_name("kannel");
        made.kind = "kannel";
        made.base_url = node->url();
        made.username = kannel_node::username;
        made.password = secret(password);
        made.smsc = "one";
        return made;
    }

    static carriers::order order(const std::string& to, const std::string& text) {
        carriers::order made;
        made.attempt = *attempt_id::parse(attempt);
        made.to = *msisdn::parse(to);
        made.from = sender_name("Acme");
        made.text = secret(text);
        made.validity = 10min;
        return made;
    }

    static carriers::answer send(const carriers::settings& given, const carriers::order& what) {
        const auto carrier = carriers::make_carrier(given);
        const auto request = carrier->to_request(what);
        std::string type;
        std::string more;
        for (const auto& [name, value] : request.headers) {
            if (name == "Content-Type")
                type = value;
            else
                more += fmt::format("{}: {}\r\n", name, value);
        }
        const auto said =
            http_call(node->url(), request.method, request.target, request.body, type, 15s, more);
        const auto status = static_cast<unsigned>(said.status);
        return carrier->read_answer({status, {}, said.body}, channel::sms);
    }

    // What the message centre got for that number, its parts joined; waits for the first.
    static std::string shown_on(const std::string& to) {
        std::map<std::string, std::string> parts;  // by header
        const auto came = [&] {
            parts.clear();
            for (const auto& one : centre->submitted())
                if (one.to == to) parts[one.header] = one.text;
            const auto wanted = parts.empty() || parts.begin()->first.empty()
                                    ? 1U
                                    : static_cast<std::size_t>(parts.begin()->first.at(4));
            return parts.size() >= wanted;
        };
        EXPECT_TRUE(eventually(came, 10s, "a message to " + to));
        std::string text;
        for (const auto& [header, part] : parts)
            text += part;
        return text;
    }

    static std::unique_ptr<smpp_centre> centre;
    static std::unique_ptr<kannel_node> node;
};
std::unique_ptr<smpp_centre> KannelTranslator::centre;
std::unique_ptr<kannel_node> KannelTranslator::node;

TEST_F(KannelTranslator, BringsEveryCharacterToTheHandsetAsItWas) {
    const std::string texts[] = {
        "483920 is your code",
        "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?",
        "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà",
        "two\nlines, ^{}\\[~]|€, and 100 %d",
        "  blanks around  ",
        "483920 — это ваш код 😀",
        "0: " + std::string(300, 'x') + " 483920",
        "483920 код " + std::string(120, 'y') + " конец"};
    int last = 100;
    for (const auto& text : texts) {
        const auto to = fmt::format("4477009001{}", ++last);
        const auto said = send(settings(), order(to, text));
        EXPECT_EQ(said.verdict, carriers::verdict::sent) << said.error;
        EXPECT_EQ(shown_on(to), text);
    }
}

TEST_F(KannelTranslator, TellsSenderAndValidity) {
    auto what = order("447700900201", "x");
    what.from = sender_name("My Shop 24");
    EXPECT_EQ(send(settings(), what).verdict, carriers::verdict::sent);
    EXPECT_EQ(shown_on("447700900201"), "x");
    const auto last = centre->submitted().back();
    EXPECT_EQ(last.from, "My Shop 24");
    EXPECT_EQ(last.registered_delivery & 1, 0) << "no URL, no receipt";
    EXPECT_NE(last.validity, "");
}

TEST_F(KannelTranslator, ReadsEachRefusalAsOne) {
    const auto expect = [](const carriers::answer& said, const char* error) {
        EXPECT_EQ(said.error, error);
        EXPECT_EQ(said.verdict, carriers::verdict::not_sent_next) << said.error;
    };
    const auto before = centre->submitted().size();
    const auto what = order("447700900301", "x");
    auto given = settings();
    given.password = secret("another");
    expect(send(given, what), "AUTHORIZATION_FAILED(403)");
    given = settings();
    given.smsc = "nobody";
    expect(send(given, what), "NOT_ROUTABLE(403)");
    given.smsc = "";
    expect(send(given, what), "NOT_ROUTABLE(403)");
    auto nobody = what;
    nobody.to = {};
    expect(send(settings(), nobody), "MISSING_RECEIVER(400)");
    auto anonymous = what;
    anonymous.from = {};
    expect(send(settings(), anonymous), "SENDER_MISSING(400)");
    auto odd = what;
    odd.dlr_url = "ftp://127.0.0.1/";
    expect(send(settings(), odd), "DLR_URL_MISFORMED(400)");
    EXPECT_EQ(centre->submitted().size(), before) << "what was refused went out";
}

TEST_F(KannelTranslator, IsTheVersionThatTheDocumentsName) {
    EXPECT_EQ(node->version(), "1.4.5");
}

}  // namespace
}  // namespace pinwire::test
