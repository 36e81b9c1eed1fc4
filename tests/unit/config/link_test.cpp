// How carriers and providers are reached: certificates of our own and proxies, each mistake named
// before anything is started with it.
#include <gtest/gtest.h>

#include "tests/support/certificates.hpp"
#include "tests/support/child_process.hpp"
#include "tests/unit/config/config_folder.hpp"

namespace pinwire::config {
namespace {

using test::changed;
using test::config_folder;

std::string with(const std::string& lines) {
    return changed("[routes.world]", lines + "\n[routes.world]");
}

class Link : public testing::Test {
protected:
    Link() {
        folder_.write("ours.pem", test::read_file(certificates_.make("pinwire.example")));
        folder_.write("other.pem", test::read_file(certificates_.make("other.example")));
        folder_.write("ca.pem", test::read_file(certificates_.ca_file()));
        folder_.write("no.pem", "nothing of the kind\n");
        folder_.write("credentials", "user:pass\n");
    }
    // "key what" of each mistake
    std::string mistakes(const std::string& lines) const {
        std::string all;
        for (const auto& one : folder_.load(with(lines)).mistakes)
            all += one.key + " " + one.what + "\n";
        return all;
    }
    test::certificates certificates_;
    config_folder folder_;
};

TEST_F(Link, IsTakenWithAllThatItNeeds) {
    const auto loaded = folder_.load(with(R"(ca_file = "ca.pem"
cert_file = "ours.pem"
key_file = "ours.pem"
proxy = "http://proxy.internal:3128"
proxy_credentials_file = "credentials"
balance_warn = 20)"));
    ASSERT_TRUE(loaded) << loaded.mistakes.at(0).to_string();
    const auto& carrier = loaded.settings->carriers.at(carrier_name("kannel"));
    EXPECT_EQ(carrier.link.cert_file, folder_.path() / "ours.pem");
    EXPECT_FALSE(carrier.link.key.value.empty());
    EXPECT_EQ(carrier.link.proxy, "http://proxy.internal:3128");
    EXPECT_EQ(carrier.link.proxy_credentials.value.reveal(), "user:pass");
    EXPECT_EQ(carrier.balance_warn, 20);
    EXPECT_EQ(print_settings(*loaded.settings).find("user:pass"), std::string::npos);
}

TEST_F(Link, NeedsACertificateAndItsKeyTogether) {
    EXPECT_EQ(
        mistakes("cert_file = \"ours.pem\""),
        "carriers.kannel.cert_file needs carriers.kannel.key_file as well\n"
    );
    EXPECT_NE(
        mistakes("cert_file = \"ours.pem\"\nkey_file = \"other.pem\"").find("isn't the key of"),
        std::string::npos
    );
    EXPECT_NE(
        mistakes("cert_file = \"ours.pem\"\nkey_file = \"ca.pem\"").find("holds no private key"),
        std::string::npos
    );
}

TEST_F(Link, NeedsFilesThatHoldCertificates) {
    for (const std::string key : {"ca_file", "cert_file"}) {
        const auto said = mistakes(key + " = \"no.pem\"");
        EXPECT_NE(said.find("carriers.kannel." + key + " "), std::string::npos) << said;
        EXPECT_NE(said.find("holds no certificate"), std::string::npos) << said;
    }
}

TEST_F(Link, NeedsAProxyWithItsPortAndNothingElse) {
    for (const auto* proxy :
         {"https://proxy:3128", "http://proxy", "http://proxy:3128/", "proxy:3128", "http://[::1]"})
        EXPECT_NE(
            mistakes(std::string("proxy = \"") + proxy + "\"").find("carriers.kannel.proxy "),
            std::string::npos
        ) << proxy;
    for (const auto* proxy : {"http://10.0.0.1:3128", "http://[::1]:3128"})
        EXPECT_EQ(mistakes(std::string("proxy = \"") + proxy + "\""), "") << proxy;
}

TEST_F(Link, NeedsCredentialsThatAreAUserAndAPasswordForAProxy) {
    EXPECT_NE(
        mistakes("proxy_credentials_file = \"credentials\"").find("needs carriers.kannel.proxy"),
        std::string::npos
    );
    EXPECT_NE(
        mistakes("proxy = \"http://p:1\"\nproxy_credentials_file = \"no.pem\"")
            .find("has no colon"),
        std::string::npos
    );
}

// A renewal that is half done must not pass: with it the service would stop at a reload.
TEST_F(Link, IsCheckedOfKafkaToo) {
    const auto said = [this](const std::string& lines) {
        std::string all;
        for (const auto& one : folder_.load(changed("embedded = true", lines)).mistakes)
            all += one.key + " " + one.what + "\n";
        return all;
    };
    EXPECT_EQ(
        said(R"(security_protocol = "ssl"
ca_file = "ca.pem"
cert_file = "ours.pem"
key_file = "ours.pem")"),
        ""
    );
    for (const std::string key : {"ca_file", "cert_file"}) {
        const auto wrong = said(key + " = \"no.pem\"");
        EXPECT_NE(wrong.find("kafka." + key + " "), std::string::npos) << wrong;
        EXPECT_NE(wrong.find("holds no certificate"), std::string::npos) << wrong;
    }
    const auto others = said("cert_file = \"ours.pem\"\nkey_file = \"other.pem\"");
    EXPECT_NE(others.find("kafka.key_file isn't the key of"), std::string::npos) << others;
    const auto none = said("cert_file = \"ours.pem\"\nkey_file = \"ca.pem\"");
    EXPECT_NE(none.find("kafka.key_file holds no private key"), std::string::npos) << none;
}

// The same of a provider, by the same code.
TEST_F(Link, IsCheckedOfAProviderToo) {
    const auto text = changed("[carriers.kannel]", "cert_file = \"ours.pem\"\n[carriers.kannel]");
    const auto loaded = folder_.load(text);
    ASSERT_EQ(loaded.mistakes.size(), 1U);
    EXPECT_EQ(loaded.mistakes[0].key, "providers.hlr.cert_file");
}

}  // namespace
}  // namespace pinwire::config
