// A call whose platform asks what to say is told where, and the words go nowhere else.
#include <gtest/gtest.h>

#include "common/core/call_words.hpp"
#include "tests/component/worker/world.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using test::world;

config::settings calls_by_twilio(bool detects) {
    auto made = test::settings();
    auto& by = made.carriers.at(carrier_name("alpha")).translator;
    by.kind = "twilio";
    by.username = "AC1";
    by.machine_detection = detects;
    made.routes.erase(route_name("second"));
    auto& route = made.routes.at(route_name("first"));
    route.channel = channel::voice;
    route.sender = sender_name("34911000000");
    return made;
}

std::string call(const std::string& text) {
    return test::json_of("j1", R"("channel":"voice","hlr_lookup":0,"text":")" + text + "\"");
}

test::sent_request only_call(world& w, const std::string& payload) {
    w.carriers.carrier_script["alpha"] = {
        test::answered(201, R"({"sid":"CA1","status":"queued"})")};
    w.live({payload});
    EXPECT_EQ(w.carriers.sent.size(), 1U);
    EXPECT_EQ(w.store.records.at(0).result, postgres::record_result::sent);
    return w.carriers.sent.empty() ? test::sent_request() : w.carriers.sent.front();
}

std::size_t digits_in(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        if (c >= '0' && c <= '9') ++count;
    return count;
}

TEST(Calls, ThatAskForTheirWordsAreToldWhere) {
    world w(calls_by_twilio(true));
    const auto began = std::chrono::system_clock::now();
    const auto sent = only_call(w, call("Your code: {PIN}"));
    EXPECT_TRUE(sent.lawful);
    EXPECT_EQ(sent.text, "");
    const std::string start = "https://pins.example.com/say/alpha/";
    ASSERT_TRUE(sent.words_url.starts_with(start)) << sent.words_url;
    const auto rest = sent.words_url.substr(start.size());
    const auto slash = rest.find('/');
    const auto keys = test::ring("k1", 1);
    const auto token = keys.verify_dlr_token(carrier_name("alpha"), rest.substr(0, slash), began);
    ASSERT_TRUE(token);
    EXPECT_EQ(*token, sent.attempt);
    const auto words =
        open_words(keys, carrier_name("alpha"), sent.attempt, rest.substr(slash + 1));
    ASSERT_TRUE(words);
    EXPECT_EQ(digits_in(words->text.reveal()), 1U + 12U) << "a pause of 1 s, and six digits twice";
    EXPECT_GT(words->until, began);
    EXPECT_LE(words->until, std::chrono::system_clock::now() + 1h) << "the PIN's life";
}

TEST(Calls, ThatBringTheirWordsAlongAreToldNothingElse) {
    world w(calls_by_twilio(false));
    const auto sent = only_call(w, call("Your code: {PIN}"));
    EXPECT_EQ(sent.words_url, "");
    EXPECT_EQ(digits_in(sent.text), 1U + 12U);
}

TEST(Calls, WhoseWordsAreTooLongForTheUrlAreNotPlaced) {
    world w(calls_by_twilio(true));
    w.live({call(std::string(1500, 'a') + " {PIN}")});
    EXPECT_TRUE(w.carriers.sent.empty());
    ASSERT_EQ(w.store.records.size(), 1U);
    EXPECT_EQ(w.store.records[0].error, "words_too_long");
}

}  // namespace
}  // namespace pinwire::worker
