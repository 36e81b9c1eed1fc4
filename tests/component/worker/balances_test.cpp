// Carriers' balances: who is asked, what becomes of the answer, and that silence costs nothing.
#include "worker/balances.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;

// Answers with what the test gives it, then with silence.
class teller final : public gateway {
public:
    std::deque<std::string> bodies;
    std::vector<std::string> asked;

    awaitable<http::exchange> ask_balance(carrier_name name, http_request what) override {
        asked.push_back(name.str() + " " + what.target);
        http::exchange made;
        made.why = http::failure::answer_timeout;
        if (!bodies.empty()) {
            made.how_far = http::progress::answered;
            made.answer = http::response(200, "application/json", bodies.front());
            bodies.pop_front();
        }
        co_return made;
    }
    awaitable<http::exchange> ask_carrier(carrier_name name, http_request) override {
        ADD_FAILURE() << name.str() << " is asked about attempts";
        co_return http::exchange();
    }
    awaitable<http::exchange> to_carrier(
        carrier_name name,
        http_request,
        config::request_times,
        std::function<bool()>,  // may_send
        std::function<void()>   // on_first_byte
    ) override {
        ADD_FAILURE() << name.str() << " is asked, not sent to";
        co_return http::exchange();
    }
    awaitable<http::exchange> to_provider(
        provider_name, http_request, std::chrono::steady_clock::time_point
    ) override {
        co_return http::exchange();
    }
};

void add_carrier(config::settings& to, const char* name, const char* kind, double warn) {
    auto& made = to.carriers[carrier_name(name)];
    made.translator.name = carrier_name(name);
    made.translator.kind = kind;
    made.translator.base_url = "http://127.0.0.1:1";
    made.translator.password = secret("key");
    made.balance_warn = warn;
}

class Balances : public testing::Test {
protected:
    Balances() {
        add_carrier(settings_, "ib", "infobip", 20);
        add_carrier(settings_, "kannel", "kannel", 0);
        telemetry::log_options how;
        how.sink = [this](std::string_view line) { lines_.emplace_back(line); };
        telemetry::open_log(how);
    }
    ~Balances() override { telemetry::open_log({}); }

    // Until so many turns were asked for.
    void run(int turns, bool ours = true) {
        int left = turns;
        balances subject(
            settings_,
            teller_,
            figures_,
            [&, ours]() -> awaitable<bool> {
                if (left-- == 0) throw std::runtime_error("that was all");
                co_return ours;
            },
            1ms
        );
        try {
            loop_.run(subject.run());
        } catch (const std::runtime_error&) {
            // the end of the script
        }
    }
    std::size_t said(const std::string& event) const {
        return static_cast<std::size_t>(std::count_if(
            lines_.begin(),
            lines_.end(),
            [&event](const std::string& line) {
                return line.find("event=" + event) != std::string::npos;
            }
        ));
    }

    config::settings settings_;
    telemetry::metrics figures_{"test"};
    teller teller_;
    test::loop loop_;
    std::vector<std::string> lines_;
};

TEST_F(Balances, AreAskedOfThoseThatHaveAnAnswer) {
    teller_.bodies = {R"({"balance":42.5,"currency":"EUR"})"};
    run(1);
    EXPECT_EQ(teller_.asked, std::vector<std::string>{"ib /account/1/balance"});
    EXPECT_NE(
        figures_.text().find(R"(pinwire_carrier_balance{carrier="ib",currency="EUR"} 42.5)"),
        std::string::npos
    ) << figures_.text();
    EXPECT_EQ(said("balance_low"), 0U);
}

TEST_F(Balances, BelowTheWarningAreSaidOnceUntilTheyAreAboveAgain) {
    for (const auto* amount : {"19", "18", "25", "10"})
        teller_.bodies.push_back(std::string(R"({"currency":"EUR","balance":)") + amount + "}");
    run(4);
    EXPECT_EQ(said("balance_low"), 2U);
    EXPECT_EQ(said("balance_restored"), 1U);
}

TEST_F(Balances, AreNobodysBusinessButTheOnesWhoseTurnItIs) {
    run(3, false);
    EXPECT_TRUE(teller_.asked.empty());
}

TEST_F(Balances, WithoutAnAnswerAreCountedAndLeftAsTheyWere) {
    const char* told = R"({"balance":42.5,"currency":"EUR"})";
    teller_.bodies = {told, "<html>", "{}", told, "<html>"};
    run(5);
    EXPECT_EQ(said("balance_unknown"), 2U) << "once in a row";
    const auto text = figures_.text();
    EXPECT_NE(text.find(R"(balance_failures_total{carrier="ib"} 3)"), std::string::npos);
    EXPECT_NE(
        text.find(R"(pinwire_carrier_balance{carrier="ib",currency="EUR"} 42.5)"), std::string::npos
    );
}

TEST_F(Balances, OfJasminAreAskedOnlyForAWarningAsTheURLShowsThePassword) {
    settings_.carriers.clear();
    add_carrier(settings_, "jasmin", "jasmin", 0);
    run(0);
    EXPECT_TRUE(teller_.asked.empty());
    settings_.carriers.at(carrier_name("jasmin")).balance_warn = 5;
    teller_.bodies = {R"({"balance": 4.5, "sms_count": "ND"})"};
    run(1);
    EXPECT_EQ(teller_.asked.size(), 1U);
    EXPECT_EQ(said("balance_low"), 1U);
}

TEST_F(Balances, OfARetiredCarrierAreNotAsked) {
    settings_.carriers.at(carrier_name("ib")).retired = true;
    run(0);
    EXPECT_TRUE(teller_.asked.empty());
}

}  // namespace
}  // namespace pinwire::worker
