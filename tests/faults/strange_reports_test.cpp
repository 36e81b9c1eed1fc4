// Reports as carriers shouldn't post them: before the answer, ten times, backwards, after the end,
// for nobody, a hundred with one that is none, by strangers, signed wrongly, replayed. Each job
// ends in the status that its carrier told last of all, and its customer hears of it once.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/core/base64.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/hmac_sha1.hpp"
#include "tests/faults/told.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* signing_key = "sim-key";

// Nothing ends by its timer here, however slow the machine is; Twilio and Vonage sign. What goes to
// 39 goes by Vonage.
stack_options patient() {
    stack_options made;
    made.edit = [](toml_tables& to) {
        for (auto& [table, keys] : to)
            if (table.starts_with("routes.")) keys["validity"] = "\"300s\"";
        for (const std::string name : {"twilio", "vonage"}) {
            auto& proof = to["carriers." + name + ".dlr_auth"];
            proof["signature"] = '"' + name + '"';
            proof["signature_secret_file"] = "\"carrier\"";
        }
        to["routes.it"] = to["routes.fr_second"];
        to["routes.it"]["prefixes"] = R"(["39"])";
    };
    return made;
}

class StrangeReports : public testing::Test {
protected:
    // Taken by a carrier that never reports by itself.
    void send_silent(const std::string& name, const std::string& prefix, int count = 1) {
        std::vector<made_job> jobs;
        for (int i = 0; i < count; ++i) {
            jobs.push_back(stack_.jobs().sms(name + "-" + std::to_string(1000 + i), prefix, "0003")
            );
        }
        stack_.produce(jobs);
    }
    void wait_for_sent(std::int64_t jobs) {
        const auto all = [&] {
            return stack_.count("select count(*) from attempt where state = 4") == jobs;
        };
        ASSERT_TRUE(eventually(all, 60s, "all of them sent")) << stack_.tails();
    }
    std::string attempt_of(const std::string& job) { return carried_of(stack_, job).at(0).attempt; }
    std::string row_of(const std::string& job, const std::string& column) {
        return stack_
            .query("select " + column + "::text from job where starts_with(job_id, '" + job + "')")
            .one()
            .text_or_empty(0);
    }
    void wait_for(const std::string& job, news what) {
        const auto there = [&] {
            return row_of(job, "dlr_status") == std::to_string(rank_of(what));
        };
        ASSERT_TRUE(eventually(there, 30s, job + " as it was told")) << stack_.tails();
    }
    // What the customer was told of it.
    std::set<std::string> told_customer(const std::string& job) {
        const auto id = row_of(job, "hex_name(id)");
        std::set<std::string> made;
        for (const auto& line : stack_.journal("report")) {
            for (std::size_t i = 0; i < line["ids"].size(); ++i) {
                auto of = line["ids"][i].get<std::string>();
                std::erase(of, '-');
                if (of == id) made.insert(line["statuses"][i].get<std::string>());
            }
        }
        return made;
    }
    // A post of Twilio's, signed over the URL that it was told and the sorted parameters.
    int tell_twilio(const std::string& attempt, const std::string& key) {
        const auto path = stack_.dlr_path("twilio", attempt);
        const auto signed_text =
            "http://" + stack_.dlr_door() + path + "MessageSidSM1MessageStatusdelivered";
        const auto mark = base64_encode(hmac_sha1(key, signed_text));
        return http_call(
                   stack_.dlr_door(),
                   "POST",
                   path,
                   "MessageSid=SM1&MessageStatus=delivered",
                   "application/x-www-form-urlencoded",
                   15s,
                   "X-Twilio-Signature: " + mark + "\r\n"
        )
            .status;
    }

    static std::string receipt_of(const std::string& attempt, const char* status) {
        const nlohmann::json fields = {{"client-ref", attempt}, {"status", status}};
        return fields.dump();
    }
    // Vonage's bearer token of a body, issued so long ago; `life`: 0: none is stated.
    static std::string token_of(
        const std::string& body,
        std::chrono::seconds ago,
        std::chrono::seconds life = 0s,
        const char* key = signing_key
    ) {
        const auto issued =
            std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() - ago);
        nlohmann::json claims = {{"iat", issued}, {"payload_hash", hex_encode(sha256(body))}};
        if (life > 0s) claims["exp"] = issued + life.count();
        const auto part = [](const std::string& text) {
            return base64url_encode(
                std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size())
            );
        };
        const auto text = part(R"({"alg":"HS256","typ":"JWT"})") + "." + part(claims.dump());
        return text + "." + base64url_encode(hmac_sha256(key, text));
    }
    int tell_vonage(const std::string& attempt, const std::string& body, const std::string& token) {
        return http_call(
                   stack_.dlr_door(),
                   "POST",
                   stack_.dlr_path("vonage", attempt),
                   body,
                   "application/json",
                   15s,
                   "Authorization: Bearer " + token + "\r\n"
        )
            .status;
    }
    // The raw reports that are kept of it.
    std::int64_t kept_of(const std::string& attempt) {
        return stack_.count("select count(*) from dlr_history where attempt = '" + attempt + "'");
    }
    // What the listener took of it.
    std::ptrdiff_t taken_of(const std::string& attempt) {
        const auto all = read_topic(stack_.bootstrap(), stack_.topic("dlrs"));
        return std::count_if(all.begin(), all.end(), [&attempt](const raw_record& one) {
            return one.payload.value_or("").find(attempt) != std::string::npos;
        });
    }
    // What its customer was sent, and what waits to be.
    std::int64_t tries_of(const std::string& job) {
        return stack_.count(
            "select count(*) from report_try where job = '" + row_of(job, "hex_name(id)") + "'"
        );
    }
    std::int64_t waiting_reports() {
        return stack_.count(
            "select (select count(*) from report) + (select count(*) from report_retry)"
        );
    }

    pinwire_stack stack_{patient()};
};

TEST_F(StrangeReports, EndEachJobOnceAndCostTheOthersNothing) {
    stack_.start();
    for (const auto* name : {"ten", "back", "after", "alone"})
        send_silent(name, "34");
    send_silent("stranger", "49");
    send_silent("signed", "33");
    send_silent("hundred", "34", 99);
    wait_for_sent(105);

    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(tell(stack_, "infobip", attempt_of("ten"), news::delivered), 200);
    for (const auto what : {news::delivered, news::on_its_way, news::accepted})
        EXPECT_EQ(tell(stack_, "infobip", attempt_of("back"), what), 200);

    EXPECT_EQ(tell(stack_, "infobip", attempt_of("after"), news::undelivered), 200);
    const auto heard = [&] { return told_customer("after").size() == 1; };
    ASSERT_TRUE(eventually(heard, 30s, "the first final report")) << stack_.tails();
    const auto final_words = told_customer("after");
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(tell(stack_, "infobip", attempt_of("after"), news::delivered), 200);
    wait_for("after", news::delivered);

    // a token that is good, of an attempt that isn't there: kept until its time is over
    const std::string nobody(32, 'e');
    EXPECT_EQ(tell(stack_, "infobip", nobody, news::delivered), 200);
    const auto kept = [&] { return stack_.count("select count(*) from dlr_parked") == 1; };
    ASSERT_TRUE(eventually(kept, 30s, "the report of nobody's attempt")) << stack_.tails();
    EXPECT_EQ(stack_.count("delete from dlr_parked returning 1"), 1);

    std::vector<nlohmann::json> batch;
    for (const auto& one : carried_of(stack_, "hundred"))
        batch.push_back(infobip_entry(one.attempt, news::delivered));
    batch.insert(batch.begin() + 50, nlohmann::json("no report at all"));
    ASSERT_EQ(batch.size(), 100U);
    EXPECT_EQ(tell_infobip(stack_, batch, attempt_of("alone")), 200);

    auto forged = stack_.dlr_path("kannel", attempt_of("stranger"));
    auto& changed = forged[forged.size() - 3];
    changed = changed == 'a' ? 'b' : 'a';
    for (const auto* query : {"?status=1", "?status=2"})
        EXPECT_EQ(http_call(stack_.dlr_door(), "GET", forged + query).status, 403);
    EXPECT_EQ(tell_twilio(attempt_of("signed"), "not the key"), 403);

    // what strangers said moved nothing; the right ones do
    for (const auto* job : {"stranger", "signed", "alone"})
        EXPECT_EQ(row_of(job, "dlr_status"), "") << job;
    EXPECT_EQ(tell(stack_, "kannel", attempt_of("stranger"), news::undelivered), 200);
    EXPECT_EQ(tell(stack_, "infobip", attempt_of("alone"), news::delivered), 200);
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(tell_twilio(attempt_of("signed"), signing_key) / 100, 2) << "replay " << i;

    EXPECT_TRUE(oracle(stack_).holds());
    for (const auto* job : {"ten", "back", "after", "signed", "alone"})
        EXPECT_EQ(row_of(job, "dlr_status"), "8") << job;
    EXPECT_EQ(stack_.count("select count(*) from job where dlr_status = 8"), 104);
    EXPECT_EQ(told_customer("after"), final_words) << "it was final before";
    EXPECT_EQ(read_topic(stack_.bootstrap(), stack_.topic("dlrs_dead")).size(), 1U);
}

// A captured post, while its token is young, is the same report over again: it is taken and moves
// nothing. Later, or under another body, it is a stranger's.
TEST_F(StrangeReports, SignedByVonageChangeNothingWhenTheyAreReplayed) {
    stack_.start();
    send_silent("told", "39");
    send_silent("late", "39");
    wait_for_sent(2);
    const auto told = attempt_of("told"), late = attempt_of("late");
    const auto body = receipt_of(told, "delivered");
    const auto token = token_of(body, 60s, 15min);
    EXPECT_EQ(tell_vonage(told, body, token), 200);
    const auto reported = [&] { return tries_of("told") > 0 && waiting_reports() == 0; };
    ASSERT_TRUE(eventually(reported, 30s, "the final report")) << stack_.tails();
    const auto row = row_of("told", "row(version, final_at, dlr_status)");
    const auto tries = tries_of("told");

    for (int i = 0; i < 11; ++i)
        EXPECT_EQ(tell_vonage(told, body, token), 200) << "replay " << i;
    const auto settled = [&] { return kept_of(told) >= 12; };
    ASSERT_TRUE(eventually(settled, 30s, "each of them settled")) << stack_.tails();
    EXPECT_EQ(row_of("told", "row(version, final_at, dlr_status)"), row);
    EXPECT_EQ(waiting_reports(), 0);
    EXPECT_EQ(tries_of("told"), tries);

    EXPECT_EQ(tell_vonage(told, receipt_of(told, "failed"), token), 403) << "of another body";
    const auto other = receipt_of(late, "delivered");
    EXPECT_EQ(tell_vonage(late, other, token_of(other, 25h)), 403) << "older than signature_age";
    EXPECT_EQ(tell_vonage(late, other, token_of(other, 10min, 5min)), 403) << "expired";
    EXPECT_EQ(tell_vonage(late, other, token_of(other, -10min)), 403) << "not issued yet";
    EXPECT_EQ(tell_vonage(late, other, token_of(other, 0s, 0s, "no key")), 403);
    EXPECT_EQ(row_of("late", "dlr_status"), "");
    EXPECT_EQ(tell_vonage(late, other, token_of(other, 0s)), 200);

    EXPECT_TRUE(oracle(stack_).holds());
    EXPECT_EQ(row_of("late", "dlr_status"), "8");
    EXPECT_EQ(taken_of(told), 12);
    EXPECT_EQ(taken_of(late), 1) << "what was refused is nowhere";
    EXPECT_EQ(row_of("told", "row(version, final_at, dlr_status)"), row);
    EXPECT_EQ(tries_of("told"), tries);
}

// Where others lose it: the report is posted, and answered, while the request is still under way.
TEST_F(StrangeReports, ThatComeBeforeTheAnswerAreNotLost) {
    stack_.start();
    std::vector<made_job> jobs;
    for (const auto* prefix : {"34", "44", "49"}) {
        for (int i = 0; i < 10; ++i) {
            const auto id = std::string("early-") + prefix + "-" + std::to_string(i);
            jobs.push_back(stack_.jobs().sms(id, prefix, "0004"));
        }
    }
    stack_.produce(jobs);
    EXPECT_TRUE(oracle(stack_).holds());
    EXPECT_EQ(stack_.count("select count(*) from job where dlr_status = 8"), 30);
    for (const auto& line : stack_.journal("dlr"))
        EXPECT_EQ(line["try"], 1) << "none had to come again: " << line.dump();
}

}  // namespace
}  // namespace pinwire::test
