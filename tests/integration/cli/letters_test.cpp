// `pinwire dead-letters replay`: what goes back, what stays and why; then over a real Kafka.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "cli/letter_again.hpp"
#include "cli/oldest_letters.hpp"
#include "common/core/dlr.hpp"
#include "common/core/time_format.hpp"
#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"
#include "common/runtime/random.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/kafka_cluster.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

using headers = std::vector<std::pair<std::string, std::string>>;

const auto died = *parse_rfc3339("2026-06-01T12:00:00Z");
constexpr const char* a_job = R"({"job_id":"j1","account":"acme","to":"+34600000001"})";
constexpr const char* attempt = "0190a8b1c2d3e4f50123456789abcdef";

kafka::record letter_of(std::optional<std::string> payload, const headers& given) {
    kafka::record made;
    made.topic = "dead";
    made.partition = 2;
    made.offset = 17;
    made.key = "34600000001";
    made.payload = std::move(payload);
    made.timestamp = died;
    for (const auto& [name, value] : given) {
        kafka::header one;
        one.name = name;
        one.value = value;
        made.headers.push_back(std::move(one));
    }
    return made;
}

std::string header(const kafka::message& of, const char* name) {
    const auto* found = kafka::find_header(of.headers, name);
    return found == nullptr ? "(none)" : *found;
}

std::string ms(std::chrono::system_clock::time_point at) {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch());
    return std::to_string(since.count());
}

config::settings settings() {
    config::settings made;
    auto& carrier = made.carriers[carrier_name("alpha")];
    carrier.translator.kind = "infobip";
    carrier.translator.name = carrier_name("alpha");
    return made;
}

const key_ring& ring() {
    static const auto made =
        key_ring::parse(key_ring::make_line(key_id("k1"), random_bytes<32>(), true));
    return made;
}

kafka::record sealed(const std::string& text, const headers& given) {
    auto made = letter_of(std::nullopt, given);
    made.payload = ring().seal(secret(text), letter_context(made), random_bytes<12>());
    return made;
}

again report_again(const kafka::record& letter) {
    const auto of = settings();
    return dlr_letters(of, ring()).read(letter);
}

TEST(LetterAgain, AJobGoesBackAsItWasWithItsFirstTimeAndAMark) {
    const auto letter = letter_of(
        a_job,
        {{"pinwire-waiter", "api-1"},
         {"x-reason", "unknown_account"},
         {"x-orig-topic", "pin.jobs"},
         {"x-orig-timestamp", ms(died - 3s)}}
    );
    const auto made = job_again(letter, settings(), died + 10s);
    ASSERT_EQ(made.messages.size(), 1U) << made.stays;
    EXPECT_FALSE(made.late);
    const auto& job = made.messages[0];
    EXPECT_EQ(job.topic, "pin.jobs");
    EXPECT_EQ(job.key, "34600000001");
    EXPECT_EQ(job.payload, a_job);
    EXPECT_EQ(header(job, "pinwire-waiter"), "api-1");
    EXPECT_EQ(header(job, "x-orig-timestamp"), ms(died - 3s));
    EXPECT_EQ(header(job, "x-reason"), "(none)");
    EXPECT_EQ(header(job, "pinwire-replayed"), "1");
    EXPECT_EQ(header(job, "pinwire-replayed-from"), "dead/2/17");
}

TEST(LetterAgain, TheMarkCountsAndStandsOnce) {
    const auto letter = letter_of(
        a_job, {{"pinwire-replayed", "2"}, {"pinwire-replayed-from", "dead/1/1"}, {"x-reason", "r"}}
    );
    EXPECT_EQ(times_replayed(letter), 2);
    const auto made = job_again(letter, settings(), died);
    ASSERT_EQ(made.messages.size(), 1U);
    EXPECT_EQ(header(made.messages[0], "pinwire-replayed"), "3");
    const auto& all = made.messages[0].headers;
    EXPECT_EQ(all.size(), 3U) << "and the time of its origin, which is the letter's own";
    EXPECT_EQ(header(made.messages[0], "x-orig-timestamp"), ms(died));
    EXPECT_EQ(times_replayed(letter_of(a_job, {{"pinwire-replayed", "many"}})), 0);
}

TEST(LetterAgain, AJobThatIsTooLateSaysSo) {
    EXPECT_FALSE(job_again(letter_of(a_job, {}), settings(), died + 59min).late);
    EXPECT_TRUE(job_again(letter_of(a_job, {}), settings(), died + 61min).late);
    const auto before = letter_of(a_job, {{"x-orig-timestamp", ms(died - 2h)}});
    EXPECT_TRUE(job_again(before, settings(), died).late);
    const auto lasting = letter_of(
        R"({"job_id":"j","account":"a","to":"34600000001","send_within":604800,)"
        R"("pin":{"expires_in":0}})",
        {}
    );
    EXPECT_FALSE(job_again(lasting, settings(), died + 47h).late);
    EXPECT_TRUE(job_again(lasting, settings(), died + 49h).late) << "the dedupe horizon is over";
}

TEST(LetterAgain, AJobThatWouldOnlyDieAgainStays) {
    const std::pair<kafka::record, const char*> all[] = {
        {letter_of("{", {}), "still no job: not_json"},
        {letter_of(R"({"job_id":"a","account":"b","to":"34600000001","text":"no"})", {}), "text"},
        {letter_of(std::nullopt, {{"x-sha256", "00"}}), "only its hash"},
        {letter_of(a_job, {{"x-reason", "job_id_reused"}}), "another job's"},
        {letter_of(a_job, {{"x-orig-topic", "other"}}), "it came from other"},
    };
    for (const auto& [letter, why] : all) {
        const auto made = job_again(letter, settings(), died);
        EXPECT_TRUE(made.messages.empty()) << why;
        EXPECT_NE(made.stays.find(why), std::string::npos) << made.stays;
    }
}

TEST(LetterAgain, AReportIsReadAgainAndItsTokenCountsOnlyWhenItStoodAlone) {
    const auto body = R"({"results":[{"messageId":"7","status":{"id":5}}]})";
    const headers alone = {
        {"x-carrier", "alpha"}, {"x-channel", "sms"}, {"x-attempt", attempt}, {"x-alone", "1"}};
    const auto made = report_again(sealed(body, alone));
    ASSERT_EQ(made.messages.size(), 1U) << made.stays;
    const auto one = decode_dlr(*made.messages[0].payload);
    ASSERT_TRUE(one) << one.error();
    EXPECT_EQ(one->carrier, carrier_name("alpha"));
    EXPECT_EQ(one->status, dlr_status::delivrd);
    EXPECT_EQ(one->token, attempt_id::parse(attempt));
    EXPECT_EQ(one->intake_at, died) << "when the listener had it, not now";
    EXPECT_EQ(made.messages[0].key, attempt);
    EXPECT_EQ(made.messages[0].topic, "pin.dlrs");
    EXPECT_EQ(header(made.messages[0], "pinwire-replayed"), "1");
    const auto entry = report_again(sealed(
        R"({"messageId":"7","status":{"id":5}})", {{"x-carrier", "alpha"}, {"x-attempt", attempt}}
    ));
    ASSERT_EQ(entry.messages.size(), 1U) << entry.stays;
    EXPECT_FALSE(decode_dlr(*entry.messages[0].payload)->token) << "of several it proves nothing";
    const auto many = report_again(sealed(
        R"({"results":[{"messageId":"7","status":{"id":5}},{"messageId":"8",)"
        R"("status":{"id":5}}]})",
        alone
    ));
    ASSERT_EQ(many.messages.size(), 2U) << many.stays;
    EXPECT_FALSE(decode_dlr(*many.messages[1].payload)->token);
}

TEST(LetterAgain, ARequestWithoutABodyStoodAloneWhateverVersionKeptIt) {
    auto of = settings();
    auto& carrier = of.carriers[carrier_name("kannel")];
    carrier.translator.kind = "kannel";
    carrier.translator.name = carrier_name("kannel");
    const auto letter = sealed(
        "/dlr/kannel/token?status=1&smsid=7", {{"x-carrier", "kannel"}, {"x-attempt", attempt}}
    );
    const auto made = dlr_letters(of, ring()).read(letter);
    ASSERT_EQ(made.messages.size(), 1U) << made.stays;
    EXPECT_EQ(decode_dlr(*made.messages[0].payload)->token, attempt_id::parse(attempt));
}

TEST(LetterAgain, AReportThatCouldNotBeSettledGoesBackAsItWas) {
    dlr known;
    known.carrier = carrier_name("alpha");
    known.carrier_message_id = "7";
    known.status = dlr_status::delivrd;
    known.intake_at = died - 1h;
    const auto text = encode_dlr(known);
    const auto made = report_again(sealed(text, {{"x-reason", "refused_by_database_22000"}}));
    ASSERT_EQ(made.messages.size(), 1U) << made.stays;
    EXPECT_EQ(made.messages[0].payload, text);
    EXPECT_EQ(made.messages[0].key, "34600000001");
    const auto again = report_again(sealed(text, {{"x-reason", "r"}, {"pinwire-replayed", "1"}}));
    ASSERT_EQ(again.messages.size(), 1U) << again.stays;
    EXPECT_EQ(header(again.messages[0], "pinwire-replayed"), "2");
}

TEST(LetterAgain, AReportThatIsStillNoneStays) {
    const key_ring other =
        key_ring::parse(key_ring::make_line(key_id("k2"), random_bytes<32>(), true));
    const auto of = settings();
    const std::pair<again, const char*> all[] = {
        {report_again(sealed("{", {{"x-carrier", "alpha"}})), "still not read"},
        {report_again(sealed("{}", {{"x-carrier", "gone"}})), "no carrier"},
        {report_again(sealed("{}", {{"x-reason", "undecodable"}})), "still no report"},
        {report_again(letter_of(std::nullopt, {})), "empty"},
        {report_again(sealed(encode_dlr(dlr()), {{"x-sha256", "00"}})), "only its beginning"},
        {report_again(letter_of("clear", {})), "can't be unsealed"},
        {dlr_letters(of, other).read(sealed("{}", {})), "can't be unsealed"},
    };
    for (const auto& [made, why] : all) {
        EXPECT_TRUE(made.messages.empty()) << why;
        EXPECT_NE(made.stays.find(why), std::string::npos) << made.stays;
    }
}

kafka::record aged(std::chrono::seconds age, std::size_t bytes) {
    auto made = letter_of(std::string(bytes, 'x'), {});
    made.timestamp = died - age;
    return made;
}

std::vector<std::chrono::seconds> ages(const std::vector<kafka::record>& all) {
    std::vector<std::chrono::seconds> made;
    for (const auto& one : all)
        made.push_back(std::chrono::duration_cast<std::chrono::seconds>(died - one.timestamp));
    return made;
}

TEST(OldestLetters, AreAsManyAsWereAskedFor) {
    oldest_letters oldest(2, 1'000'000);
    for (const auto age : {3s, 9s, 1s, 7s, 5s})
        oldest.add(aged(age, 10));
    EXPECT_EQ(ages(oldest.take()), (std::vector{9s, 7s}));
    EXPECT_EQ(oldest.left_out(), 3U);
    EXPECT_FALSE(oldest.out_of_room());
}

TEST(OldestLetters, AreNoMoreThanFitAndLeaveNoGap) {
    oldest_letters oldest(100, 10'000);
    for (const auto& [age, bytes] : std::vector<std::pair<std::chrono::seconds, std::size_t>>{
             {9s, 4'000}, {8s, 4'000}, {7s, 8'000}, {6s, 4'000}, {5s, 100}, {1s, 100}})
        oldest.add(aged(age, bytes));
    // the last two would fit, but what is left out of 7 s could then not be gone on from
    EXPECT_EQ(ages(oldest.take()), (std::vector{9s, 8s}));
    EXPECT_EQ(oldest.left_out(), 4U);
    EXPECT_TRUE(oldest.out_of_room());
}

TEST(OldestLetters, KeepOneHoweverLarge) {
    oldest_letters oldest(10, 100);
    for (const auto age : {1s, 2s, 3s})
        oldest.add(aged(age, 5'000));
    EXPECT_EQ(ages(oldest.take()), std::vector{3s});
}

TEST(OldestLetters, OfOneMomentGoTogetherSoThatTheNextTimeGetsFurther) {
    oldest_letters oldest(2, 1'000'000);
    for (const auto age : {3s, 5s, 3s, 5s, 5s, 9s, 5s, 3s, 5s, 5s, 5s})
        oldest.add(aged(age, 10));
    EXPECT_EQ(ages(oldest.take()), (std::vector{9s, 5s, 5s, 5s, 5s, 5s, 5s, 5s}));
    EXPECT_EQ(oldest.left_out(), 3U);
    EXPECT_EQ(oldest.go_on_from(), died - 3s);

    oldest_letters large(100, 10'000);
    for (int i = 0; i < 50; ++i)
        large.add(aged(5s, 1'000));
    large.add(aged(1s, 1'000));
    EXPECT_EQ(large.take().size(), 50U);
    EXPECT_EQ(large.go_on_from(), died - 1s);
}

class Letters : public cli_test {
protected:
    void SetUp() override {
        use_kafka(test::kafka_cluster::shared_bootstrap());
        make_topics();
    }
    void die(const std::string& job, const std::string& reason) {
        produce(
            topic("jobs.dead"), letter_of(job, {{"x-reason", reason}, {"pinwire-waiter", "api-1"}})
        );
    }
    static std::string job(int n) {
        return fmt::format(R"({{"job_id":"j{}","account":"acme","to":"3460000000{}"}})", n, n);
    }
    std::size_t waiting() const { return records_of(topic("jobs")).size(); }
    ran replay(std::vector<std::string> more) const {
        more.insert(more.begin(), {"dead-letters", "replay"});
        return run(std::move(more));
    }
};

TEST_F(Letters, SaysFirstAndDoesItOnlyWhenTold) {
    die(job(1), "unknown_account");
    die("nonsense", "not_json");
    const auto said = replay({"--since", "1h"});
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_NE(said.out.find("1 letter would go back"), std::string::npos) << said.out;
    EXPECT_NE(said.out.find("say --yes"), std::string::npos) << said.out;
    EXPECT_NE(said.out.find("stays: still no job"), std::string::npos) << said.out;
    EXPECT_EQ(said.out.find("34600000001"), std::string::npos) << said.out;
    EXPECT_EQ(replay({"--since", "1h", "--dry-run"}).out, said.out);
    EXPECT_EQ(waiting(), 0U);
    const auto done = replay({"--since", "1h", "--yes", "--json"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.json()["letters"], 1);
    EXPECT_EQ(done.json()["stay"], 1);
    EXPECT_EQ(done.json()["replayed"], true);
    const auto back = records_of(topic("jobs"));
    ASSERT_EQ(back.size(), 1U);
    EXPECT_EQ(back[0].payload, job(1));
    EXPECT_EQ(back[0].key, "34600000001");
    EXPECT_EQ(*back[0].find_header("pinwire-replayed"), "1");
    EXPECT_EQ(*back[0].find_header("pinwire-waiter"), "api-1");
    EXPECT_EQ(records_of(topic("jobs.dead")).size(), 2U) << "the letters stay where they are";
}

TEST_F(Letters, GoesByPlaceReasonTimeAndLimit) {
    for (int i = 1; i <= 4; ++i)
        die(job(i), i % 2 == 0 ? "unknown_account" : "bad_value");
    const auto letters = records_of(topic("jobs.dead"));
    const auto count = [this](std::vector<std::string> how) {
        how.push_back("--json");
        const auto said = replay(std::move(how));
        EXPECT_EQ(said.code, 0) << said.err;
        return said.code == 0 ? said.json()["letters"].get<int>() : -1;
    };
    const auto place = [&letters](std::size_t i) {
        return fmt::format("{}:{}", letters[i].partition, letters[i].offset);
    };
    EXPECT_EQ(count({place(0)}), 1);
    EXPECT_EQ(count({place(0), place(3)}), 2);
    EXPECT_EQ(count({"--since", "1h", "--reason", "bad_value"}), 2);
    EXPECT_EQ(count({"--since", "1h", "--limit", "3"}), 3);
    EXPECT_NE(
        replay({"--since", "1h", "--limit", "3"}).out.find("1 more match"), std::string::npos
    );
    EXPECT_EQ(replay({"--since", "2h", "--until", "1h"}).code, 1);
    EXPECT_EQ(count({"--since", "1h", "--rate", "1000", "--yes"}), 4);
    EXPECT_EQ(waiting(), 4U);
}

TEST_F(Letters, ThatWereNamedAndStayEndWithOne) {
    die("nonsense", "not_json");
    die(job(1), "unknown_account");
    const auto letters = records_of(topic("jobs.dead"));
    ASSERT_EQ(letters.size(), 2U);
    const bool first = letters[0].payload == "nonsense";
    const auto place = [&letters](bool of_first) {
        const auto& one = letters[of_first ? 0 : 1];
        return fmt::format("{}:{}", one.partition, one.offset);
    };
    EXPECT_EQ(replay({place(first)}).code, 0) << "nothing was to be done";
    const auto stays = replay({place(first), "--yes"});
    EXPECT_EQ(stays.code, 1);
    EXPECT_NE(stays.out.find("stays: still no job"), std::string::npos) << stays.out;
    EXPECT_EQ(replay({place(first), place(!first), "--yes"}).code, 0);
}

TEST_F(Letters, AreReadFromWhereTheTimeBegins) {
    for (int i = 1; i <= 5; ++i)
        die(job(i), "r");
    const auto letters = records_of(topic("jobs.dead"));
    ASSERT_EQ(letters.size(), 5U);
    std::vector<kafka::offset_range> ranges;
    for (const auto& one : kafka::end_offsets(where(), topic("jobs.dead")))
        ranges.push_back({one.at, one.first, one.end});
    const auto left = [&](std::chrono::system_clock::time_point since) {
        std::int64_t count = 0;
        for (const auto& one : kafka::begun_at(where(), ranges, since))
            count += one.end - one.from;
        return count;
    };
    auto youngest = letters.front().timestamp;
    for (const auto& one : letters)
        youngest = std::max(youngest, one.timestamp);
    EXPECT_EQ(left(youngest - 1h), 5);
    EXPECT_GE(left(youngest), 1);
    EXPECT_EQ(left(youngest + 1ms), 0) << "nothing of that time";
    EXPECT_EQ(replay({"--since", "1h"}).code, 0);
}

TEST_F(Letters, NamesWhatIsWrongWithTheQuestion) {
    for (const auto& wrong : std::vector<std::vector<std::string>>{
             {},
             {"0:0", "--since", "1h"},
             {"0:0", "--reason", "x"},
             {"first"},
             {"--since", "yesterday"},
             {"--since", "1h", "--until", "2h"},
             {"--since", "1h", "--rate", "0"},
             {"--since", "1h", "--yes", "--dry-run"},
             {"--since", "1h", "--topic", "events"}})
        EXPECT_EQ(replay(wrong).code, 2);
    EXPECT_EQ(replay({"--since", "1h"}).code, 1) << "there is none";
    EXPECT_EQ(replay({"0:7"}).code, 1);
}

TEST_F(Letters, AReplayedReportIsReadWithTheRingAndNeverShown) {
    const auto own = key_ring::parse(test::read_file(directory_ / "ring"));
    auto letter = letter_of(std::nullopt, {{"x-carrier", "alpha"}, {"x-reason", "unreadable"}});
    const auto* body = R"({"results":[{"messageId":"7","text":"4711","status":{"id":5}}]})";
    letter.payload = own.seal(secret(body), letter_context(letter), random_bytes<12>());
    produce(topic("dlrs.dead"), letter);
    const auto done = replay({"--topic", "dlrs", "--since", "1h", "--yes"});
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.out.find("4711"), std::string::npos) << done.out;
    const auto back = records_of(topic("dlrs"));
    ASSERT_EQ(back.size(), 1U);
    const auto one = decode_dlr(*back[0].payload);
    ASSERT_TRUE(one) << one.error();
    EXPECT_EQ(one->status, dlr_status::delivrd);
    EXPECT_EQ(back[0].payload->find("4711"), std::string::npos);
}

TEST_F(Letters, TheListSaysHowOftenEachWasReplayed) {
    produce(topic("jobs.dead"), letter_of(job(1), {{"x-reason", "r"}, {"pinwire-replayed", "41"}}));
    const auto listed = run({"dead-letters", "list"});
    EXPECT_NE(listed.out.find("REPLAYED"), std::string::npos) << listed.out;
    EXPECT_NE(listed.out.find("41"), std::string::npos) << listed.out;
}

}  // namespace
}  // namespace pinwire::cli
