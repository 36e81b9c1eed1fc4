// Admission of orders, jobs that end at once, and charges: exact under parallel callers.
#include <atomic>
#include <thread>

#include "common/postgres/orders.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

admission_request order_request(const std::string& job) {
    admission_request out;
    out.account = account_name("acme");
    out.job = job_id(job);
    out.pin = pin_id("pin-" + job);
    out.to = *msisdn::parse("447700900123");
    out.request_hash.fill(7);
    return out;
}

counted_limit limit_of(std::string scope, std::int64_t most, std::chrono::milliseconds within) {
    counted_limit out;
    out.scope = std::move(scope);
    out.limit = rate_limit{most, within};
    return out;
}

final_job cancelled_job(const std::string& job) {
    final_job out;
    out.id = fresh_id<message_id>();
    out.claim = fresh_id<claim_id>();
    out.job.account = account_name("acme");
    out.job.id = job_id(job);
    out.job.to = *msisdn::parse("447700900123");
    out.job.text = "{PIN} is it";
    out.job.pin = pin_id("pin-" + job);
    out.job.report_url = "https://customer.example/dlr";
    out.job.requested_at = now();
    out.job.send_within = 60s;
    out.content_hash.fill(1);
    out.reason = "cancelled";
    out.sms = sms_status::not_sent;
    return out;
}

class ordering : public database {
protected:
    admission admit_one(const admission_request& request) {
        return admit(db(), {&request, 1}).front();
    }
    final_answer finish_one(const final_job& request) {
        return finish_now(db(), epoch_, {&request, 1}).front();
    }
    void credit(std::int64_t micros) {
        db().query(
            "insert into account_credit (account, micros) values ('acme', $1::bigint)"
            " on conflict (account) do update set micros = excluded.micros",
            {std::to_string(micros)}
        );
    }
    std::int64_t credit() { return std::stoll(value("select micros from account_credit")); }

    // Each session gets its own batches; all start at once.
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
};

using kind = admission::kind;

TEST_F(ordering, AdmitsANewOrderAndKnowsItAgain) {
    const auto request = order_request("j1");
    EXPECT_EQ(admit_one(request).what, kind::admitted);
    auto retry = request;
    retry.pin = pin_id("another-pin");
    const auto again = admit_one(retry);
    EXPECT_EQ(again.what, kind::known);
    EXPECT_EQ(again.job, request.job);
    EXPECT_EQ(again.pin, request.pin) << "the first one's";
    auto reused = request;
    reused.request_hash.fill(8);
    EXPECT_EQ(admit_one(reused).what, kind::key_reused);
    auto other = reused;
    other.account = account_name("umbrella");
    EXPECT_EQ(admit_one(other).what, kind::admitted) << "per account";
}

// What a resend needs of an order stays with its PIN, for longer than the job: its key must not
// make another.
TEST_F(ordering, KnowsAnOrderWhoseJobWentWithItsTime) {
    for (const std::string job : {"sent", "stopped", "by-content"}) {
        auto request = order_request(job);
        request.application = "A";
        if (job == "by-content") {
            request.request_hash.fill(9);
            request.same_within = 24h;
        }
        ASSERT_EQ(admit_one(request).what, kind::admitted);
        auto last = cancelled_job(job);
        if (job != "stopped") last.reason = "test_number";
        finish_one(last);
        db().query(
            "insert into pin (account, pin_id, msisdn, claim_id, guess_mac, guess_kid, type, "
            "length,"
            " expires_in, max_tries, tries_left, by_number, requested_at, expires_at) values"
            " ('acme', 'pin-' || $1, '447700900123', gen_random_uuid(), '\\x00', 'k1', 0, 4, 0, 3,"
            " 3, false, now(), 'infinity')",
            {job}
        );
    }
    EXPECT_EQ(prune(db(), -1h, 100), 3);
    EXPECT_EQ(count("job"), 0);
    EXPECT_EQ(count("api_order"), 3) << "their PINs can be sent again";
    auto again = order_request("sent");
    again.pin = pin_id("another-pin");
    const auto over = admit_one(again);
    EXPECT_EQ(over.what, kind::over);
    EXPECT_EQ(over.pin, pin_id("pin-sent"));
    EXPECT_EQ(admit_one(order_request("stopped")).what, kind::cancelled);
    auto same = order_request("another");
    same.request_hash.fill(9);
    same.same_within = 24h;
    EXPECT_EQ(admit_one(same).what, kind::over);
}

// Charged, it never became a job, and after 48 hours the charge goes back: tried again it is an
// order like any other.
TEST_F(ordering, ChargesWhatCameToNothingWhenItIsTriedAgain) {
    credit(1000);
    auto request = order_request("j1");
    request.price = 300;
    request.limits = {limit_of("account", 10, 1h)};
    auto windowed = request;
    windowed.job = job_id("w1");
    windowed.request_hash.fill(9);
    windowed.same_within = 24h * 7;
    ASSERT_EQ(admit_one(request).what, kind::admitted);
    ASSERT_EQ(admit_one(windowed).what, kind::admitted);
    EXPECT_EQ(credit(), 400);
    db().query("update api_order set created_at = created_at - interval '49 hours', look_at = now()"
    );
    EXPECT_EQ(settle_charges(db(), 10), 2);
    EXPECT_EQ(credit(), 1000);
    request.pin = pin_id("fresh");
    std::vector<admission_request> batch(2, request);
    const auto answers = admit(db(), batch);
    EXPECT_EQ(answers[0].what, kind::admitted);
    EXPECT_EQ(answers[1].what, kind::known);
    EXPECT_EQ(answers[1].pin, request.pin) << "the one that will be minted";
    EXPECT_EQ(credit(), 700);
    windowed.job = job_id("w2");
    EXPECT_EQ(admit_one(windowed).what, kind::admitted);
    EXPECT_EQ(credit(), 400);
    EXPECT_EQ(value("select cardinality(taken) from rate_count"), "4");
    EXPECT_EQ(settle_charges(db(), 10), 0) << "open again";
    auto other = order_request("j1");
    other.request_hash.fill(8);
    EXPECT_EQ(admit_one(other).what, kind::key_reused);
    // what ended cancelled was given back too: that has a job
    finish_one(cancelled_job("j1"));
    EXPECT_EQ(credit(), 700);
    EXPECT_EQ(admit_one(request).what, kind::known);
}

TEST_F(ordering, AdmitsOneOfManyParallelWithTheSameKey) {
    std::atomic<int> admitted{0};
    std::atomic<int> known{0};
    in_parallel(8, [&](session& with, int) {
        std::vector<admission_request> batch(5, order_request("j1"));
        for (const auto& one : admit(with, batch)) {
            admitted += one.what == kind::admitted;
            known += one.what == kind::known;
        }
    });
    EXPECT_EQ(admitted, 1);
    EXPECT_EQ(known, 39);
    EXPECT_EQ(count("api_order"), 1);
}

TEST_F(ordering, KeepsALimitExactUnderParallelAdmissions) {
    for (const int most : {3, 60}) {
        std::atomic<int> admitted{0};
        std::atomic<int> limited{0};
        const auto scope = "number:" + std::to_string(most);
        in_parallel(8, [&](session& with, int n) {
            for (int turn = 0; turn < 4; ++turn) {
                std::vector<admission_request> batch;
                for (int i = 0; i < 8; ++i) {
                    auto one = order_request(fresh_id<claim_id>().hex());
                    one.limits = {limit_of(scope, most, 1h), limit_of("account", 1000, 1h)};
                    if ((n + i) % 2 != 0) std::swap(one.limits[0], one.limits[1]);
                    batch.push_back(one);
                }
                for (const auto& one : admit(with, batch)) {
                    admitted += one.what == kind::admitted;
                    limited += one.what == kind::limited && one.limit == scope &&
                               one.retry_after > 59min && one.retry_after <= 1h;
                }
            }
        });
        EXPECT_EQ(admitted, most);
        EXPECT_EQ(limited, 256 - most);
    }
    EXPECT_EQ(count("api_order"), 63) << "a refused order leaves nothing";
    EXPECT_EQ(value("select n from rate_count where scope = 'account'"), "63")
        << "a refused order counts nowhere";
}

TEST_F(ordering, FreesAPlaceWhenItsTimeHasPassed) {
    auto request = order_request("j1");
    request.limits = {limit_of("number:1", 1, 1h)};
    EXPECT_EQ(admit_one(request).what, kind::admitted);
    request.job = job_id("j2");
    EXPECT_EQ(admit_one(request).what, kind::limited);
    db().query("update rate_count set taken = array[clock_timestamp() - interval '1 hour']");
    EXPECT_EQ(admit_one(request).what, kind::admitted);
}

TEST_F(ordering, TakesTheSameContentForTheSameRequestWithinItsWindow) {
    std::atomic<int> admitted{0};
    in_parallel(8, [&](session& with, int n) {
        std::vector<admission_request> batch;
        for (int i = 0; i < 4; ++i) {
            auto one = order_request("j" + std::to_string(n * 4 + i));
            one.same_within = 1h;
            batch.push_back(one);
        }
        for (const auto& one : admit(with, batch))
            admitted += one.what == kind::admitted;
    });
    EXPECT_EQ(admitted, 1);
    db().query("update api_order set created_at = created_at - interval '1 hour'");
    auto later = order_request("later");
    later.same_within = 1h;
    EXPECT_EQ(admit_one(later).what, kind::admitted);
}

TEST_F(ordering, TellsTheSameRequestInOneBatchTheSameRefusal) {
    std::vector<admission_request> batch(3, order_request("j1"));
    batch[2].job = job_id("j0");
    for (auto& one : batch)
        one.limits = {limit_of("number:1", 1, 1h)};
    auto other = batch[2];
    other.job = job_id("j00");
    ASSERT_EQ(admit_one(other).what, kind::admitted);
    for (const auto& one : admit(db(), batch)) {
        EXPECT_EQ(one.what, kind::limited);
        EXPECT_EQ(one.limit, "number:1");
    }
    EXPECT_EQ(count("api_order"), 1);
}

TEST_F(ordering, NeverSpendsMoreThanTheCredit) {
    credit(1000);
    std::atomic<int> admitted{0};
    std::atomic<int> refused{0};
    in_parallel(8, [&](session& with, int) {
        std::vector<admission_request> batch;
        for (int i = 0; i < 10; ++i) {
            auto one = order_request(fresh_id<claim_id>().hex());
            one.price = 45;
            batch.push_back(one);
        }
        for (const auto& one : admit(with, batch)) {
            admitted += one.what == kind::admitted;
            refused += one.what == kind::no_credit;
        }
    });
    EXPECT_EQ(admitted, 22);
    EXPECT_EQ(refused, 58);
    EXPECT_EQ(credit(), 10);
    auto unknown = order_request("j");
    unknown.account = account_name("umbrella");
    unknown.price = 1;
    EXPECT_EQ(admit_one(unknown).what, kind::no_credit);
}

TEST_F(ordering, EndsAnUnclaimedJobAndGivesItsPlacesAndCreditBackOnce) {
    credit(100);
    auto request = order_request("j1");
    request.price = 40;
    request.limits = {limit_of("number:1", 1, 1h), limit_of("account", 100, 1h)};
    ASSERT_EQ(admit_one(request).what, kind::admitted);
    EXPECT_EQ(credit(), 60);
    const auto ending = cancelled_job("j1");
    for (int i = 0; i < 2; ++i) {
        const auto answer = finish_one(ending);
        EXPECT_TRUE(answer.ours) << "a rerun is told the same";
        EXPECT_TRUE(answer.final);
        EXPECT_EQ(answer.id, ending.id);
        EXPECT_EQ(answer.reason, "cancelled");
        EXPECT_EQ(credit(), 100);
    }
    EXPECT_EQ(value("select cardinality(taken) from rate_count where scope = 'number:1'"), "0");
    EXPECT_EQ(value("select n from rate_count where scope = 'account'"), "0");
    EXPECT_EQ(count("report"), 0) << "its caller was told already";
    EXPECT_EQ(count("outbox"), 1);
    db().query("update api_order set look_at = clock_timestamp()");
    EXPECT_EQ(settle_charges(db(), 10), 0);
    EXPECT_EQ(credit(), 100);
    const auto late = claim_one(sms_request("j1"));
    EXPECT_FALSE(late.ours()) << "the worker finds it taken";
    EXPECT_TRUE(late.final);
    EXPECT_EQ(count("attempt"), 0);
}

TEST_F(ordering, LetsExactlyOneOfClaimAndEndWin) {
    constexpr int jobs = 200;
    std::vector<claim_request> claims;
    std::vector<final_job> endings;
    for (int i = 0; i < jobs; ++i) {
        claims.push_back(sms_request("j" + std::to_string(i)));
        endings.push_back(cancelled_job("j" + std::to_string(jobs - 1 - i)));
    }
    const auto worker = another("pinwire_worker");
    const auto api = another("pinwire_api");
    std::vector<claim_answer> claimed;
    std::thread rival([&] {
        for (int i = 0; i < jobs; i += 10) {
            for (auto& one : claim(*worker, epoch_, std::span(claims).subspan(i, 10)))
                claimed.push_back(one);
        }
    });
    std::vector<final_answer> ended;
    for (int i = 0; i < jobs; i += 10) {
        for (auto& one : finish_now(*api, other_, std::span(endings).subspan(i, 10)))
            ended.push_back(one);
    }
    rival.join();
    int claim_wins = 0;
    int end_wins = 0;
    for (int i = 0; i < jobs; ++i) {
        const bool mine = claimed[i].ours();
        const bool theirs = ended[jobs - 1 - i].ours;
        EXPECT_NE(mine, theirs) << i;
        claim_wins += mine;
        end_wins += theirs;
    }
    EXPECT_EQ(claim_wins + end_wins, jobs);
    EXPECT_EQ(count("attempt"), claim_wins);
    EXPECT_EQ(count("job where final_at is not null"), end_wins);
}

TEST_F(ordering, AnswersFromTheRowWhenAWorkerWasFaster) {
    const auto request = sms_request("j1");
    claim_one(request);
    record(db(), epoch_, std::vector<record_request>{sent_record(request.attempt->id)});
    const auto answer = finish_one(cancelled_job("j1"));
    EXPECT_FALSE(answer.ours);
    EXPECT_EQ(answer.id, request.id);
    EXPECT_EQ(answer.sms, sms_status::sent);
    EXPECT_EQ(answer.pin, pin_id("pin-j1"));
}

TEST_F(ordering, ReportsATestNumberAsItIsConfigured) {
    auto test = cancelled_job("j1");
    test.reason = "test_number";
    test.sms = sms_status::sent;
    test.dlr = dlr_status::delivrd;
    test.report = true;
    test.guess_mac = std::string(32, 'm');
    test.guess_key = key_id("k1");
    EXPECT_TRUE(finish_one(test).ours);
    EXPECT_EQ(count("report"), 1);
    EXPECT_EQ(count("pin where sealed is null and guess_mac is not null and by_number"), 1);
    EXPECT_EQ(count("due"), 0);
    EXPECT_EQ(wipe_pins(db(), 10), 0);
    db().query("update pin set expires_at = clock_timestamp() - interval '1 s'");
    EXPECT_EQ(wipe_pins(db(), 10), 1);
}

class charging : public ordering {
protected:
    charging() {
        credit(1000);
        order_.price = 100;
        EXPECT_EQ(admit_one(order_).what, kind::admitted);
    }
    int settle_now() {
        db().query("update api_order set look_at = clock_timestamp()");
        return settle_charges(*another("pinwire_api"), 10);
    }
    admission_request order_ = order_request("j1");
};

TEST_F(charging, WaitsForTheOutcomeAndLooksLessOften) {
    EXPECT_EQ(settle_now(), 0);
    EXPECT_EQ(settle_charges(db(), 10), 0) << "not due";
    claim_one(sms_request("j1"));
    EXPECT_EQ(settle_now(), 0);
    EXPECT_EQ(credit(), 900);
}

TEST_F(charging, BooksWhatWasSent) {
    const auto request = sms_request("j1");
    claim_one(request);
    record(db(), epoch_, std::vector<record_request>{sent_record(request.attempt->id)});
    EXPECT_EQ(settle_now(), 1);
    EXPECT_EQ(settle_now(), 0);
    EXPECT_EQ(credit(), 900);
}

TEST_F(charging, GivesBackWhatSurelyWasNotSentOnceHoweverManySettle) {
    const auto request = sms_request("j1");
    claim_one(request);
    record(
        db(), epoch_, std::vector<record_request>{failed_record(request.attempt->id, "refused")}
    );
    db().query("update api_order set look_at = clock_timestamp()");
    std::atomic<int> settled{0};
    in_parallel(8, [&](session& with, int) { settled += settle_charges(with, 10); });
    EXPECT_EQ(settled, 1);
    EXPECT_EQ(credit(), 1000);
    EXPECT_EQ(value("select returned from api_order"), "t");
}

TEST_F(charging, BooksACallInDoubtAndGivesARefusedOneBack) {
    auto request = sms_request("j1");
    request.channel = channel::voice;
    request.reason = "no_route";
    request.attempt.reset();
    claim_one(request);
    EXPECT_EQ(settle_now(), 1);
    EXPECT_EQ(credit(), 1000);
}

TEST_F(charging, GivesAnOrderBackThatNeverBecameAJob) {
    db().query("update api_order set created_at = clock_timestamp() - interval '49 hours'");
    EXPECT_EQ(settle_now(), 1);
    EXPECT_EQ(credit(), 1000);
}

TEST_F(charging, IsForgottenAfterItsTime) {
    auto counted = order_request("j2");
    counted.limits = {limit_of("number:1", 3, 1h)};
    admit_one(counted);
    db().query("update api_order set created_at = clock_timestamp() - interval '31 days'");
    db().query("update rate_count set idle_day = current_date - 1");
    const auto callback = another("pinwire_callback");
    EXPECT_EQ(prune(*callback, std::chrono::hours(24 * 30), 100), 1);
    EXPECT_EQ(count("api_order"), 1) << "an open charge stays";
    EXPECT_EQ(count("rate_count"), 0);
}

}  // namespace
}  // namespace pinwire::postgres::test
