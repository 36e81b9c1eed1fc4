// A test report over real loopback HTTP: as a real one would go, and marked.
#include "common/upkeep/report_probe.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/reports/signature.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/support/free_port.hpp"
#include "tests/support/http_proxy.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;

class ReportProbe : public testing::Test {
protected:
    ReportProbe() {
        account_.name = account_name("acme");
        account_.allow_http = true;
        account_.allow_cidrs = {*cidr::parse("127.0.0.0/8")};
        account_.ports = {far_.port()};
        const auto text = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        account_.webhook_secrets = {reports::parse_webhook_secret(text)};
        settings_.callback.reports.total_timeout = 500ms;
    }
    awaitable<http::response> serve(http::request&& asked) {
        seen_.push_back(std::move(asked));
        http::response answer(status_, "text/plain", std::string(2000, 'x'));
        answer.how = fate_;
        answer.fields.add("Location", url());
        co_return answer;
    }
    std::string url() const {
        return "http://127.0.0.1:" + std::to_string(far_.port()) + "/hook?a=1";
    }
    probe_result send(
        const std::string& to,
        report_format format = report_format::standard,
        std::optional<postgres::endpoint_setting> set = std::nullopt
    ) {
        report_probe probe(on_.context, settings_);
        const auto who = std::make_shared<const config::account_settings>(account_);
        return on_.run(probe.send(who, to, format, std::move(set)));
    }

    static key_ring ring_of(std::uint8_t byte) {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(byte);
        return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true) + "\n");
    }
    // As `pinwire endpoints set` leaves it.
    postgres::endpoint_setting with_header(const std::string& value) {
        postgres::endpoint_setting made;
        made.name = *endpoint_name_of(account_.name, url());
        made.header = "X-Key";
        made.value =
            ring_of(1).seal(secret(value), postgres::header_context(made.name), nonce96{3});
        return made;
    }

    http::test::loop on_;
    unsigned status_ = 200;
    http::fate fate_ = http::fate::normal;
    std::vector<http::request> seen_;
    http::test::running_server far_{on_, {}, [this](http::request&& asked, const http::peer&) {
                                        return serve(std::move(asked));
                                    }};
    config::account_settings account_;
    config::settings settings_;
};

TEST_F(ReportProbe, IsSignedAndMarkedInEachDialect) {
    for (const auto format :
         {report_format::nrs360, report_format::infobip, report_format::standard}) {
        const auto got = send(url(), format);
        EXPECT_TRUE(got.taken) << got.reason;
        EXPECT_EQ(got.status, 200U);
        EXPECT_EQ(got.answer.size(), 512U) << "its first bytes";
        EXPECT_EQ(got.signatures, 1);
        const auto& request = seen_.back();
        EXPECT_EQ(request.target, "/hook?a=1");
        EXPECT_EQ(request.fields.get("Pinwire-Test"), "1");
        EXPECT_EQ(request.fields.get("webhook-id"), got.webhook_id);
        EXPECT_NE(request.body.find("pinwire test"), std::string::npos) << request.body;
        const auto at = std::stoll(std::string(request.fields.get("webhook-timestamp")));
        const auto again = reports::sign(
            got.webhook_id,
            std::chrono::system_clock::time_point(std::chrono::seconds(at)),
            request.body,
            account_.webhook_secrets
        );
        EXPECT_EQ(request.fields.get("webhook-signature"), find_header(again, "webhook-signature"));
    }
    EXPECT_EQ(nlohmann::json::parse(seen_.back().body)["type"], "pin.test");
}

TEST_F(ReportProbe, CarriesTheEndpointsHeader) {
    settings_.keys.ring = ring_of(1);
    auto got = send(url(), report_format::standard, with_header("open sesame"));
    EXPECT_TRUE(got.taken);
    EXPECT_TRUE(got.with_header);
    ASSERT_EQ(seen_.size(), 1U);
    EXPECT_EQ(seen_[0].fields.get("x-key"), "open sesame");
    postgres::endpoint_setting rate_only;
    rate_only.rate = 1;
    got = send(url(), report_format::standard, std::move(rate_only));
    EXPECT_TRUE(got.taken);
    EXPECT_FALSE(got.with_header);
}

// As of real reports: what can't be unsealed is not left out.
TEST_F(ReportProbe, SendsNothingWithoutTheHeaderThatIsSet) {
    for (const auto& ring : {std::optional<key_ring>(), std::optional(ring_of(2))}) {
        settings_.keys.ring = ring;
        const auto got = send(url(), report_format::standard, with_header("open sesame"));
        EXPECT_FALSE(got.taken);
        EXPECT_EQ(got.reason, "header_unreadable");
        EXPECT_EQ(got.webhook_id, "");
    }
    settings_.keys.ring = ring_of(1);
    auto of_another = with_header("open sesame");
    of_another.name.account = account_name("globex");
    EXPECT_EQ(send(url(), report_format::standard, of_another).reason, "header_unreadable");
    EXPECT_TRUE(seen_.empty());
}

TEST_F(ReportProbe, KnowsWhichEndpointAUrlIsOf) {
    const auto of = endpoint_name_of(account_name("acme"), "https://One.example/hook?a=1");
    ASSERT_TRUE(of);
    EXPECT_EQ(of->account, account_name("acme"));
    EXPECT_EQ(of->origin, "https://one.example:443");
    EXPECT_FALSE(endpoint_name_of(account_name("acme"), "https://user@one.example/"));
}

TEST_F(ReportProbe, GoesByTheProxyToTheAddressThatWasChecked) {
    const pinwire::test::http_proxy proxy;
    settings_.callback.reports.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    EXPECT_TRUE(send(url()).taken);
    ASSERT_EQ(proxy.asked().size(), 1U);
    EXPECT_NE(proxy.asked()[0].find("CONNECT 127.0.0.1:"), std::string::npos) << proxy.asked()[0];
}

TEST_F(ReportProbe, SaysWhyItWasNotTaken) {
    status_ = 302;
    auto got = send(url());
    EXPECT_EQ(got.reason, "HTTP 302");
    EXPECT_EQ(seen_.size(), 1U) << "not followed";
    fate_ = http::fate::hang;
    got = send(url());
    EXPECT_FALSE(got.taken);
    EXPECT_FALSE(got.status);
    EXPECT_EQ(got.reason, "answer_timeout");
    account_.ports = {test::free_port()};
    got = send("http://127.0.0.1:" + std::to_string(account_.ports[0]) + "/");
    EXPECT_EQ(got.reason, "connect");
}

TEST_F(ReportProbe, KeepsTheRulesOfRealReports) {
    EXPECT_EQ(send("http://user@127.0.0.1/").reason, "URL holds a user name or password");
    account_.allow_cidrs.clear();
    auto got = send(url());
    EXPECT_TRUE(got.reason.starts_with("address")) << got.reason;
    EXPECT_EQ(got.webhook_id, "") << "nothing was sent";
    account_.allow_cidrs = {*cidr::parse("127.0.0.0/8")};
    account_.ports = {443};
    EXPECT_TRUE(send(url()).reason.starts_with("address"));
    account_.allow_http = false;
    EXPECT_EQ(send(url()).reason, "http_not_allowed");
    EXPECT_TRUE(seen_.empty());
}

}  // namespace
}  // namespace pinwire::upkeep
