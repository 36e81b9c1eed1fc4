// The customer's judge isn't to be fooled: each kind of broken promise is found, and nothing else.
#include "tests/faults/order_judge.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using kind = hindrance::kind;

const steady_time start{};

order_call call_of(int status, const std::string& said, std::chrono::milliseconds took) {
    order_call made;
    made.number = "34800001";
    made.process = "api-1";
    made.began = start + 10s;
    made.ended = made.began + took;
    made.status = status;
    made.said = said;
    return made;
}

std::size_t found_in(const order_call& call, const std::vector<hindrance>& hindrances = {}) {
    return judge_calls({call}, hindrances, 5s).size();
}

const std::string ok = R"({"status":"ok"})";
const std::string trouble = R"({"status":"error","error_id":"UNKNOWN_ERROR"})";

const std::string refusal = R"({"status":"error","error_id":"INVALID_NUMBER"})";

TEST(OrderJudge, TakesThreeAnswersAndNoOther) {
    EXPECT_EQ(found_in(call_of(200, ok, 1s)), 0U);
    EXPECT_EQ(found_in(call_of(500, trouble, 1s)), 0U);
    EXPECT_EQ(found_in(call_of(200, refusal, 1s)), 0U);
    EXPECT_EQ(found_in(call_of(400, refusal, 1s)), 1U);
    EXPECT_EQ(found_in(call_of(200, trouble, 1s)), 1U);
    EXPECT_EQ(found_in(call_of(500, R"({"error":"internal"})", 1s)), 1U);
    EXPECT_EQ(found_in(call_of(429, trouble, 1s)), 1U);
    EXPECT_EQ(found_in(call_of(401, trouble, 1s)), 1U);
    EXPECT_EQ(found_in(call_of(500, "oops", 1s)), 1U);
}

TEST(OrderJudge, ExcusesLatenessByAStandstillOfThatProcessAndTimeOnly) {
    const auto late = call_of(200, ok, 5s);
    EXPECT_EQ(found_in(late), 1U);
    EXPECT_EQ(found_in(late, {{"api-1", kind::stopped, start + 9s, start + 11s}}), 0U);
    EXPECT_EQ(found_in(late, {{"api-1", kind::stopped, start + 14s}}), 0U);
    EXPECT_EQ(found_in(late, {{"api-2", kind::stopped, start + 9s, start + 11s}}), 1U);
    EXPECT_EQ(found_in(late, {{"api-1", kind::stopped, start + 8s, start + 9s}}), 1U);
    EXPECT_EQ(found_in(late, {{"api-1", kind::stopped, start + 16s, start + 17s}}), 1U);
    EXPECT_EQ(found_in(late, {{"api-1", kind::gone, start + 9s, start + 11s}}), 1U);
    EXPECT_EQ(found_in(call_of(0, "no whole answer", 6s)), 1U);
}

TEST(OrderJudge, ExcusesABrokenConnectionByItsProcessGone) {
    auto broken = call_of(0, "reading an answer", 1s);
    EXPECT_EQ(found_in(broken), 1U);
    EXPECT_EQ(found_in(broken, {{"api-1", kind::gone, start + 11s}}), 0U);
    EXPECT_EQ(found_in(broken, {{"api-2", kind::gone, start + 11s}}), 1U);
    EXPECT_EQ(found_in(broken, {{"api-1", kind::gone, start + 12s}}), 1U);
    broken.hasty = true;
    EXPECT_EQ(found_in(broken), 0U);
    auto refused = call_of(0, "connecting", 1ms);
    refused.refused = true;
    EXPECT_EQ(found_in(refused), 0U);
}

TEST(OrderJudge, HoldsWhatWasSaidAgainstTheRow) {
    const auto found = [](const std::string& said, std::int64_t refused) {
        return judge_words({call_of(200, said, 1s)}, {{"34800001", {1, refused, 0, 0}}}).size();
    };
    EXPECT_EQ(found(ok, 0), 0U);
    EXPECT_EQ(found(refusal, 1), 0U);
    EXPECT_EQ(found(ok, 1), 1U);
    EXPECT_EQ(found(refusal, 0), 1U);
    EXPECT_EQ(judge_words({call_of(500, trouble, 1s)}, {}).size(), 0U);
    EXPECT_EQ(judge_words({call_of(200, refusal, 1s)}, {}).size(), 1U);
}

struct world {
    pin_order order{"34800001", "order-1", "", true, false, true};
    std::map<std::string, order_rows> rows = {{"34800001", {1, 0, 1, 0}}};
    std::map<std::string, std::vector<std::string>> pins = {{"34800001", {"123456"}}};
};

std::size_t found_after(const std::function<void(world&)>& change) {
    world all;
    change(all);
    return judge_orders({all.order}, all.rows, all.pins).size();
}

TEST(OrderJudge, IsContentWithWhatMayBe) {
    EXPECT_EQ(found_after([](world&) {}), 0U);
    EXPECT_EQ(found_after([](world& all) { all.order.own_code = "123456"; }), 0U);
    EXPECT_EQ(
        found_after([](world& all) {
            all.rows["34800001"].in_doubt = 1;
            all.pins.clear();
        }),
        0U
    );
    EXPECT_EQ(
        found_after([](world& all) {  // refused by every route
            all.rows["34800001"].sent = 0;
            all.pins.clear();
        }),
        0U
    );
    EXPECT_EQ(
        found_after([](world& all) {
            all.rows["34800001"] = {1, 1, 0, 0};
            all.pins.clear();
        }),
        0U
    );
    EXPECT_EQ(
        found_after([](world& all) {
            all.order.abandoned = true;
            all.order.taken = false;
            all.rows.clear();
            all.pins.clear();
        }),
        0U
    );
}

TEST(OrderJudge, SeesEachKindOfBrokenPromise) {
    EXPECT_EQ(found_after([](world& all) { all.order.taken = false; }), 1U);
    EXPECT_EQ(found_after([](world& all) { all.rows["34800001"].alive = 2; }), 1U);
    EXPECT_EQ(found_after([](world& all) { all.rows["34800001"].alive = 0; }), 1U);
    EXPECT_EQ(
        found_after([](world& all) {
            all.order.abandoned = true;
            all.rows["34800001"].alive = 2;
        }),
        1U
    );
    EXPECT_EQ(found_after([](world& all) { all.pins["34800001"].push_back("123456"); }), 1U);
    EXPECT_EQ(
        found_after([](world& all) {
            all.order.lookup = false;
            all.rows["34800001"] = {1, 1, 0, 0};
            all.pins.clear();
        }),
        1U
    );
    EXPECT_EQ(found_after([](world& all) { all.pins.clear(); }), 1U);
    EXPECT_EQ(found_after([](world& all) { all.rows["34800001"].sent = 0; }), 1U);
    EXPECT_EQ(found_after([](world& all) { all.order.own_code = "ABCDEF"; }), 1U);
    EXPECT_EQ(found_after([](world& all) { all.rows["34899999"].alive = 1; }), 1U);
}

}  // namespace
}  // namespace pinwire::test
