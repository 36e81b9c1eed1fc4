// Caps are never passed, however many workers count at once; prefixes that don't convert are
// stopped; and what is over is forgotten.
#include "common/postgres/guard.hpp"

#include <atomic>
#include <thread>

#include "common/core/guard.hpp"
#include "common/postgres/switches.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

msisdn number(const std::string& digits) {
    return *msisdn::parse(digits);
}

cap_table one_cap(cap which, std::int64_t most, milliseconds within = 1h) {
    cap_table made;
    made[which] = rate_limit{most, within};
    return made;
}

cap_request to(
    const std::string& digits,
    const cap_table& caps,
    std::int64_t parts = 1,
    const std::string& account = "acme"
) {
    cap_subject subject;
    subject.account = account_name(account);
    subject.to = number(digits);
    subject.parts = parts;
    subject.money = parts * 45;
    cap_request made;
    made.uses = uses_of(caps, subject);
    return made;
}

class Guard : public database {
protected:
    // "+" passed, "-" refused
    std::string taken(const std::vector<cap_request>& batch) {
        std::string made;
        for (const auto& one : count_guarded(db(), batch))
            made += one.full ? '-' : '+';
        return made;
    }
    std::string counted(const std::string& scope) {
        return value("select n from guard_count where scope = '" + scope + "'");
    }
};

TEST_F(Guard, ACapHoldsWithinABatchAndOverBatches) {
    const auto caps = one_cap(cap::number, 3);
    const auto one = to("34600000001", caps);
    EXPECT_EQ(taken({one, one}), "++");
    EXPECT_EQ(taken({one, to("34600000002", caps), one, one}), "++--");
    EXPECT_EQ(taken({one}), "-");
    EXPECT_EQ(counted("number:34600000001"), "3");
    EXPECT_EQ(counted("number:34600000002"), "1");
}

TEST_F(Guard, SaysWhichCapIsFullAndUntilWhen) {
    auto caps = one_cap(cap::number, 5);
    caps[cap::account] = rate_limit{1, 1h};
    const auto answers = count_guarded(
        db(), std::vector<cap_request>{to("34600000001", caps), to("34600000002", caps)}
    );
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_FALSE(answers[0].full);
    ASSERT_TRUE(answers[1].full);
    EXPECT_EQ(*answers[1].full, cap::account);
    EXPECT_GT(answers[1].retry_after, 59min);
    EXPECT_LE(answers[1].retry_after, 1h);
    EXPECT_EQ(counted("number:34600000002"), "0") << "all places or none";
}

TEST_F(Guard, PartsAndMoneyAddUpAndALargeMessageLeavesRoomForASmallOne) {
    const auto parts = one_cap(cap::prefix, 4);
    EXPECT_EQ(
        taken({to("34600000001", parts, 3), to("34600000002", parts, 2), to("34600000003", parts)}),
        "+-+"
    );
    const auto money = one_cap(cap::total_money, 100);
    EXPECT_EQ(
        taken({to("34600000001", money, 1, "acme"), to("447700900123", money, 1, "blue")}), "++"
    );
    EXPECT_EQ(taken({to("351910000000", money, 1, "cyan")}), "-") << "of all accounts together";
}

TEST_F(Guard, AccountsAreCountedApart) {
    const auto caps = one_cap(cap::number, 1);
    EXPECT_EQ(
        taken({to("34600000001", caps, 1, "acme"), to("34600000001", caps, 1, "blue")}), "++"
    );
    EXPECT_EQ(taken({to("34600000001", caps, 1, "blue")}), "-");
}

TEST_F(Guard, ABurstIsOfDistinctNeighbours) {
    const auto caps = one_cap(cap::burst, 3);
    const auto a = to("34600000001", caps);
    const auto b = to("34600000002", caps);
    const auto c = to("34600000003", caps);
    const auto d = to("34600000004", caps);
    EXPECT_EQ(taken({a, b, a, a, b, c}), "++++++") << "the same ones again";
    EXPECT_EQ(taken({d, a, to("34600010004", caps)}), "-++") << "who is known still passes";
    EXPECT_EQ(counted("burst:3460000"), "3");
}

TEST_F(Guard, AWindowBeginsAnewWhenItIsOver) {
    const auto caps = one_cap(cap::number, 1);
    EXPECT_EQ(taken({to("34600000001", caps)}), "+");
    EXPECT_EQ(taken({to("34600000001", caps)}), "-");
    db().query("update guard_count set window_at = window_at - interval '1 hour'");
    EXPECT_EQ(taken({to("34600000001", caps), to("34600000001", caps)}), "+-");
}

TEST_F(Guard, TwoWorkersTogetherTakeExactlyWhatTheCapHas) {
    constexpr int most = 500;
    auto caps = one_cap(cap::account, most);
    caps[cap::prefix] = rate_limit{400, 1h};
    caps[cap::number] = rate_limit{1000, 1h};
    caps[cap::burst] = rate_limit{1000, 1h};
    std::atomic<int> passed = 0;
    std::vector<std::thread> workers;
    for (int w = 0; w < 2; ++w) {
        workers.emplace_back([this, w, &caps, &passed] {
            const auto mine = another("pinwire_worker");
            for (int round = 0; round < 40; ++round) {
                std::vector<cap_request> batch;
                for (int i = 0; i < 10; ++i) {
                    const auto block = (i + w + round) % 2 == 0 ? "3460000" : "3460001";
                    const auto last = std::to_string(1000 + (i * 7 + round * 3 + w) % 50);
                    batch.push_back(to(block + last, caps));
                }
                for (const auto& one : count_guarded(*mine, batch))
                    if (!one.full) ++passed;
            }
        });
    }
    for (auto& one : workers)
        one.join();
    EXPECT_EQ(passed, most) << "800 asked";
    EXPECT_EQ(counted("account"), std::to_string(most));
    EXPECT_EQ(count("guard_count where scope like 'prefix:%' and n > 400"), 0);
    EXPECT_EQ(
        value("select sum(n) from guard_count where scope like 'number:%'"), std::to_string(most)
    );
}

TEST_F(Guard, WhatIsIdleIsForgottenAndWhatHasEndedIsResumed) {
    taken({to("34600000001", one_cap(cap::number, 3)), to("34600000001", one_cap(cap::total, 3))});
    EXPECT_EQ(tidy_guard(db(), "guard", 100), 0);
    db().query("update guard_count set idle_day = current_date - 1 where scope = 'total'");
    suspension_change change;
    change.who = "olga";
    change.kind = switch_kind::prefix;
    change.name = "3460000";
    change.reason = "x";
    change.lasts = 1ms;
    suspend(db(), change);
    db().query("update suspension set expires_at = expires_at - interval '1 hour'");
    EXPECT_EQ(tidy_guard(db(), "guard", 100), 2);
    EXPECT_EQ(count("guard_count"), 1);
    EXPECT_EQ(count("suspension"), 0);
    EXPECT_EQ(count("audit where what = 'resume' and who = 'guard'"), 1);
}

TEST_F(Guard, AnErasedNumberIsInNoCountAnyMore) {
    auto caps = one_cap(cap::number, 3);
    caps[cap::number_money] = rate_limit{1000, 1h};
    caps[cap::burst] = rate_limit{10, 1h};
    taken({to("34600001234", caps), to("34600005678", caps)});
    db().query("select erase_guard('34600001234')");
    EXPECT_EQ(count("guard_count g where g::text like '%1234%'"), 0);
    EXPECT_EQ(count("guard_count g where g::text like '%34600005678%'"), 2);
}

TEST_F(Guard, TheReasonsAreThoseOfTheProgram) {
    for (const auto one : all_refusals)
        EXPECT_EQ(
            value("select '" + std::string(to_string(one)) + "' = any (guard_reasons())"), "t"
        ) << to_string(one);
    EXPECT_EQ(
        value("select cardinality(guard_reasons())"), std::to_string(std::size(all_refusals))
    );
}

TEST_F(Guard, OnlyAWorkerCounts) {
    const std::vector<cap_request> batch = {to("34600000001", one_cap(cap::number, 3))};
    EXPECT_THROW(count_guarded(*another("pinwire_api"), batch), database_error);
    EXPECT_THROW(tidy_guard(*another("pinwire_callback"), "x", 1), database_error);
    EXPECT_NO_THROW(count_guarded(*another("pinwire_worker"), batch));
}

// ---- conversion

class Conversion : public database {
protected:
    Conversion() {
        rules_.after = 10min;
        rules_.window = 1h;
        rules_.least = 4;
        rules_.warn = 0.5;
        rules_.stop = 0.2;
        rules_.stop_for = 24h;
        rules_.who = "guard";
    }
    // Messages to numbers of the prefix, so old, so many of them verified.
    void sent(
        const std::string& prefix,
        int messages,
        int verified,
        milliseconds ago = 30min,
        const std::string& account = "acme"
    ) {
        for (int i = 0; i < messages; ++i) {
            const auto id = message_id::time_ordered(now() - ago, random_tail());
            const auto job = "j" + std::to_string(++made_);
            const auto to = prefix + std::to_string(1000 + i);
            db().query(
                "insert into job (id, account, job_id, claim_id, content_hash, channel, msisdn,"
                " spec, report_format, report_refusal, requested_at, send_by, accepted_at, pin_id,"
                " sent_at) select $1::uuid, $2, $3, $1::uuid, '', 0, $4, '{}', 0, true, t.at, t.at,"
                " t.at, $3, t.at from (select clock_timestamp() - $5::interval as at) t",
                {id.hex(), account, job, to, std::to_string(ago.count()) + " ms"}
            );
            db().query(
                "insert into pin (account, pin_id, msisdn, claim_id, type, length, expires_in,"
                " max_tries, tries_left, by_number, requested_at, expires_at, verified_at)"
                " values ($1, $2, $3, $4::uuid, 0, 6, 60, 3, 3, false, now(), now(),"
                " case when $5::boolean then now() end)",
                {account, job, to, id.hex(), i < verified ? "true" : "false"}
            );
        }
    }
    std::array<std::uint8_t, 10> random_tail() {
        std::array<std::uint8_t, 10> made{};
        made[9] = static_cast<std::uint8_t>(++tail_);
        made[8] = static_cast<std::uint8_t>(tail_ >> 8);
        return made;
    }
    int count_all(int limit = 1000) { return count_conversion(db(), rules_, limit); }
    // "PREFIX verified/sent" and "!" for stopped
    std::string judged() {
        std::string made;
        for (const auto& one : judge_conversion(db(), rules_))
            made += one.prefix + " " + std::to_string(one.verified) + "/" +
                    std::to_string(one.sent) + (one.stopped ? "! " : " ");
        return made;
    }

    conversion_rules rules_;
    int made_ = 0;
    unsigned tail_ = 0;
};

TEST_F(Conversion, WarnsBelowOneShareAndStopsBelowAnother) {
    sent("3460000", 10, 9);
    sent("3460001", 10, 4);
    sent("3460002", 10, 1);
    EXPECT_EQ(count_all(), 30);
    EXPECT_EQ(judged(), "3460001 4/10 3460002 1/10! ");
    const auto off = list_suspensions(db());
    ASSERT_EQ(off.size(), 1U);
    EXPECT_EQ(off[0].kind, switch_kind::prefix);
    EXPECT_EQ(off[0].name, "3460002");
    EXPECT_EQ(off[0].reason, "1 of 10 PINs verified");
    EXPECT_EQ(off[0].who, "guard");
    EXPECT_TRUE(off[0].expires_at);
    EXPECT_EQ(count("audit where what = 'suspend' and who = 'guard'"), 1);
    EXPECT_EQ(judged(), "3460001 4/10 3460002 1/10 ") << "it is stopped once";
}

TEST_F(Conversion, CountsEachMessageOnceAndOnlyWhenItIsOldEnough) {
    sent("3460000", 4, 0, 5min);
    sent("3460001", 5, 1, 30min);
    sent("3460001", 5, 1, 3h);
    EXPECT_EQ(count_all(2), 2);
    EXPECT_EQ(count_all(2), 2);
    EXPECT_EQ(count_all(2), 1) << "too young and too old ones aren't";
    EXPECT_EQ(count_all(2), 0);
    EXPECT_EQ(value("select sum(sent) || '/' || sum(verified) from guard_conversion"), "5/1");
}

TEST_F(Conversion, SaysNothingOfFewMessagesNorOfAccountsThatVerifyElsewhere) {
    sent("3460000", 3, 0);
    sent("3460001", 50, 0, 30min, "elsewhere");
    sent("3460002", 50, 50);
    sent("3460003", 5, 0);
    sent("3460003", 50, 0, 30min, "elsewhere");
    count_all();
    EXPECT_EQ(judged(), "3460003 0/5! ") << "those of acme";
}

TEST_F(Conversion, AResumedPrefixBeginsAnew) {
    sent("3460002", 10, 0);
    sent("3460003", 10, 10);
    count_all();
    EXPECT_EQ(judged(), "3460002 0/10! ");
    EXPECT_TRUE(resume(db(), "olga", switch_kind::prefix, "3460002"));
    EXPECT_EQ(judged(), "");
    EXPECT_TRUE(list_suspensions(db()).empty());
}

TEST_F(Conversion, OneProcessAtATimeAndTheOthersGoOn) {
    sent("3460002", 10, 0);
    sent("3460003", 10, 10);
    const auto other = another();
    other->query("begin");
    other->query("select 1 from guard_conversion_mark for update");
    EXPECT_EQ(count_all(), 0);
    EXPECT_EQ(judged(), "");
    other->query("rollback");
    EXPECT_EQ(count_all(), 20);
}

}  // namespace
}  // namespace pinwire::postgres::test
