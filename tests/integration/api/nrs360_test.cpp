// The 360NRS dialect from a caller's request through Kafka, worker, carrier and PostgreSQL to the
// answer, and back to the PIN that was read from the handset.
#include <sstream>

#include "tests/integration/api/served.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class Nrs360WholeWay : public served {
protected:
    using served::served;

    // "verified", or the error's name
    std::string word(const told& answer) {
        if (!answer.body.contains("result")) return answer.body.value("error_id", "");
        return answer.body["result"]["verified"] == true ? "verified" : "wrong";
    }
    std::string guess(const std::string& number, const std::string& pin) {
        return word(caller->verify(number, pin));
    }

    std::vector<json> reports() {
        std::vector<json> made;
        const auto answer = http_call(stack.sim(), "GET", "/customer/acme/requests?max=1000");
        std::istringstream lines(answer.body);
        for (std::string line; std::getline(lines, line);)
            made.push_back(json::parse(line));
        return made;
    }
};

TEST_F(Nrs360WholeWay, LooksUpSendsVerifiesAndTellsTheStory) {
    const std::string number = "34600110000";
    auto answer = caller->request(number, {{"hlr_lookup", 1}});
    EXPECT_EQ(answer.body.dump(), R"({"status":"ok"})") << answer;
    EXPECT_EQ(stack.journal("lookup").size(), 1U);
    const auto pin = pin_on_handset(stack, number);
    ASSERT_EQ(pin.size(), 6U);
    auto result = caller->verify(number, other_than(pin)).body["result"];
    EXPECT_EQ(result["verified"], false);
    EXPECT_EQ(result["tries_remaining"], 2);
    result = caller->verify(number, pin).body["result"];
    EXPECT_EQ(result["verified"], true);
    EXPECT_EQ(result["previously_verified"], false);
    result = caller->verify(number, pin).body["result"];
    EXPECT_EQ(result["previously_verified"], true);
    const auto story = caller->call("GET", "/pinwire/1/pins?msisdn=" + number);
    ASSERT_EQ(story.status, 200);
    EXPECT_EQ(story.body["sendings"].size(), 1U);
    EXPECT_EQ(story.body.dump().find(pin), std::string::npos);
    // without a lookup, and one that refuses
    EXPECT_EQ(caller->request("34600120000").status, 200);
    EXPECT_EQ(stack.journal("lookup").size(), 1U);
    const std::string url = stack.sim() + "/customer/acme";
    json refused;
    refused["hlr_lookup"] = 1;
    refused["report_url"] = url;
    answer = caller->request("34600130101", refused);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(word(answer), "INVALID_NUMBER") << answer;
    EXPECT_TRUE(pins_on_handset(stack, "34600130101").empty());
    // what was sent is reported, with the caller's own word; what was refused isn't
    json custom;
    custom["custom"] = "order 7";
    custom["report_url"] = url;
    EXPECT_EQ(caller->request("34600140000", custom).status, 200);
    ASSERT_TRUE(eventually([&] { return !reports().empty(); }, soon, "a report")) << stack.tails();
    const auto all = reports();
    ASSERT_EQ(all.size(), 1U);
    EXPECT_NE(all[0].dump().find("order 7"), std::string::npos) << all[0];
}

TEST_F(Nrs360WholeWay, AGuessIsJudgedByTheNewestPinItsTriesAndItsTime) {
    const std::string number = "34600210000";
    json twice;
    twice["pin_params"] = {{"max_tries", 2}, {"length", 8}};
    ASSERT_EQ(caller->request(number, twice).status, 200);
    const auto first = pin_on_handset(stack, number, 1);
    EXPECT_EQ(first.size(), 8U);
    ASSERT_EQ(caller->request(number, twice).status, 200);
    const auto second = pin_on_handset(stack, number, 2);
    ASSERT_NE(first, second);
    EXPECT_EQ(guess(number, first), "wrong");
    EXPECT_EQ(guess(number, second), "verified");
    // used up
    const std::string other = "34600220000";
    ASSERT_EQ(caller->request(other, twice).status, 200);
    const auto pin = pin_on_handset(stack, other);
    EXPECT_EQ(guess(other, other_than(pin)), "wrong");
    EXPECT_EQ(caller->verify(other, other_than(pin)).body["result"]["tries_remaining"], 0);
    EXPECT_NE(guess(other, pin), "verified");
    // expired
    const std::string late = "34600230000";
    ASSERT_EQ(caller->request(late, {{"pin_params", {{"expires_in", 2}}}}).status, 200);
    const auto gone = pin_on_handset(stack, late);
    const auto expired = [&] {
        return stack.count(
                   "select count(*) from pin where msisdn = '34600230000'"
                   " and expires_at <= clock_timestamp()"
               ) == 1;
    };
    ASSERT_TRUE(eventually(expired, soon, "the end of its time"));
    EXPECT_EQ(guess(late, gone), "NOT_VERIFIED");
    EXPECT_EQ(guess("34600240000", "123456"), "RECORD_NOT_FOUND");
}

TEST_F(Nrs360WholeWay, TheSameKeyOrTheWindowSendsOnce) {
    const std::string number = "34600310000";
    EXPECT_EQ(caller->request(number, json::object(), "order-1").status, 200);
    EXPECT_EQ(caller->request(number, json::object(), "order-1").status, 200);
    const auto reused = caller->request(number, {{"sms_text", "Else: {PIN}"}}, "order-1");
    EXPECT_EQ(reused.status, 400) << reused;
    EXPECT_EQ(word(reused), "BAD_PARAMS");
    pin_on_handset(stack, number);
    EXPECT_EQ(stack.count("select count(*) from job"), 1);
    EXPECT_EQ(stack.count("select count(*) from attempt"), 1);
    set_account({"--idempotency-window", "10m", "--per-number", "1000/1h"});
    const std::string other = "34600320000";
    const auto same = [&] {
        caller->request(other);  // refused, too, once the default limit is full
        return stack.count("select count(*) from api_order where windowed") == 1;
    };
    ASSERT_TRUE(eventually(same, soon, "the window"));
    EXPECT_EQ(caller->request(other).status, 200);
    EXPECT_EQ(caller->request(other).status, 200);
    const auto orders = "select count(*) from api_order where windowed";
    EXPECT_EQ(stack.count(orders), 1);
    EXPECT_EQ(caller->request(other, {{"sms_text", "Else: {PIN}"}}).status, 200);
    EXPECT_EQ(stack.count(orders), 2);
}

class Nrs360Prepaid : public Nrs360WholeWay {
protected:
    Nrs360Prepaid() : Nrs360WholeWay(priced()) {}

    static stack_options priced() {
        stack_options options;
        options.edit = [](toml_tables& to) {
            for (const auto* route : {"es_first", "es_second"})
                to[std::string("routes.") + route]["price"] = "50000";
        };
        return options;
    }
};

TEST_F(Nrs360Prepaid, SendsWhileTheCreditCoversItAndGivesBackWhatWasSurelyNotSent) {
    set_account({"--prepaid", "true", "--per-number", "1000/1h"});
    stack.pinwire({"accounts", "credit", "acme", "+0.07"});
    const auto charged = [&] {
        caller->request("34600410000");  // refused, too, once the default limit is full
        return credit() == "20000";
    };
    ASSERT_TRUE(eventually(charged, soon, "a charge")) << credit();
    auto answer = caller->request("34600420000");
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(word(answer), "NOT_ENOUGH_BALANCE") << answer;
    EXPECT_EQ(credit(), "20000");
    stack.pinwire({"accounts", "credit", "acme", "+0.03"});
    const auto booked = [&] {
        return stack.count(
                   "select count(*) from api_order"
                   " where price > 0 and settled_at is not null and not returned"
               ) == 1;
    };
    ASSERT_TRUE(eventually(booked, soon, "the first charge booked"));
    stack.rule({{"action", "refuse_destination"}});
    EXPECT_EQ(caller->request("34600430000").status, 200);
    const auto ended = [&] {
        return stack.count("select count(*) from api_order where returned") == 1;
    };
    ASSERT_TRUE(eventually(ended, soon, "the charge given back"))
        << caller->call("GET", "/pinwire/1/pins?msisdn=34600430000") << credit();
    EXPECT_EQ(credit(), "50000");
    EXPECT_EQ(
        stack.count("select count(*) from job where msisdn = '34600430000'"
                    " and sms_status = 1"),
        1
    );
}

TEST_F(Nrs360WholeWay, LimitsAddressesAndSuspensionHoldWithinASecond) {
    set_account({"--per-number", "2/1h"});
    const std::string number = "34600510000";
    told answer;
    const auto limited = [&] {
        answer = caller->request(number);
        return answer.status == 429;
    };
    ASSERT_TRUE(eventually(limited, soon, "the limit"));
    EXPECT_EQ(word(answer), "UNKNOWN_ERROR");
    EXPECT_GT(std::stoi("0" + answer.retry_after), 3000) << answer.retry_after;
    EXPECT_LE(std::stoi("0" + answer.retry_after), 3600);
    EXPECT_EQ(caller->request("34600520000").status, 200);  // another number
    set_account({"--callers", "10.0.0.0/8"});
    const auto refused = [&] {
        answer = caller->verify(number, "123456");
        return answer.status == 401;
    };
    ASSERT_TRUE(eventually(refused, soon, "an address that isn't on the list"));
    EXPECT_EQ(word(answer), "UNAUTHORIZED");
    set_account({"--callers", ""});
    const auto admitted = [&] { return caller->verify(number, "123456").status == 200; };
    ASSERT_TRUE(eventually(admitted, soon, "any address"));
    stack.pinwire({"accounts", "suspend", "acme"});
    ASSERT_TRUE(eventually(refused, soon, "a suspended account"));
}

TEST_F(Nrs360WholeWay, AnOwnCodeAndATestNumber) {
    const std::string number = "34600610000";
    ASSERT_EQ(caller->request(number, {{"pin_params", {{"code", "ab12cd34"}}}}).status, 200);
    EXPECT_EQ(pin_on_handset(stack, number), "AB12CD34");
    EXPECT_EQ(guess(number, "AB12CD35"), "wrong");
    EXPECT_EQ(guess(number, "AB12CD34"), "verified");
    const std::string fixed = "34600620000";
    add_test_number(fixed, "2468");
    set_account({"--per-number", ""});
    const auto known = [&] {
        caller->request(fixed);
        return guess(fixed, "2468") == "verified";
    };
    ASSERT_TRUE(eventually(known, soon, "the test number")) << stack.tails();
    const auto ended = "select count(*) from job where reason = 'test_number'";
    const auto before = stack.count(ended);
    EXPECT_EQ(caller->request(fixed, json::object(), "fixed").status, 200);
    EXPECT_EQ(guess(fixed, "2469"), "wrong");
    EXPECT_EQ(caller->request(fixed, json::object(), "fixed").status, 200);
    EXPECT_EQ(caller->verify(fixed, "2469").body["result"]["tries_remaining"], 1);
    EXPECT_EQ(stack.count(ended), before + 1);
    EXPECT_EQ(caller->request(fixed, {{"custom", "other"}}, "fixed").status, 400);
}

}  // namespace
}  // namespace pinwire::test
