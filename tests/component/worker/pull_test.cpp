// Reports that are fetched: what is asked, what of the answer goes on, and that a carrier in
// trouble is left alone while nothing of it is lost.
#include "worker/pull.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>

#include "common/core/json_reader.hpp"
#include "common/postgres/errors.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "tests/component/runtime/run_loop.hpp"
#include "tests/unit/carriers/samples.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using postgres::overdue_attempt;

struct the_end : std::runtime_error {
    the_end() : std::runtime_error("that was all") {}
};

// Answers with what the test gives it, then with silence.
class teller final : public gateway {
public:
    std::deque<http::response> answers;
    std::vector<std::string> asked;
    int at_once = 0;

    awaitable<http::exchange> ask_carrier(carrier_name name, http_request what) override {
        EXPECT_EQ(++at_once, 1) << "one question at a time";
        co_await test::yield();
        --at_once;
        asked.push_back(name.str() + " " + what.target);
        http::exchange made;
        made.why = http::failure::answer_timeout;
        if (!answers.empty()) {
            made.how_far = http::progress::answered;
            made.answer = std::move(answers.front());
            answers.pop_front();
        }
        co_return made;
    }
    awaitable<http::exchange> ask_balance(carrier_name, http_request) override { return none(); }
    awaitable<http::exchange> to_carrier(
        carrier_name,
        http_request,
        config::request_times,
        std::function<bool()>,  // may_send
        std::function<void()>   // on_first_byte
    ) override {
        return none();
    }
    awaitable<http::exchange> to_provider(
        provider_name, http_request, std::chrono::steady_clock::time_point
    ) override {
        return none();
    }

private:
    static awaitable<http::exchange> none() {
        ADD_FAILURE() << "only reports are asked for";
        co_return http::exchange();
    }
};

// Rounds as the test writes them; then the end.
class fake_desk final : public pull_desk {
public:
    std::deque<std::vector<overdue_attempt>> rounds;
    bool ours = true;
    int away = 0;  // calls that find no database
    bool broker_up = true;
    std::vector<postgres::overdue_question> questions;
    std::vector<attempt_id> put_back;
    std::vector<dlr> told;

    awaitable<bool> turn(carrier_name) override {
        if (rounds.empty()) throw the_end();
        if (!ours) rounds.pop_front();
        if (away > 0) {
            --away;
            throw postgres::database_error(postgres::trouble::weather, "", "away");
        }
        co_return ours;
    }
    awaitable<std::vector<overdue_attempt>> take(postgres::overdue_question asked) override {
        questions.push_back(std::move(asked));
        auto now = std::move(rounds.front());
        rounds.pop_front();
        co_return now;
    }
    awaitable<void> again(std::vector<attempt_id> which, std::chrono::milliseconds in) override {
        EXPECT_GT(in, 0ms);
        put_back.insert(put_back.end(), which.begin(), which.end());
        co_return;
    }
    awaitable<bool> put(std::vector<dlr> news) override {
        if (broker_up) told.insert(told.end(), news.begin(), news.end());
        co_return broker_up;
    }
};

attempt_id id_of(int n) {
    std::array<std::uint8_t, 10> random{};
    random[0] = static_cast<std::uint8_t>(n);
    return attempt_id::time_ordered(std::chrono::system_clock::time_point(1h), random);
}

overdue_attempt overdue(int n) {
    overdue_attempt made;
    made.attempt = id_of(n);
    made.carrier_message_id = "id-" + std::to_string(n);
    made.to = *msisdn::parse("34600000000");
    return made;
}

std::string infobip_entry(int n, int status) {
    return R"({"messageId":")" + id_of(n).hex() + R"(","to":"34600000000","status":{"id":)" +
           std::to_string(status) + "}}";
}

http::response results(const std::string& entries) {
    return http::response(200, "application/json", R"({"results":[)" + entries + "]}");
}

constexpr int handset = 5, on_its_way = 7, expired = 15;

class Pulls : public testing::Test {
protected:
    Pulls() {
        use("infobip");
        telemetry::log_options how;
        how.sink = [this](std::string_view line) { lines_.emplace_back(line); };
        telemetry::open_log(how);
    }
    ~Pulls() override { telemetry::open_log({}); }

    void use(const char* kind) {
        settings_.carriers.clear();
        auto& made = settings_.carriers[name_];
        made.translator.name = name_;
        made.translator.kind = kind;
        made.translator.base_url = "http://127.0.0.1:1";
        made.translator.username = "AC1";
        made.translator.password = secret("key");
        made.pull_every = 1ms;
        made.pull_rate = 1000;
        auto& route = settings_.routes[route_name("r1")];
        route.carrier = name_;
        settings_.routes[route_name("other")].carrier = carrier_name("other");
    }
    void run() {
        pull_step subject(settings_, name_, teller_, desk_, figures_);
        EXPECT_THROW(loop_.run(subject.run()), the_end);
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
    bool counted(const std::string& line) {
        return figures_.text().find(line) != std::string::npos;
    }

    const carrier_name name_{"acme"};
    config::settings settings_;
    telemetry::metrics figures_{"test"};
    teller teller_;
    fake_desk desk_;
    test::loop loop_;
    std::vector<std::string> lines_;
};

TEST_F(Pulls, WhatTheCarrierSaysGoesOnAsIfItHadBeenPosted) {
    desk_.rounds = {{overdue(1)}};
    teller_.answers = {results(infobip_entry(1, handset))};
    run();
    ASSERT_EQ(desk_.told.size(), 1U);
    const auto& news = desk_.told[0];
    EXPECT_EQ(news.carrier, name_);
    EXPECT_EQ(news.reference, id_of(1));
    EXPECT_FALSE(news.token) << "nobody proved a URL";
    EXPECT_EQ(news.status, dlr_status::delivrd);
    EXPECT_NE(news.raw.find(R"("pulled":true)"), std::string::npos) << news.raw;
    EXPECT_GT(news.intake_at, std::chrono::system_clock::time_point());
    ASSERT_EQ(desk_.questions.size(), 1U);
    EXPECT_EQ(desk_.questions[0].routes, std::vector{route_name("r1")});
    EXPECT_TRUE(counted(R"(pinwire_pulls_total{carrier="acme",result="news"} 1)"));
    EXPECT_TRUE(counted(R"(pinwire_dlrs_pulled_total{carrier="acme"} 1)"));
    EXPECT_TRUE(desk_.put_back.empty());
}

TEST_F(Pulls, OnlyNewsOfWhatWasAskedAboutGoesOn) {
    auto known = overdue(1);
    known.status = dlr_status::enroute;
    desk_.rounds = {{known, overdue(2)}};
    teller_.answers = {results(
        infobip_entry(1, on_its_way) + "," + infobip_entry(3, handset) + "," +
        infobip_entry(2, expired)
    )};
    run();
    ASSERT_EQ(desk_.told.size(), 1U);
    EXPECT_EQ(desk_.told[0].reference, id_of(2));
    EXPECT_EQ(desk_.told[0].status, dlr_status::expired);
}

TEST_F(Pulls, AWordThatNobodyKnowsMeansWhatIsNearestAsInAPostedReport) {
    use("360nrs");
    desk_.rounds = {{overdue(1)}, {overdue(2)}};
    const auto entry = [](int n, const char* word) {
        return http::response(
            200,
            "application/json",
            R"({"status":"ok","result":[{"custom":")" + id_of(n).hex() + R"(","status":")" + word +
                "\"}]}"
        );
    };
    teller_.answers = {entry(1, "UNDELIVERABLE"), entry(2, "HUH")};
    run();
    ASSERT_EQ(desk_.told.size(), 2U);
    EXPECT_EQ(desk_.told[0].status, dlr_status::undeliv);
    EXPECT_EQ(desk_.told[1].status, dlr_status::acceptd);
    EXPECT_EQ(desk_.told[1].raw_status, "HUH");
}

TEST_F(Pulls, AreAskedInPortionsAsTheCarrierTakesThem) {
    desk_.rounds.emplace_back();
    for (int n = 1; n <= 120; ++n)
        desk_.rounds[0].push_back(overdue(n));
    for (int i = 0; i < 3; ++i)
        teller_.answers.push_back(results(""));
    run();
    ASSERT_EQ(teller_.asked.size(), 3U);
    EXPECT_NE(teller_.asked[2].find("limit=20"), std::string::npos) << teller_.asked[2];
    EXPECT_TRUE(counted(R"(result="nothing_new"} 3)"));
}

TEST_F(Pulls, ByTheCarriersIdLeaveOutWhatHasNone) {
    use("twilio");
    auto nameless = overdue(1);
    nameless.carrier_message_id.clear();
    auto call = overdue(3);
    call.channel = channel::voice;
    desk_.rounds = {{nameless, overdue(2), call}};
    teller_.answers = {
        http::response(200, "application/json", R"({"sid":"id-2","status":"delivered"})"),
        http::response(200, "application/json", R"({"sid":"id-3","status":"busy"})")};
    run();
    const std::vector<std::string> asked = {
        "acme /2010-04-01/Accounts/AC1/Messages/id-2.json",
        "acme /2010-04-01/Accounts/AC1/Calls/id-3.json"};
    EXPECT_EQ(teller_.asked, asked);
    ASSERT_EQ(desk_.told.size(), 2U);
    EXPECT_EQ(desk_.told[0].carrier_message_id, "id-2");
    // the key of what was posted to the attempt's own URL: it is settled behind that
    EXPECT_EQ(desk_.told[0].reference, id_of(2));
    EXPECT_EQ(desk_.told[1].call, call_status::error_user_busy);
}

TEST_F(Pulls, OfADescribedCarrierGoAsItsDescriptionSays) {
    use("http");
    auto& described = settings_.carriers.at(name_).translator.http;
    described = carriers::samples::http_sample();
    described.pull.request.target = "/v1/messages/{id}?key={secret}";
    described.pull.status = "/state";
    auto nameless = overdue(1);
    nameless.carrier_message_id.clear();
    auto call = overdue(5);
    call.channel = channel::voice;
    desk_.rounds = {{nameless, overdue(2), overdue(3), overdue(4), call}};
    const auto state = [](const char* word) {
        return http::response(200, "application/json", R"({"state":")" + std::string(word) + "\"}");
    };
    teller_.answers = {
        state("delivered"),
        http::response(404, "application/json", "{}"),
        state("of another planet"),
        state("busy")};
    run();
    const std::vector<std::string> asked = {
        "acme /v1/messages/id-2?key=key",
        "acme /v1/messages/id-3?key=key",
        "acme /v1/messages/id-4?key=key",
        "acme /v1/messages/id-5?key=key"};
    EXPECT_EQ(teller_.asked, asked);
    ASSERT_EQ(desk_.told.size(), 3U);
    EXPECT_EQ(desk_.told[0].reference, id_of(2));
    EXPECT_EQ(desk_.told[0].status, dlr_status::delivrd);
    EXPECT_EQ(desk_.told[1].reference, id_of(4));
    EXPECT_EQ(desk_.told[1].status, dlr_status::acceptd) << "nothing is guessed from its word";
    EXPECT_EQ(desk_.told[2].reference, id_of(5));
    EXPECT_EQ(desk_.told[2].call, call_status::error_user_busy);
    EXPECT_EQ(said("pull_failed"), 0U) << "one that isn't there is no trouble";
}

TEST_F(Pulls, OfACarrierThatIsDownArePutBackAndAskedAgainUntilItIsBack) {
    desk_.rounds.emplace_back();
    for (int n = 1; n <= 60; ++n)
        desk_.rounds[0].push_back(overdue(n));
    desk_.rounds.push_back({overdue(1)});
    desk_.rounds.push_back({overdue(1)});
    run();
    EXPECT_EQ(teller_.asked.size(), 3U) << "after one silence the rest isn't tried";
    EXPECT_EQ(desk_.put_back.size(), 62U);
    EXPECT_EQ(said("pull_failed"), 1U) << "once in a row";
    EXPECT_TRUE(counted(R"(result="no_answer"} 3)"));

    desk_.rounds = {{overdue(1)}, {overdue(1)}};
    teller_.answers = {
        http::response(401, "application/json", "{}"), results(infobip_entry(1, handset))};
    run();
    EXPECT_EQ(desk_.told.size(), 1U);
    EXPECT_EQ(said("pull_restored"), 1U);
}

TEST_F(Pulls, ThatTheBrokerDoesNotTakeArePutBack) {
    desk_.broker_up = false;
    desk_.rounds = {{overdue(1)}};
    teller_.answers = {results(infobip_entry(1, handset))};
    run();
    EXPECT_EQ(desk_.put_back, std::vector{id_of(1)});
    EXPECT_TRUE(counted(R"(pinwire_dlrs_pulled_total{carrier="acme"} 0)"));
}

TEST_F(Pulls, AreNobodysBusinessButTheOnesWhoseTurnItIs) {
    desk_.ours = false;
    desk_.rounds = {{overdue(1)}, {overdue(1)}};
    run();
    EXPECT_TRUE(teller_.asked.empty());
}

TEST_F(Pulls, GoOnAfterTheDatabaseWasAway) {
    desk_.away = 2;
    desk_.rounds = {{overdue(1)}};
    teller_.answers = {results(infobip_entry(1, handset))};
    run();
    EXPECT_EQ(desk_.told.size(), 1U);
}

TEST_F(Pulls, AreOfThoseWhoCanBeAskedAndShallBe) {
    EXPECT_TRUE(pull_step::wanted(settings_, name_));
    settings_.carriers.at(name_).pull_after = 0ms;
    EXPECT_FALSE(pull_step::wanted(settings_, name_));
    use("kannel");
    EXPECT_FALSE(pull_step::wanted(settings_, name_));
    use("http");
    auto& described = settings_.carriers.at(name_).translator.http;
    described = carriers::samples::http_sample();
    EXPECT_FALSE(pull_step::wanted(settings_, name_));
    described.pull = carriers::samples::pull_sample();
    EXPECT_TRUE(pull_step::wanted(settings_, name_));
}

}  // namespace
}  // namespace pinwire::worker
