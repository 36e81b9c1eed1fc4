// The DLR listener behind a real nginx with the shipped file: who gets in, as whom, with what, and
// by which door.
#include <openssl/ssl.h>

#include "common/core/base64.hpp"
#include "common/core/hmac_sha1.hpp"
#include "tests/integration/nginx/front.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* carrier_address = "127.0.0.77";
constexpr const char* stranger_address = "127.0.0.78";

// "kannel" may come from one address only, "twilio" signs.
class NginxDoor : public front {
protected:
    NginxDoor()
        : front([](toml_tables& to) {
              to["carriers.kannel.dlr_auth"]["cidrs"] = R"(["127.0.0.77"])";
              to["carriers.twilio.dlr_auth"]["signature"] = quoted_toml("twilio");
              to["carriers.twilio.dlr_auth"]["signature_secret_file"] = quoted_toml("carrier");
          }) {
        stack.start_callback();
        stack.wait_until_ready("callback");
    }

    std::string kannel() { return path("kannel") + "?status=1"; }
};

TEST_F(NginxDoor, TheClientsAddressCountsAndNobodyForgesIt) {
    start_nginx();
    const auto target = kannel();
    const auto carrier = to(dlr_name, carrier_address);
    const auto stranger = to(dlr_name, stranger_address);
    EXPECT_EQ(get(carrier, target), 200);
    EXPECT_EQ(get(carrier, target, "X-Forwarded-For: 192.0.2.1\r\n"), 200) << "nginx says who";
    EXPECT_EQ(get(stranger, target), 403);
    EXPECT_EQ(get(to(dlr_name), target), 403) << "the proxy's own address";
    const std::string lie = "X-Forwarded-For: 127.0.0.77\r\n";
    const std::string lies[] = {
        lie,
        lie + lie,
        "x-forwarded-for: 127.0.0.77, 127.0.0.1\r\n",
        "X-Forwarded-For: 127.0.0.77, 127.0.0.77,127.0.0.77\r\n",
        "X_Forwarded_For: 127.0.0.77\r\n",
        "X-Real-IP: 127.0.0.77\r\nForwarded: for=127.0.0.77\r\nTrue-Client-IP: 127.0.0.77\r\n"};
    for (const auto& one : lies)
        EXPECT_EQ(get(stranger, target, one), 403) << one;
    auto forged = stranger;
    forged.before = "PROXY TCP4 127.0.0.77 127.0.0.1 1 2\r\n";
    EXPECT_THROW(get(forged, target), std::runtime_error) << "no PROXY header is expected here";
    EXPECT_EQ(taken(), 2U);
}

TEST_F(NginxDoor, ABalancersProxyHeaderSaysWhoTheClientIs) {
    start_nginx(
        {"set_real_ip_from", "real_ip_header"},
        {{"443 ssl;", "443 ssl proxy_protocol;"}, {"10.0.0.0/8", "127.0.0.9"}}
    );
    const auto target = kannel();
    auto balancer = to(dlr_name, "127.0.0.9");
    balancer.before = "PROXY TCP4 127.0.0.77 127.0.0.1 1 2\r\n";
    EXPECT_EQ(get(balancer, target), 200);
    balancer.before = "PROXY TCP4 127.0.0.78 127.0.0.1 1 2\r\n";
    EXPECT_EQ(get(balancer, target), 403);
    EXPECT_EQ(get(balancer, target, "X-Forwarded-For: 127.0.0.77\r\n"), 403);
    auto stranger = to(dlr_name, stranger_address);
    stranger.before = "PROXY TCP4 127.0.0.77 127.0.0.1 1 2\r\n";
    EXPECT_EQ(get(stranger, target), 403) << "that is no balancer's address";
}

TEST_F(NginxDoor, SignaturesHoldOverTheUrlThatTheWorldSees) {
    start_nginx();
    const auto post = [this](const std::string& target, const std::string& signed_url) {
        const auto proof = base64_encode(hmac_sha1(
            "sim-key",
            signed_url + "MessageSidSM7"
                         "MessageStatusdelivered"
        ));
        return https_caller(to(dlr_name))
            .call(
                "POST",
                target,
                "MessageSid=SM7&MessageStatus=delivered",
                "X-Twilio-Signature: " + proof + "\r\nX-Forwarded-Host: elsewhere.example\r\n",
                "application/x-www-form-urlencoded"
            )
            .status;
    };
    const std::string world = "https://dlr.example.com";
    const auto plain = path("twilio");
    EXPECT_EQ(post(plain, world + plain), 204);
    // what nginx might be tempted to write another way
    for (const auto* query : {"?a=%2f&b=x+y%20z", "?a=1&&=&a=1", "?u=https://x//y/../z"})
        EXPECT_EQ(post(plain + query, world + plain + query), 204) << query;
    EXPECT_EQ(post(plain, "http://" + stack.dlr_door() + plain), 403);
    EXPECT_EQ(post(plain + "?more=1", world + plain), 403);
}

// What nginx lets through the listener takes, and what either refuses it refuses with one word.
TEST_F(NginxDoor, BothSidesDrawTheLineAtTheSameSizes) {
    start_nginx();
    const auto target = path("infobip");
    const auto body_of = [&](std::size_t size) {
        https_caller caller(to(dlr_name));
        return caller.call("POST", target, std::string(size, 'x')).status;
    };
    EXPECT_EQ(body_of(262'144), 200) << "unreadable, and taken";
    EXPECT_EQ(body_of(262'145), 413);
    const auto status_with = [&](std::size_t bytes, std::size_t line_max) {
        std::string fields;
        for (int i = 0; bytes > 0; ++i) {
            const auto name = fmt::format("X-Field-{}: ", i);
            const auto length = std::min(bytes, line_max);
            bytes -= length;
            fields += name + std::string(length, 'v') + "\r\n";
        }
        return https_caller(to(dlr_name)).call("POST", target, "{}", fields);
    };
    for (const std::size_t line : {100U, 1'000U, 20'000U}) {
        for (std::size_t bytes = 1'000; bytes < 10'000; bytes += 500) {
            const auto answer = status_with(bytes, line);
            const bool taken = answer.status == 200;
            const bool refused = answer.status == 431 && answer.body == "header too large\n";
            EXPECT_TRUE(taken || refused) << bytes << ": the listener says " << answer.head;
            EXPECT_TRUE(taken || bytes > 4'000) << bytes;
            EXPECT_TRUE(refused || bytes <= 8'000) << bytes;
        }
    }
    // a call's words, as long as they may be: the listener judges them
    const auto word = path("twilio").substr(5);
    const auto say =
        https_caller(to(dlr_name)).call("GET", "/say/" + word + "/" + std::string(4'000, 'w'));
    EXPECT_EQ(say.status, 403);
    EXPECT_EQ(say.body, "");
    EXPECT_EQ(get(to(dlr_name), "/dlr/infobip/" + std::string(7'000, 't')), 414);
}

TEST_F(NginxDoor, NothingButTls12AndLaterAndNothingInTheClear) {
    start_nginx();
    const auto target = path("infobip");
    auto how = to(dlr_name);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        how.version = version;
        https_caller caller(how);
        EXPECT_EQ(caller.version(), version);
        EXPECT_EQ(caller.call("POST", target, "{}").status, 200);
    }
    how.version = TLS1_1_VERSION;
    try {
        const https_caller caller(how);
        ADD_FAILURE() << "TLS 1.1 was taken";
    } catch (const std::runtime_error& refusal) {
        EXPECT_NE(std::string(refusal.what()).find("protocol version"), std::string::npos)
            << refusal.what();
    }
    how.version = 0;
    const certificates strangers;
    how.authority = strangers.ca_file();
    EXPECT_THROW(https_caller{how}, std::runtime_error) << "it shows the certificate it was given";
    const auto before = read_topic(stack.bootstrap(), stack.topic("dlrs_dead")).size();
    const auto clear = fmt::format("127.0.0.1:{}", node->plain_port());
    const auto refused = http_call(clear, "POST", target, "{}");
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(refused.field("Location"), "") << "a redirect would lose the report";
    EXPECT_EQ(
        http_call(fmt::format("127.0.0.1:{}", node->port()), "POST", target, "{}").status, 400
    );
    EXPECT_EQ(read_topic(stack.bootstrap(), stack.topic("dlrs_dead")).size(), before);
}

TEST_F(NginxDoor, HealthAndMetricsAreNotReached) {
    start_nginx();
    const auto token = path("infobip");
    const std::string targets[] = {
        "/",
        "/metrics",
        "/healthz",
        "/readyz",
        "//metrics",
        "/dlr/../metrics",
        "/dlr/..%2fmetrics",
        "/dlr/%2e%2e/healthz",
        "/say/../readyz",
        "/dlr/metrics",
        "/x/.." + token,
        "//dlr/infobip" + token.substr(token.rfind('/'))};
    for (const auto& target : targets) {
        const auto answer = https_caller(to(dlr_name)).call("GET", target);
        EXPECT_EQ(answer.status / 100, 4) << target;
        EXPECT_EQ(answer.body.find("pinwire"), std::string::npos) << target;
    }
    EXPECT_EQ(taken(), 0U);
}

TEST_F(NginxDoor, ACarrierThatMustShowACertificateShowsTheRightOne) {
    const certificates ours;
    const certificates others;
    start_nginx(
        {"\"~^NONE", "ssl_client_certificate", "ssl_verify_client"},
        {{"/etc/pinwire/carriers-ca.pem", ours.ca_file()}}
    );
    const auto target = path("infobip");
    const auto post = [this](const https_how& how, const std::string& where) {
        return https_caller(how).call("POST", where, "{}").status;
    };
    const auto bare = to(dlr_name);
    auto shown = bare;
    shown.certificate = ours.make("carrier.example.com");
    EXPECT_EQ(post(shown, target), 200);
    EXPECT_EQ(post(bare, target), 403);
    const auto token = target.substr(target.rfind('/'));
    for (const auto& way :
         {"/x/../dlr/infobip" + token, "/%64lr/infobip" + token, "//dlr//infobip" + token})
        EXPECT_EQ(post(bare, way) / 100, 4) << way;
    EXPECT_EQ(post(bare, path("nrs")), 200) << "it is asked of one carrier only";
    shown.certificate = others.make("carrier.example.com");
    EXPECT_EQ(post(shown, target), 400) << "somebody else's authority";
    EXPECT_EQ(post(shown, path("nrs")), 400);
}

// Requests that have begun, as many as one client may have: each is past the count when nginx asks
// for its body.
TEST_F(NginxDoor, OneClientHasNoMoreThanItsShareOfConnections) {
    constexpr std::size_t share = 50;
    start_nginx();
    const auto target = path("infobip");
    const auto begun = "POST " + target +
                       " HTTP/1.1\r\nHost: dlr.example.com\r\nContent-Length: 9000\r\n"
                       "Expect: 100-continue\r\n\r\n";
    std::vector<std::unique_ptr<https_caller>> held;
    for (std::size_t i = 0; i < share; ++i) {
        auto one = std::make_unique<https_caller>(to(dlr_name, carrier_address));
        one->send(begun);
        ASSERT_EQ(one->answer().status, 100) << i;
        held.push_back(std::move(one));
        for (auto& each : held)
            each->send("x");  // or their time runs out on a slow machine
    }
    https_caller over(to(dlr_name, carrier_address));
    EXPECT_EQ(over.call("POST", target, "{}").status, 503);
    https_caller other(to(dlr_name, stranger_address));
    EXPECT_EQ(other.call("POST", target, "{}").status, 200) << "another client has its own";
    held.clear();
    EXPECT_TRUE(eventually(
        [&] {
            https_caller again(to(dlr_name, carrier_address));
            return again.call("POST", target, "{}").status == 200;
        },
        soon,
        "room again"
    ));
}

}  // namespace
}  // namespace pinwire::test
