// Guesses: exactly as many as a PIN has tries, whoever guesses at once.
#include <atomic>
#include <thread>

#include "common/postgres/guesses.hpp"
#include "common/postgres/orders.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

const auto number = *msisdn::parse("447700900123");

guess_mac mac_of(std::uint8_t pin) {
    guess_mac out{};
    out.fill(pin);
    return out;
}

constexpr std::uint8_t right_pin = 42;
constexpr std::uint8_t wrong_pin = 13;

// A job whose PIN can be guessed.
claim_request guessable(const std::string& job, std::uint32_t max_tries = 3) {
    auto out = sms_request(job);
    out.pin->guess_mac = mac_of(right_pin);
    out.pin->guess_key = key_id("k1");
    out.pin->parameters.max_tries = max_tries;
    return out;
}

guess_request guess_of(std::uint8_t pin, const std::string& job = "j1") {
    guess_request out;
    out.account = account_name("acme");
    out.pin = pin_id("pin-" + job);
    out.to = number;
    out.mac = mac_of(pin);
    return out;
}

using kind = guess_answer::kind;

class guessing : public database {
protected:
    guess_answer guess_one(const guess_request& request) {
        return guess(*api_, {&request, 1}).front();
    }
    // All at once, each on a session of its own.
    template <class F>
    void in_parallel(int sessions, F work) {
        std::vector<std::unique_ptr<session>> all;
        for (int i = 0; i < sessions; ++i)
            all.push_back(another("pinwire_api"));
        std::atomic<bool> go{false};
        std::vector<std::thread> threads;
        for (int i = 0; i < sessions; ++i) {
            threads.emplace_back([&, i] {
                while (!go)
                    std::this_thread::yield();
                work(*all[i], i);
            });
        }
        go = true;
        for (auto& one : threads)
            one.join();
    }
    void age_failures(const std::string& by) {
        db().query("update guess_failures set last_at = last_at - '" + by + "'::interval");
    }
    std::unique_ptr<session> api_ = another("pinwire_api");
};

TEST_F(guessing, ComparesExactlyThreeOfAThousandParallelGuesses) {
    claim_one(guessable("j1"));
    std::atomic<int> wrong{0};
    std::atomic<int> used_up{0};
    std::atomic<int> left{0};
    in_parallel(8, [&](session& with, int n) {
        for (int turn = 0; turn < 5; ++turn) {
            std::vector<guess_request> batch(25, guess_of(static_cast<std::uint8_t>(100 + n)));
            for (const auto& one : guess(with, batch)) {
                wrong += one.what == kind::wrong;
                used_up += one.what == kind::used_up;
                if (one.what == kind::wrong) left += *one.tries_left;
            }
        }
    });
    EXPECT_EQ(wrong, 3);
    EXPECT_EQ(used_up, 997);
    EXPECT_EQ(left, 2 + 1 + 0);
    EXPECT_EQ(guess_one(guess_of(right_pin)).what, kind::used_up) << "even if right";
    EXPECT_EQ(value("select sealed is null and guess_mac is null from pin"), "t");
}

TEST_F(guessing, TellsOnlyOneOfParallelRightOnesThatItIsTheFirst) {
    claim_one(guessable("j1"));
    std::atomic<int> right{0};
    std::atomic<int> first{0};
    in_parallel(8, [&](session& with, int) {
        for (const auto& one : guess(with, std::vector<guess_request>(2, guess_of(right_pin)))) {
            right += one.what == kind::right;
            first += one.what == kind::right && !one.verified_before;
        }
    });
    EXPECT_EQ(right, 16);
    EXPECT_EQ(first, 1);
    EXPECT_EQ(guess_one(guess_of(wrong_pin)).tries_left, 2) << "wrong ones after it count";
    EXPECT_EQ(value("select sealed from pin"), "v1.k.j1") << "it can still be sent again";
}

TEST_F(guessing, SpendsASingleUsePinOnce) {
    auto request = guessable("j1");
    request.pin->parameters.single_use = true;
    claim_one(request);
    std::atomic<int> right{0};
    std::atomic<int> spent{0};
    in_parallel(8, [&](session& with, int) {
        for (const auto& one : guess(with, std::vector<guess_request>(2, guess_of(right_pin)))) {
            right += one.what == kind::right;
            spent += one.what == kind::used_up && one.spent;
        }
    });
    EXPECT_EQ(right, 1);
    EXPECT_EQ(spent, 15);
    EXPECT_EQ(value("select sealed is null and guess_mac is null from pin"), "t");
    auto again = sms_request("j2");
    again.pin->id = request.pin->id;
    EXPECT_EQ(claim_one(again).reason, "pin_spent");
}

TEST_F(guessing, CountsABatchOneAfterTheOther) {
    claim_one(guessable("j1"));
    claim_one(guessable("j2"));
    const auto answers = guess(
        *api_,
        std::vector<guess_request>{
            guess_of(wrong_pin, "j2"),
            guess_of(wrong_pin, "j1"),
            guess_of(right_pin, "j1"),
            guess_of(wrong_pin, "j1"),
            guess_of(right_pin, "j3"),
            guess_of(wrong_pin, "j1"),
            guess_of(right_pin, "j1")}
    );
    const std::vector<kind> expected{
        kind::wrong, kind::wrong, kind::right, kind::wrong, kind::gone, kind::wrong, kind::used_up};
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(answers[i].what, expected[i]) << i;
    EXPECT_EQ(answers[0].tries_left, 2);
    EXPECT_EQ(answers[2].tries_left, 2) << "success neither costs nor restores";
    EXPECT_EQ(answers[5].tries_left, 0);
    EXPECT_FALSE(answers[6].spent);
}

TEST_F(guessing, JudgesABatchOfDifferentPinsAsIfTheyCameAlone) {
    for (const auto* job : {"right", "wrong", "last", "late", "ended", "twice", "held", "free"})
        claim_one(guessable(job));
    auto once = guessable("once");
    once.pin->parameters.single_use = true;
    claim_one(once);
    db().query("update pin set tries_left = 1 where pin_id = 'pin-last'");
    db().query("update pin set expires_at = clock_timestamp() where pin_id = 'pin-late'");
    db().query("update pin set cancelled_at = clock_timestamp() where pin_id = 'pin-ended'");
    db().query("update pin set verified_at = clock_timestamp() where pin_id = 'pin-twice'");
    std::vector<guess_request> batch;
    for (const auto* job : {"right", "wrong", "last", "late", "ended", "twice", "none", "once"})
        batch.push_back(guess_of(batch.size() % 3 == 0 ? right_pin : wrong_pin, job));
    batch[5] = guess_of(right_pin, "twice");
    batch[7] = guess_of(right_pin, "once");
    for (const auto* job : {"held", "free"}) {
        auto one = guess_of(wrong_pin, job);
        one.limit = rate_limit{1, 1h};
        one.limit_scope = std::string("verify:app:") + job;
        if (batch.size() == 8) {
            EXPECT_EQ(guess_one(one).what, kind::wrong);
        }
        batch.push_back(one);
    }
    const auto answers = guess(*api_, batch);
    const std::vector<kind> expected{
        kind::right,
        kind::wrong,
        kind::wrong,
        kind::expired,
        kind::used_up,
        kind::right,
        kind::gone,
        kind::right,
        kind::limited,
        kind::wrong};
    for (std::size_t i = 0; i < expected.size(); ++i)
        EXPECT_EQ(answers[i].what, expected[i]) << i;
    EXPECT_EQ(answers[0].tries_left, 3);
    EXPECT_EQ(answers[1].tries_left, 2);
    EXPECT_EQ(answers[2].tries_left, 0);
    EXPECT_FALSE(answers[0].verified_before);
    EXPECT_TRUE(answers[5].verified_before);
    EXPECT_GT(answers[8].retry_after, 59min);
    EXPECT_EQ(
        value("select string_agg(pin_id, ' ' order by pin_id) from pin where guess_mac is null"),
        "pin-last pin-once"
    );
    EXPECT_EQ(
        value("select string_agg(pin_id, ' ' order by pin_id) from pin where verified_at is not "
              "null"),
        "pin-once pin-right pin-twice"
    );
    EXPECT_EQ(value("select tries_left from pin where pin_id = 'pin-held'"), "2");
    EXPECT_EQ(guess_one(batch[9]).what, kind::limited) << "it took its place";
}

TEST_F(guessing, CountsAGuessThatCantBeRight) {
    claim_one(guessable("j1"));
    auto short_one = guess_of(right_pin);
    short_one.mac.reset();
    EXPECT_EQ(guess_one(short_one).what, kind::wrong);
    EXPECT_EQ(guess_one(short_one).tries_left, 1);
}

TEST_F(guessing, NeverRunsOutWithoutABound) {
    claim_one(guessable("j1", 0));
    for (int i = 0; i < 20; ++i) {
        const auto answer = guess_one(guess_of(wrong_pin));
        EXPECT_EQ(answer.what, kind::wrong);
        EXPECT_FALSE(answer.tries_left);
    }
    EXPECT_EQ(guess_one(guess_of(right_pin)).what, kind::right);
}

TEST_F(guessing, CostsNothingOnceExpired) {
    claim_one(guessable("j1"));
    auto request = guess_of(right_pin);
    request.limit = rate_limit{1, 1h};
    request.limit_scope = "verify:a:n";
    request.strict = true;
    db().query("update pin set expires_at = clock_timestamp() - interval '1 second'");
    EXPECT_EQ(guess_one(request).what, kind::expired);
    EXPECT_EQ(guess_one(request).what, kind::expired) << "and takes no place of the limit";
    EXPECT_EQ(value("select tries_left from pin"), "3");
    EXPECT_EQ(value("select failures from guess_failures"), "0");
    db().query("update pin set tries_left = 0");
    EXPECT_EQ(guess_one(request).what, kind::expired) << "wins over used up";
}

TEST_F(guessing, RefusesOverItsLimitWithoutComparing) {
    claim_one(guessable("j1"));
    std::atomic<int> wrong{0};
    std::atomic<int> limited{0};
    in_parallel(8, [&](session& with, int) {
        auto one = guess_of(wrong_pin);
        one.limit = rate_limit{2, 1h};
        one.limit_scope = "verify:app:447700900123";
        for (const auto& answer : guess(with, std::vector<guess_request>(4, one))) {
            wrong += answer.what == kind::wrong;
            limited += answer.what == kind::limited && answer.retry_after > 59min;
        }
    });
    EXPECT_EQ(wrong, 2);
    EXPECT_EQ(limited, 30);
    EXPECT_EQ(guess_one(guess_of(right_pin)).tries_left, 1);
}

TEST_F(guessing, KnowsOnlyTheNewestOfANumber) {
    auto older = guessable("j1");
    older.pin->by_number = true;
    claim_one(older);
    pin_question by_number;
    by_number.account = account_name("acme");
    by_number.to = number;
    EXPECT_EQ(find_pins(*api_, {&by_number, 1}).front()->pin, pin_id("pin-j1"));
    auto newer = guessable("j2");
    newer.pin->by_number = true;
    newer.requested_at += 1ms;
    claim_one(newer);
    auto guess_by_number = guess_of(right_pin);
    guess_by_number.by_number = true;
    EXPECT_EQ(guess_one(guess_by_number).what, kind::newer) << "found before the newer was minted";
    const auto found = find_pins(*api_, {&by_number, 1}).front();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->pin, pin_id("pin-j2"));
    EXPECT_EQ(found->guess_key, key_id("k1"));
    EXPECT_EQ(found->to, number);
    EXPECT_EQ(found->length, 6);
    EXPECT_EQ(
        value("select sealed is null and guess_mac is null from pin where pin_id = 'pin-j1'"), "t"
    );
    guess_by_number.pin = found->pin;
    EXPECT_EQ(guess_one(guess_by_number).what, kind::right);
}

TEST_F(guessing, FindsByIdInItsAccountOnly) {
    claim_one(guessable("j1"));
    std::vector<pin_question> questions(3);
    for (auto& one : questions)
        one.account = account_name("acme");
    questions[0].pin = pin_id("nope");
    questions[1].pin = pin_id("pin-j1");
    questions[2].account = account_name("umbrella");
    questions[2].pin = pin_id("pin-j1");
    const auto found = find_pins(*api_, questions);
    EXPECT_FALSE(found[0]);
    EXPECT_TRUE(found[1]);
    EXPECT_FALSE(found[2]);
    auto stranger = guess_of(right_pin);
    stranger.account = account_name("umbrella");
    EXPECT_EQ(guess_one(stranger).what, kind::gone);
}

TEST_F(guessing, BacksOffFromTheFourthFailureAcrossPins) {
    auto strict = [](std::uint8_t pin, const std::string& job) {
        auto out = guess_of(pin, job);
        out.strict = true;
        return out;
    };
    claim_one(guessable("j1"));
    claim_one(guessable("j2", 0));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(guess_one(strict(wrong_pin, "j1")).what, kind::wrong);
    EXPECT_EQ(guess_one(strict(wrong_pin, "j2")).what, kind::wrong) << "the 4th";
    for (const auto wait : {30s, 60s, 120s, 240s, 480s, 960s, 1920s, 3600s, 3600s}) {
        const auto refused = guess_one(strict(right_pin, "j2"));
        EXPECT_EQ(refused.what, kind::limited);
        EXPECT_LE(refused.retry_after, wait);
        EXPECT_GT(refused.retry_after, wait - 10s);
        age_failures(std::to_string(wait.count()) + " seconds");
        EXPECT_EQ(guess_one(strict(wrong_pin, "j2")).what, kind::wrong) << wait.count();
    }
    age_failures("1 hour");
    EXPECT_EQ(guess_one(strict(right_pin, "j2")).what, kind::right);
    EXPECT_EQ(guess_one(strict(wrong_pin, "j2")).what, kind::wrong) << "success resets";
}

TEST_F(guessing, AnUnlockedNumberMayGuessAtOnce) {
    claim_one(guessable("j1", 0));
    auto one = guess_of(wrong_pin);
    one.strict = true;
    guess_one(one);
    db().query("update guess_failures set failures = 100");
    EXPECT_EQ(guess_one(one).what, kind::limited);
    const auto unlock = "(select unlock_number('ann', account, msisdn) from guess_failures)";
    EXPECT_EQ(value(std::string("select ") + unlock), "100");
    EXPECT_EQ(guess_one(one).what, kind::wrong);
    EXPECT_EQ(value("select failures from guess_failures"), "1");
    EXPECT_EQ(count("audit where what = 'account unlock' and who = 'ann'"), 1);
    EXPECT_THROW(
        another("pinwire_api")->query("select unlock_number('api', 'acme', '1')"), database_error
    );
}

TEST_F(guessing, LocksANumberOutAfterAHundredFailuresForADay) {
    claim_one(guessable("j1", 0));
    auto one = guess_of(wrong_pin);
    one.strict = true;
    guess_one(one);
    db().query("update guess_failures set failures = 100");
    age_failures("23 hours");
    one.mac = mac_of(right_pin);
    EXPECT_EQ(guess_one(one).what, kind::limited);
    age_failures("1 hour");
    EXPECT_EQ(guess_one(one).what, kind::right);
}

TEST_F(guessing, CountsParallelStrictFailuresOfTwoPinsTogether) {
    claim_one(guessable("j1", 0));
    claim_one(guessable("j2", 0));
    std::atomic<int> compared{0};
    in_parallel(8, [&](session& with, int n) {
        std::vector<guess_request> batch;
        for (int i = 0; i < 10; ++i) {
            auto one = guess_of(wrong_pin, (n + i) % 2 == 0 ? "j1" : "j2");
            one.strict = true;
            one.limit = rate_limit{1000, 1h};
            one.limit_scope = "verify::" + std::to_string(i % 3);
            batch.push_back(one);
        }
        for (const auto& answer : guess(with, batch))
            compared += answer.what == kind::wrong;
    });
    EXPECT_EQ(compared, 4);
}

TEST_F(guessing, CancelsAPinAndWhatWaitsOfIt) {
    auto waiting = guessable("j1");
    waiting.attempt->start = false;
    claim_one(waiting);
    EXPECT_TRUE(cancel_pin(*api_, account_name("acme"), pin_id("pin-j1")));
    EXPECT_TRUE(cancel_pin(*api_, account_name("acme"), pin_id("pin-j1"))) << "again";
    EXPECT_FALSE(cancel_pin(*api_, account_name("umbrella"), pin_id("pin-j1")));
    EXPECT_EQ(guess_one(guess_of(right_pin)).what, kind::used_up);
    EXPECT_EQ(job_column(waiting.id, "sms_status"), "1");
    EXPECT_EQ(job_column(waiting.id, "reason"), "superseded");
    EXPECT_EQ(value("select state from attempt"), "6");
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(count("report"), 1);
    EXPECT_EQ(value("select sealed is null and guess_mac is null from pin"), "t");
    auto again = sms_request("j2");
    again.pin->id = waiting.pin->id;
    EXPECT_EQ(claim_one(again).reason, "pin_cancelled");
}

TEST_F(guessing, TellsAPinsWholeStory) {
    admission_request order;
    order.account = account_name("acme");
    order.job = job_id("j1");
    order.pin = pin_id("pin-j1");
    order.to = number;
    order.application = "APP";
    order.message = "MSG";
    order.repeat = R"({"a":"\"{,}\\"})";
    ASSERT_EQ(admit(*api_, {&order, 1}).front().what, admission::kind::admitted);
    auto first = guessable("j1");
    first.sender = sender_name("Acme");
    claim_one(first);
    record(db(), epoch_, std::vector<record_request>{sent_record(first.attempt->id)});
    auto second = guessable("j2");
    second.pin->id = first.pin->id;
    claim_one(second);
    guess_one(guess_of(wrong_pin));
    guess_one(guess_of(right_pin));

    pin_question which;
    which.account = account_name("acme");
    which.pin = pin_id("pin-j1");
    const auto story = story_of_pin(*api_, which);
    ASSERT_TRUE(story);
    EXPECT_EQ(story->to, number);
    EXPECT_EQ(story->tries_left, 2);
    EXPECT_TRUE(story->verified_at);
    EXPECT_FALSE(story->cancelled_at);
    EXPECT_EQ(story->expires_at, first.requested_at + 1h);
    EXPECT_EQ(story->application, "APP");
    EXPECT_EQ(story->message, "MSG");
    EXPECT_EQ(story->repeat, order.repeat);
    EXPECT_EQ(story->sender, "Acme");
    ASSERT_EQ(story->sendings.size(), 2U);
    EXPECT_EQ(story->sendings[0].job, job_id("j1"));
    EXPECT_EQ(story->sendings[0].sms, sms_status::sent);
    EXPECT_TRUE(story->sendings[0].sent_at);
    EXPECT_EQ(story->sendings[1].id, second.id);
    which.pin = pin_id();
    which.to = number;
    EXPECT_EQ(story_of_pin(*api_, which)->pin, pin_id("pin-j1")) << "the newest of the number";
    which.account = account_name("umbrella");
    EXPECT_FALSE(story_of_pin(*api_, which));

    EXPECT_EQ(
        find_pins(*api_, std::vector<pin_question>{{account_name("acme"), order.pin, {}}})
            .front()
            ->application,
        "APP"
    );
    const auto all = verifications(*api_, account_name("acme"), "APP", number);
    ASSERT_EQ(all.size(), 1U);
    EXPECT_TRUE(all[0].verified);
    EXPECT_TRUE(all[0].sent_at);
    EXPECT_TRUE(verifications(*api_, account_name("acme"), "OTHER", number).empty());
}

}  // namespace
}  // namespace pinwire::postgres::test
