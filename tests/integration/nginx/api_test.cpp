// The API behind a real nginx with the shipped file: a whole conversation, who is calling, and the
// same limits on both sides.
#include <nlohmann/json.hpp>

#include "tests/integration/nginx/front.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/stack/api_caller.hpp"

namespace pinwire::test {
namespace {

using nlohmann::json;

class NginxApi : public front {
protected:
    NginxApi() {
        stack.start_callback();
        stack.start_worker();
        key = add_key(stack, "acme");
        stack.start_api();
        for (const auto* name : {"callback", "worker-1", "api-1"})
            stack.wait_until_ready(name);
        wait_until_known(api_caller(stack.api(), key));
        start_nginx();
    }

    std::string proof() const { return "Authorization: App " + key + "\r\n"; }

    // 360NRS: `what` is request or verify.
    json call(const std::string& what, json body) {
        body["api_key"] = key;
        https_caller caller(to(api_name));
        const auto said = caller.call("POST", "/api/3.0/2fa/" + what, body.dump());
        EXPECT_EQ(said.status, 200) << said.body;
        return json::parse(said.body, nullptr, false);
    }

    std::string key;
};

TEST_F(NginxApi, ServesAWholeConversationAndWritesNoneOfItDown) {
    const std::string number = "34600110000";
    secrets = {number, key};
    json order;
    order["msisdn"] = number;
    order["sender"] = "Acme";
    order["sms_text"] = "<{PIN}> is your code.";
    EXPECT_EQ(call("request", order).dump(), R"({"status":"ok"})");
    const auto pin = pin_on_handset(stack, number);
    secrets.push_back(pin);
    json guess;
    guess["msisdn"] = number;
    guess["pin"] = pin;
    EXPECT_EQ(call("verify", guess)["result"]["verified"], true);
    https_caller caller(to(api_name));
    const auto story = caller.call("GET", "/pinwire/1/pins?msisdn=" + number, "", proof());
    EXPECT_EQ(story.status, 200) << story.body;
    const auto id = story.field("X-Request-Id");
    ASSERT_FALSE(id.empty());
    EXPECT_TRUE(eventually(
        [&] { return node->logs().find("id=" + id) != std::string::npos; }, soon, "its line"
    )) << "the two logs meet at the request's id";
}

TEST_F(NginxApi, TheCallersAddressCountsAndNobodyForgesIt) {
    stack.pinwire({"accounts", "set", "acme", "--callers", "127.0.0.77"});
    const std::string target = "/2fa/2/applications";
    EXPECT_TRUE(eventually(
        [&] { return get(to(api_name), target, proof()) != 200; }, soon, "the list of callers"
    ));
    EXPECT_EQ(get(to(api_name, "127.0.0.77"), target, proof()), 200);
    EXPECT_EQ(
        get(to(api_name, "127.0.0.77"), target, proof() + "X-Forwarded-For: 192.0.2.1\r\n"), 200
    );
    const std::string lie = "X-Forwarded-For: 127.0.0.77\r\n";
    for (const auto& one :
         {std::string(), lie, lie + lie, std::string("Forwarded: for=127.0.0.77\r\n")})
        EXPECT_EQ(get(to(api_name, "127.0.0.78"), target, proof() + one), 401) << one;
}

// A process that is gone in the middle of a request may have done what it was asked.
TEST_F(NginxApi, WhatHasAnEffectIsPutOnceByGetAsWell) {
    const auto api = stack.api().substr(7);
    fault_proxy one(api);
    fault_proxy other(api);
    start_nginx(
        {},
        {{"127.0.0.1:8082 fail_timeout=2s;",
          fmt::format(
              "{} max_fails=0; server {} max_fails=0;  # not 127.0.0.1:8082",
              one.address(),
              other.address()
          )}}
    );
    failure gone;
    gone.what = fault::reset_some;
    gone.share = 1;
    one.fail(gone);
    other.fail(gone);
    const auto tries = [&](const char* method, const std::string& target) {
        const auto before = one.counts().connections + other.counts().connections;
        https_caller caller(to(api_name));
        EXPECT_EQ(caller.call(method, target, "{}", proof()).status, 502) << target;
        return one.counts().connections + other.counts().connections - before;
    };
    EXPECT_EQ(tries("GET", "/api/3.0/2fa/request"), 1);
    EXPECT_EQ(tries("GET", "/api/2fa/verify"), 1);
    EXPECT_EQ(tries("POST", "/api/3.0/2fa/verify"), 1);
    EXPECT_EQ(tries("GET", "/2fa/2/applications"), 2) << "a reading is tried at the other";
    one.heal();
    other.heal();
    https_caller caller(to(api_name));
    const auto said =
        caller.call("GET", "/api/3.0/2fa/verify", json({{"api_key", key}}).dump(), "");
    EXPECT_NE(said.body.find("msisdn"), std::string::npos)
        << "its body arrives, and no number stands in it: " << said.body;
}

TEST_F(NginxApi, BothSidesDrawTheLineAtTheSameSizesAndHealthIsNotReached) {
    const auto with_body = [this](std::size_t size) {
        json body;
        body["api_key"] = key;
        body["msisdn"] = "346";
        body["filling"] = "";
        const auto bare = body.dump().size();
        body["filling"] = std::string(size - bare, 'x');
        return https_caller(to(api_name)).call("POST", "/api/3.0/2fa/request", body.dump());
    };
    const auto most = with_body(65'536);
    EXPECT_NE(most.status, 413);
    EXPECT_NE(most.field("X-Request-Id"), "") << "the API itself read it";
    const auto over = with_body(65'537);
    EXPECT_EQ(over.status, 413);
    EXPECT_EQ(over.field("X-Request-Id"), "") << "nginx didn't pass it on";
    https_caller caller(to(api_name));
    const auto long_header = "X-Long: " + std::string(7'500, 'x') + "\r\n";
    EXPECT_EQ(caller.call("GET", "/2fa/2/applications", "", proof() + long_header).status, 431);
    for (const auto* target : {"/metrics", "/healthz", "/readyz", "//metrics", "/2fa/../metrics"}) {
        const auto answer = https_caller(to(api_name)).call("GET", target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.body.find("pinwire"), std::string::npos) << target;
    }
    const auto clear = fmt::format("127.0.0.1:{}", node->plain_port());
    EXPECT_EQ(http_call(clear, "GET", "/2fa/2/applications").status, 403);
}

}  // namespace
}  // namespace pinwire::test
