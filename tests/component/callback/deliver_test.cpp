// One try of one parcel over real loopback HTTP: what the endpoint sees, and what its answer means.
#include "callback/deliver.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <nlohmann/json.hpp>

#include "common/reports/signature.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/support/http_proxy.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;
using postgres::report_outcome;

report_id id(int number) {
    auto text = std::string(29, 'c') + std::to_string(100 + number);
    return *report_id::parse(text);
}

// Empty: there is only loopback.
std::string an_interface_address() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return {};
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(list, &::freeifaddrs);
    for (const auto* one = list; one != nullptr; one = one->ifa_next) {
        const bool up = (one->ifa_flags & IFF_UP) != 0 && (one->ifa_flags & IFF_LOOPBACK) == 0;
        if (!up || one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET) continue;
        char text[INET_ADDRSTRLEN];
        const auto* from = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
        return ::inet_ntop(AF_INET, &from->sin_addr, text, sizeof text);
    }
    return {};
}

class Deliver : public testing::Test {
protected:
    Deliver() {
        auto& account = settings_.accounts[account_name("acme")];
        account.name = account_name("acme");
        account.allow_http = true;
        account.allow_cidrs = {*cidr::parse("127.0.0.0/8")};
        account.ports = {far_.port()};
        const auto text = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        account.webhook_secrets = {reports::parse_webhook_secret(text)};
        settings_.callback.reports.total_timeout = 500ms;
    }

    awaitable<http::response> serve(http::request&& asked) {
        seen_.push_back(std::move(asked));
        http::response answer(status_, "text/plain", std::string(2000, 'x'));
        answer.how = fate_;
        if (!location_.empty()) answer.fields.add("Location", location_);
        if (!retry_after_.empty()) answer.fields.add("Retry-After", retry_after_);
        co_return answer;
    }
    std::string url(const std::string& path = "/hook?a=1") const {
        return "http://127.0.0.1:" + std::to_string(far_.port()) + path;
    }
    parcel parcel_of(int reports) const {
        parcel made;
        for (int i = 0; i < reports; ++i) {
            postgres::report_row row;
            row.id = id(i);
            row.account = account_name("acme");
            row.url = url();
            row.payload = R"({"message_id":"0123456789abcdef0123456789abcdef","account":"acme",)"
                          R"("job_id":"j1","channel":0,"to":"447700900123","sms_status":2,)"
                          R"("dlr_status":8,"accepted_at":"2026-01-01T00:00:00Z",)"
                          R"("final_at":"2026-01-01T00:00:05Z"})";
            row.created_at = std::chrono::system_clock::now();
            made.reports.push_back(std::move(row));
        }
        return made;
    }
    // A new step each time: settings are read when it is made.
    delivery run(const parcel& what, std::function<bool()> may_send = {}) {
        upkeep::account_book accounts(settings_);
        deliver_step step(on_.context, settings_, accounts, counts_);
        return on_.run(step.run(what, nullptr, std::move(may_send)));
    }
    report_outcome outcome_of(unsigned status, int tries = 0, int malformed = 0) {
        status_ = status;
        auto what = parcel_of(1);
        what.tries = tries;
        what.malformed = malformed;
        what.first_try_at = std::chrono::system_clock::now() - 1min;
        return run(what).results.at(0).outcome;
    }

    http::test::loop on_;
    unsigned status_ = 200;
    http::fate fate_ = http::fate::normal;
    std::string location_;
    std::string retry_after_;
    std::vector<http::request> seen_;
    http::test::running_server far_{on_, {}, [this](http::request&& asked, const http::peer&) {
                                        return serve(std::move(asked));
                                    }};
    config::settings settings_;
    telemetry::metrics metrics_{"callback"};
    figures counts_{metrics_};
};

TEST_F(Deliver, ABatchIsOneSignedRequest) {
    const auto what = parcel_of(3);
    const auto got = run(what);
    ASSERT_EQ(got.results.size(), 3U);
    for (const auto& one : got.results)
        EXPECT_EQ(one.outcome, report_outcome::delivered);
    ASSERT_EQ(seen_.size(), 1U);
    EXPECT_EQ(seen_[0].method, "POST");
    EXPECT_EQ(seen_[0].target, "/hook?a=1");
    EXPECT_EQ(seen_[0].fields.get("content-type"), "application/json");
    EXPECT_EQ(seen_[0].fields.get("webhook-id"), webhook_id_of(what));
    const auto body = nlohmann::json::parse(seen_[0].body);
    ASSERT_TRUE(body.is_array());
    EXPECT_EQ(body.size(), 3U);
    const auto sent_at = std::stoll(std::string(seen_[0].fields.get("webhook-timestamp")));
    const auto& secrets = settings_.accounts.at(account_name("acme")).webhook_secrets;
    const auto signed_again = reports::sign(
        webhook_id_of(what),
        std::chrono::system_clock::time_point(std::chrono::seconds(sent_at)),
        seen_[0].body,
        secrets
    );
    const auto wanted = find_header(signed_again, "webhook-signature");
    EXPECT_EQ(seen_[0].fields.get("webhook-signature"), wanted);
}

TEST_F(Deliver, AFailedBatchIsRetriedWithTheSameMembersBytesAndId) {
    status_ = 503;
    const auto got = run(parcel_of(2));
    std::vector<postgres::retry_row> rows;
    for (std::size_t i = 0; i < got.results.size(); ++i) {
        const auto& one = got.results[i];
        EXPECT_EQ(one.outcome, report_outcome::retry);
        EXPECT_GT(one.due_at, std::chrono::system_clock::now());
        postgres::retry_row row;
        row.report = parcel_of(2).reports[i];
        row.batch = one.batch;
        row.batch_pos = one.batch_pos;
        row.tries = 1;
        row.first_try_at = std::chrono::system_clock::now();
        rows.insert(rows.begin(), row);
    }
    EXPECT_TRUE(got.endpoint_trouble);
    const auto again = parcels_of(rows);
    ASSERT_EQ(again.size(), 1U);
    status_ = 200;
    EXPECT_EQ(run(again[0]).results.at(0).outcome, report_outcome::delivered);
    ASSERT_EQ(seen_.size(), 2U);
    EXPECT_EQ(seen_[0].body, seen_[1].body);
    EXPECT_EQ(seen_[0].fields.get("webhook-id"), seen_[1].fields.get("webhook-id"));
}

// No news came within the route's validity, or the carrier itself doesn't know. In the dialect that
// has a word for each: 360nrs calls what isn't known EXPIRED.
TEST_F(Deliver, WhatNobodyKnowsIsCalledAsTheSettingSays) {
    auto what = parcel_of(1);
    what.reports[0].format = report_format::standard;
    auto& payload = what.reports[0].payload;
    payload.replace(payload.find("\"dlr_status\":8"), 14, "\"dlr_status\":3");
    const auto said = [&] {
        run(what);
        return nlohmann::json::parse(seen_.back().body)
            .at("data")
            .at("dlr_status")
            .get<std::string>();
    };
    EXPECT_EQ(said(), "UNKNOWN");
    settings_.callback.reports.unknown_as = dlr_status::expired;
    EXPECT_EQ(said(), "EXPIRED");
    settings_.callback.reports.unknown_as = dlr_status::undeliv;
    EXPECT_EQ(said(), "UNDELIV");
    payload.replace(payload.find("\"dlr_status\":3"), 14, "\"dlr_status\":8");
    EXPECT_EQ(said(), "DELIVRD");
}

TEST_F(Deliver, ARedirectIsNotFollowedButRetried) {
    location_ = url("/elsewhere");
    for (const unsigned status : {301U, 302U, 307U, 308U})
        EXPECT_EQ(outcome_of(status), report_outcome::retry) << status;
    EXPECT_EQ(seen_.size(), 4U);
    for (const auto& one : seen_)
        EXPECT_EQ(one.target, "/hook?a=1");
}

TEST_F(Deliver, GoneEndsTheReportAndTheEndpoint) {
    status_ = 410;
    const auto got = run(parcel_of(1));
    EXPECT_TRUE(got.endpoint_gone);
    EXPECT_FALSE(got.endpoint_trouble);
    EXPECT_EQ(got.results.at(0).outcome, report_outcome::dead);
    EXPECT_EQ(got.results[0].http_status, 410);
}

TEST_F(Deliver, WhatIsCalledMalformedEndsAfterThreeTries) {
    EXPECT_EQ(outcome_of(400), report_outcome::retry);
    EXPECT_EQ(outcome_of(422, 1, 1), report_outcome::retry);
    EXPECT_EQ(outcome_of(415, 2, 2), report_outcome::dead);
    EXPECT_EQ(outcome_of(400, 5, 0), report_outcome::retry) << "only malformed answers count";
}

TEST_F(Deliver, RetryAfterIsHonoured) {
    status_ = 429;
    retry_after_ = "3600";
    const auto got = run(parcel_of(1));
    EXPECT_GT(got.results.at(0).due_at, std::chrono::system_clock::now() + 50min);
}

TEST_F(Deliver, ASilentEndpointIsRetriedWithinTheTimeAllowed) {
    fate_ = http::fate::hang;
    const auto began = std::chrono::steady_clock::now();
    const auto got = run(parcel_of(1));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_EQ(got.results.at(0).outcome, report_outcome::retry);
    EXPECT_FALSE(got.results[0].http_status);
    EXPECT_TRUE(got.endpoint_trouble);
}

TEST_F(Deliver, WhatIsAnothersByNowIsWithheldInTheLastInstant) {
    const auto got = run(parcel_of(1), [] { return false; });
    EXPECT_TRUE(got.withheld);
    EXPECT_FALSE(got.tried);
    EXPECT_TRUE(got.results.empty());
    EXPECT_TRUE(seen_.empty());
}

TEST_F(Deliver, NothingGoesOutUnsignedForWantOfAKey) {
    settings_.accounts[account_name("acme")].secret_unreadable = true;
    const auto got = run(parcel_of(1));
    EXPECT_TRUE(got.unsignable);
    EXPECT_FALSE(got.tried);
    EXPECT_TRUE(got.results.empty());
    EXPECT_TRUE(seen_.empty());
}

TEST_F(Deliver, AnAddressThatIsNotAllowedIsNeverDialled) {
    settings_.accounts[account_name("acme")].allow_cidrs.clear();
    const auto got = run(parcel_of(1));
    EXPECT_EQ(got.results.at(0).outcome, report_outcome::retry);
    EXPECT_EQ(counts_.reports_refused_address.value(), 1);
    EXPECT_TRUE(seen_.empty());
}

TEST_F(Deliver, OurOwnServersAreNeverDialledWhateverAnAccountAllows) {
    settings_.kafka.bootstrap_servers = "127.0.0.1:" + std::to_string(far_.port());
    EXPECT_EQ(run(parcel_of(1)).results.at(0).reason, "address");
    settings_.kafka.bootstrap_servers = "127.0.0.1:1";
    settings_.postgres.conninfo = "host=localhost port=" + std::to_string(far_.port());
    EXPECT_EQ(run(parcel_of(1)).results.at(0).reason, "address");
    EXPECT_TRUE(seen_.empty());
    settings_.postgres.conninfo = "host=localhost port=1";
    EXPECT_EQ(run(parcel_of(1)).results.at(0).outcome, report_outcome::delivered);
}

// Of this machine; as an account's list that is too wide might open it.
TEST_F(Deliver, OurOwnInterfacesAreDialledOnlyWhereTheyAreNamed) {
    const auto own = an_interface_address();
    if (own.empty()) GTEST_SKIP() << "no interface but loopback";
    auto& account = settings_.accounts.at(account_name("acme"));
    auto what = parcel_of(1);
    what.reports[0].url = "http://" + own + ":" + std::to_string(far_.port()) + "/";
    account.allow_cidrs = {*cidr::parse("0.0.0.0/0")};
    EXPECT_EQ(run(what).results.at(0).reason, "address");
    account.allow_cidrs = {*cidr::parse(own)};
    EXPECT_EQ(run(what).results.at(0).reason, "connect") << "nobody listens there";
}

TEST_F(Deliver, WhatCanNeverBeDeliveredIsKeptDeadWithoutATry) {
    auto& account = settings_.accounts[account_name("acme")];
    account.allow_http = false;
    EXPECT_EQ(run(parcel_of(1)).results.at(0).reason, "http_not_allowed");
    account.allow_http = true;
    auto odd = parcel_of(1);
    odd.reports[0].url = "nonsense";
    EXPECT_EQ(run(odd).results.at(0).reason, "bad_url");
    odd = parcel_of(1);
    odd.reports[0].payload = "{";
    EXPECT_EQ(run(odd).results.at(0).reason, "unreadable");
    settings_.accounts.clear();
    const auto gone = run(parcel_of(1));
    EXPECT_EQ(gone.results.at(0).reason, "account_gone");
    EXPECT_EQ(gone.results[0].outcome, report_outcome::dead);
    EXPECT_TRUE(seen_.empty());
}

TEST_F(Deliver, OnlyTheFirstBytesOfAnAnswerAreKept) {
    status_ = 500;
    const auto got = run(parcel_of(1));
    EXPECT_EQ(got.results.at(0).answer, std::string(512, 'x'));
    EXPECT_EQ(got.results[0].reason, "HTTP 500");
}

TEST_F(Deliver, GoesByTheProxyToTheAddressThatWasChecked) {
    pinwire::test::http_proxy proxy;
    settings_.callback.reports.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
    auto what = parcel_of(1);
    what.reports[0].url = "http://localhost:" + std::to_string(far_.port()) + "/hook";
    auto& account = settings_.accounts.at(account_name("acme"));
    account.allow_cidrs.push_back(*cidr::parse("::1/128"));
    const auto got = run(what);
    ASSERT_EQ(got.results.size(), 1U);
    EXPECT_EQ(got.results[0].outcome, report_outcome::delivered) << got.results[0].reason;
    ASSERT_FALSE(proxy.asked().empty());
    EXPECT_EQ(proxy.asked()[0].find("localhost"), std::string::npos) << proxy.asked()[0];
    EXPECT_EQ(seen_.at(0).fields.get("host"), "localhost:" + std::to_string(far_.port()));
    account.allow_cidrs.clear();
    const auto asked = proxy.asked().size();
    const auto refused = run(what);
    EXPECT_EQ(refused.results.at(0).reason, "address") << "the policy holds behind a proxy, too";
    EXPECT_EQ(proxy.asked().size(), asked);
}

TEST_F(Deliver, AProxyThatIsAwayIsNobodysTryAndOneThatRefusesIsExcused) {
    std::uint16_t gone = 0;
    {
        const pinwire::test::http_proxy proxy;
        gone = proxy.port();
    }
    settings_.callback.reports.proxy = "http://127.0.0.1:" + std::to_string(gone);
    const auto away = run(parcel_of(1));
    EXPECT_TRUE(away.proxy_away);
    EXPECT_FALSE(away.tried);
    EXPECT_TRUE(away.results.empty());
    for (const auto& [answer, excused] :
         {std::pair("HTTP/1.1 403 Forbidden\r\n\r\n", true),
          {"HTTP/1.1 503 Unavailable\r\n\r\n", false}}) {
        pinwire::test::http_proxy proxy;
        proxy.refuse_with(answer);
        settings_.callback.reports.proxy = "http://127.0.0.1:" + std::to_string(proxy.port());
        const auto got = run(parcel_of(1));
        EXPECT_TRUE(got.tried);
        EXPECT_TRUE(got.endpoint_trouble) << "it may not spin";
        EXPECT_EQ(got.how.excused, excused) << answer;
        EXPECT_EQ(got.results.at(0).outcome, report_outcome::retry);
    }
}

}  // namespace
}  // namespace pinwire::callback
