// Each misbehaviour, as the client and the callback see it, by number and by rule.
#include <algorithm>

#include "tests/component/sim/sim_fixture.hpp"

namespace pinwire::sim::test {
namespace {

using namespace std::chrono_literals;

class Misbehaviour : public sim_fixture {
protected:
    json report(std::size_t at) { return json::parse(callbacks.at(at).body).at("results").at(0); }
    awaitable<std::uint64_t> accepted_count() {
        const auto lines = co_await log("accepted");
        co_return lines.size();
    }
};

TEST_F(Misbehaviour, FinalStatusesFollowTheNumber) {
    run([this]() -> awaitable<void> {
        const std::vector<std::pair<std::string, int>> expected = {
            {"34600000001", 9}, {"34600000002", 15}, {"34600000008", 52}, {"34600000009", 98}};
        for (const auto& [number, id] : expected) {
            callbacks.clear();
            co_await send(number, "r" + number);
            co_await callbacks_reach(1);
            EXPECT_EQ(report(0).at("status").at("id"), id) << number;
        }
    });
}

TEST_F(Misbehaviour, NoReportEverComes) {
    run([this]() -> awaitable<void> {
        co_await send("34600000003", "silent");
        const json counters = co_await get_json("/admin/counters");
        EXPECT_EQ(counters.at("dlrs").at("waiting"), 0);
        const auto accepted = co_await accepted_count();
        EXPECT_EQ(accepted, 1U);
    });
}

TEST_F(Misbehaviour, ReportIsTakenBeforeTheAnswer) {
    run([this]() -> awaitable<void> {
        co_await send("34600000004", "early");
        EXPECT_EQ(callbacks.size(), 1U);
        const auto dlrs = co_await log("dlr");
        EXPECT_EQ(dlrs.size(), 1U);
    });
}

TEST_F(Misbehaviour, ReportComesTwice) {
    run([this]() -> awaitable<void> {
        co_await send("34600000005", "twice");
        co_await callbacks_reach(2);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 2U);
        EXPECT_EQ(report(0).at("status"), report(1).at("status"));
    });
}

TEST_F(Misbehaviour, ReportsComeInTheWrongOrder) {
    run([this]() -> awaitable<void> {
        co_await send("34600000006", "order");
        co_await callbacks_reach(2);
        EXPECT_EQ(report(0).at("status").at("id"), 5);
        EXPECT_EQ(report(1).at("status").at("id"), 2);
    });
}

TEST_F(Misbehaviour, WrongTokenComesFirstAndIsNotRetried) {
    callback_status = [](const callback& came) {
        return came.target == "/dlr/token" ? 200U : 401U;
    };
    run([this]() -> awaitable<void> {
        co_await send("34600000007", "token");
        co_await callbacks_reach(2);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 2U);
        EXPECT_NE(callbacks.at(0).target, "/dlr/token");
        EXPECT_EQ(callbacks.at(0).target.size(), std::string("/dlr/token").size());
        EXPECT_EQ(callbacks.at(1).target, "/dlr/token");
        const auto dlrs = co_await log("dlr");
        EXPECT_EQ(dlrs.at(0).at("wrong_token"), true);
        EXPECT_EQ(dlrs.at(0).at("answer"), 401);
        EXPECT_EQ(dlrs.at(1).at("answer"), 200);
    });
}

TEST_F(Misbehaviour, RefusalsAreNoAcceptances) {
    run([this]() -> awaitable<void> {
        const auto poor = co_await send("34600000010", "a");
        const json first = json::parse(poor.answer.body).at("messages").at(0).at("status");
        EXPECT_EQ(first.at("id"), 12);
        EXPECT_EQ(first.at("groupId"), 5);
        const auto nobody = co_await send("34600000011", "b");
        const json second = json::parse(nobody.answer.body).at("messages").at(0).at("status");
        EXPECT_EQ(second.at("id"), 52);
        const auto throttled = co_await send("34600000012", "c");
        EXPECT_EQ(throttled.answer.status, 429U);
        EXPECT_EQ(throttled.answer.fields.get("Retry-After"), "1");
        const auto unavailable = co_await send("34600000013", "d");
        EXPECT_EQ(unavailable.answer.status, 503U);
        const auto broken = co_await send("34600000021", "e");
        EXPECT_EQ(broken.answer.status, 500U);
        const auto garbage = co_await send("34600000016", "f");
        EXPECT_EQ(garbage.answer.status, 200U);
        EXPECT_TRUE(json::parse(garbage.answer.body, nullptr, false).is_discarded());
        const auto accepted = co_await accepted_count();
        EXPECT_EQ(accepted, 0U);
        const auto refused = co_await log("not_accepted");
        EXPECT_EQ(refused.size(), 6U);
        EXPECT_EQ(refused.at(2).at("outcome"), "throttle");
    });
}

TEST_F(Misbehaviour, ResetLeavesTheClientInDoubtBothWays) {
    run([this]() -> awaitable<void> {
        const auto taken = co_await send("34600000015", "taken");
        EXPECT_EQ(taken.how_far, http::progress::sent_no_answer);
        const auto lost = co_await send("34600000018", "lost");
        EXPECT_EQ(lost.how_far, http::progress::sent_no_answer);
        const json first = co_await get_json("/admin/acceptances?reference=taken");
        EXPECT_EQ(first.size(), 1U);
        const json second = co_await get_json("/admin/acceptances?reference=lost");
        EXPECT_TRUE(second.empty());
        co_await callbacks_reach(1);
        EXPECT_EQ(callbacks.at(0).target, "/dlr/taken");
    });
}

TEST_F(Misbehaviour, RepeatAfterAnAcceptedResetIsKnown) {
    run([this]() -> awaitable<void> {
        co_await send("34600000015", "again");
        const auto repeat = co_await send("34600000015", "again");
        EXPECT_EQ(repeat.answer.status, 200U);
        const json message = json::parse(repeat.answer.body).at("messages").at(0);
        EXPECT_EQ(message.at("status").at("id"), 23);
    });
}

TEST_F(Misbehaviour, HangNeverAnswers) {
    run([this]() -> awaitable<void> {
        http::request lost = infobip_request("34600000014", "lost", "infobip");
        const auto first = co_await call(std::move(lost), 100ms);
        EXPECT_EQ(first.why, http::failure::answer_timeout);
        http::request taken = infobip_request("34600000019", "taken", "infobip");
        const auto second = co_await call(std::move(taken), 100ms);
        EXPECT_EQ(second.why, http::failure::answer_timeout);
        const auto accepted = co_await log("accepted");
        EXPECT_EQ(accepted.size(), 1U);
        EXPECT_EQ(accepted.at(0).at("reference"), "taken");
    });
}

TEST_F(Misbehaviour, BrokenOffAnswerIsNoAnswer) {
    run([this]() -> awaitable<void> {
        const auto cut = co_await send("34600000022", "cut");
        EXPECT_EQ(cut.how_far, http::progress::sent_no_answer);
        const auto accepted = co_await accepted_count();
        EXPECT_EQ(accepted, 1U);
    });
}

TEST_F(Misbehaviour, SlowAnswerTakesTheRulesTime) {
    run([this]() -> awaitable<void> {
        co_await set_rule(R"({"action":"slow","delay_ms":150})");
        const auto before = std::chrono::steady_clock::now();
        const auto sent = co_await send("34600000000", "slow");
        EXPECT_EQ(sent.answer.status, 200U);
        EXPECT_GE(std::chrono::steady_clock::now() - before, 150ms);
    });
}

TEST_F(Misbehaviour, ReportThatIsNotTakenIsTriedAgain) {
    given.dlr_retry = 10ms;
    int refusals = 2;
    callback_status = [&refusals](const callback&) { return refusals-- > 0 ? 503U : 200U; };
    run([this]() -> awaitable<void> {
        co_await send("34600000000", "stubborn");
        co_await callbacks_reach(3);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 3U);
        const auto dlrs = co_await log("dlr");
        EXPECT_EQ(dlrs.at(0).at("answer"), 503);
        EXPECT_EQ(dlrs.at(2).at("answer"), 200);
        EXPECT_EQ(dlrs.at(2).at("try"), 3);
    });
}

TEST_F(Misbehaviour, ReportIsGivenUpAfterItsTries) {
    given.dlr_retry = 1ms;
    given.dlr_tries_max = 4;
    callback_status = [](const callback&) { return 500U; };
    run([this]() -> awaitable<void> {
        co_await send("34600000000", "hopeless");
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 4U);
        const json counters = co_await get_json("/admin/counters");
        EXPECT_EQ(counters.at("dlrs").at("given_up"), 1);
    });
}

TEST_F(Misbehaviour, BatchedReportsShareARequest) {
    given.dlr_batch_max = 3;
    given.dlr_batch_wait = 2000ms;
    run([this]() -> awaitable<void> {
        for (int n = 0; n < 3; ++n)
            co_await send("34600000000", "batched" + std::to_string(n));
        co_await callbacks_reach(1);
        co_await reports_drain();
        EXPECT_EQ(callbacks.size(), 1U);
        EXPECT_EQ(json::parse(callbacks.at(0).body).at("results").size(), 3U);
        const auto dlrs = co_await log("dlr");
        EXPECT_EQ(dlrs.size(), 3U);
    });
}

TEST_F(Misbehaviour, LookupsFollowTheNumber) {
    run([this]() -> awaitable<void> {
        const auto ask = [this](std::string number) -> awaitable<http::exchange> {
            http::request what("POST", "/infobip/number/1/query");
            what.fields.set("Authorization", "App sim-key");
            what.fields.set("Content-Type", "application/json");
            what.body = json{{"to", json::array({number})}}.dump();
            co_return co_await call(std::move(what), 200ms);
        };
        const auto reachable = co_await ask("34600000000");
        const json good = json::parse(reachable.answer.body).at("results").at(0);
        EXPECT_EQ(good.at("status").at("id"), 5);
        EXPECT_EQ(good.at("error").at("id"), 0);
        const auto absent = co_await ask("34600000100");
        const json away = json::parse(absent.answer.body).at("results").at(0);
        EXPECT_EQ(away.at("error").at("id"), 27);
        EXPECT_EQ(away.at("error").at("permanent"), false);
        const auto invalid = co_await ask("34600000101");
        const json wrong = json::parse(invalid.answer.body).at("results").at(0);
        EXPECT_EQ(wrong.at("error").at("id"), 1);
        EXPECT_EQ(wrong.at("error").at("permanent"), true);
        const auto broken = co_await ask("34600000102");
        EXPECT_EQ(broken.answer.status, 500U);
        const auto hung = co_await ask("34600000103");
        EXPECT_EQ(hung.why, http::failure::answer_timeout);
        const auto lines = co_await log("lookup");
        EXPECT_EQ(lines.size(), 5U);
        EXPECT_EQ(lines.at(1).at("outcome"), "absent");
        const auto hlr = co_await post(
            "/360nrs/api/hlr/request", R"({"api_key":"sim-key","msisdn":"34600000101"})"
        );
        EXPECT_EQ(json::parse(hlr.answer.body).at("result").at("success"), false);
    });
}

TEST_F(Misbehaviour, RuleHoldsForOneInstanceAndSoManyTimes) {
    run([this]() -> awaitable<void> {
        co_await set_rule(R"({"instance":"alpha","action":"refuse","times":1})");
        const auto status_id = [](const http::exchange& ended) {
            return json::parse(ended.answer.body).at("messages").at(0).at("status").at("id");
        };
        const auto first = co_await send("34600000000", "a", "alpha");
        EXPECT_EQ(status_id(first), 12);
        const auto other = co_await send("34600000000", "a", "beta");
        EXPECT_EQ(status_id(other), 26);
        const auto second = co_await send("34600000000", "a", "alpha");
        EXPECT_EQ(status_id(second), 26);
        const json rules = co_await get_json("/admin/rules");
        EXPECT_EQ(rules.at(0).at("hits"), 1);
        EXPECT_EQ(rules.at(0).at("times_left"), 0);
    });
}

TEST_F(Misbehaviour, SeededRulesDrawTheSameTwice) {
    run([this]() -> awaitable<void> {
        std::vector<std::string> seen;
        for (int round = 0; round < 2; ++round) {
            co_await post("/admin/reset", "");
            co_await set_rule(R"({"action":"unavailable","probability":0.5,"seed":7})");
            std::string pattern;
            for (int n = 0; n < 40; ++n) {
                const auto sent = co_await send("34600000003", "r" + std::to_string(n));
                pattern += sent.answer.status == 503 ? 'x' : '.';
            }
            seen.push_back(pattern);
        }
        EXPECT_EQ(seen.at(0), seen.at(1));
        EXPECT_NE(seen.at(0).find('x'), std::string::npos);
        EXPECT_NE(seen.at(0).find('.'), std::string::npos);
    });
}

TEST_F(Misbehaviour, BadRulesAreRefusedWithAReason) {
    run([this]() -> awaitable<void> {
        const std::vector<std::string> bad = {
            "nonsense",
            R"({"action":"explode"})",
            R"({"action":"absent","kind":"kannel"})",
            R"({"action":"machine","channel":"sms"})",
            R"({"action":"refuse","times":-1})",
            R"({"action":"refuse","colour":"red"})",
            R"({"action":"refuse","probability":2})",
            R"({"action":"delivered","accept":false})"};
        for (const std::string& rule : bad) {
            const auto ended = co_await post("/admin/rules", rule);
            EXPECT_EQ(ended.answer.status, 400U) << rule;
            EXPECT_TRUE(json::parse(ended.answer.body).contains("error"));
        }
    });
}

}  // namespace
}  // namespace pinwire::sim::test
