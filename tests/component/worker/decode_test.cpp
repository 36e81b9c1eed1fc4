// From a record to a job of a known account, or to the reason why not.
#include "worker/decode.hpp"

#include <gtest/gtest.h>

#include "common/core/job_codec.hpp"
#include "tests/component/worker/examples.hpp"

namespace pinwire::worker {
namespace {

using namespace std::chrono_literals;
using test::json_of;
using test::record_of;

class Decode : public testing::Test {
protected:
    std::variant<arrived, dead_letter> run(const kafka::record& record) const {
        return decode(record, settings_, upkeep::account_book(settings_), keys_, now_);
    }
    arrived good(const kafka::record& record) const {
        auto result = run(record);
        const auto* bad = std::get_if<dead_letter>(&result);
        if (bad != nullptr) throw std::runtime_error("a dead letter: " + bad->reason);
        return std::get<arrived>(std::move(result));
    }
    dead_letter bad(const kafka::record& record) const {
        auto result = run(record);
        if (std::holds_alternative<arrived>(result)) throw std::runtime_error("a job");
        return std::get<dead_letter>(std::move(result));
    }
    kafka::record fresh(const std::string& more = {}) const {
        return record_of(json_of("j1", more), now_ - 1s);
    }
    std::string sealed(const std::string& pin, const std::string& id, const std::string& to) const {
        return seal_with(keys_, pin, id, to);
    }
    static std::string seal_with(
        const key_ring& keys, const std::string& pin, const std::string& id, const std::string& to
    ) {
        const auto context =
            key_ring::pin_context(account_name("acme"), pin_id(id), *msisdn::parse(to));
        return keys.seal(secret(pin), context, test::fresh_nonce());
    }
    kafka::record with_code(const std::string& code) const {
        return fresh(R"("pin_id":"P1","pin":{"sealed":")" + code + R"("})");
    }

    const config::settings settings_ = test::settings();
    const key_ring& keys_ = *settings_.keys.ring;
    const wall_time now_ = std::chrono::system_clock::now();
};

TEST_F(Decode, AKnownAccountsJobGoesOn) {
    const auto made = good(fresh());
    EXPECT_EQ(made.job.account, account_name("acme"));
    EXPECT_EQ(made.job.id, job_id("j1"));
    EXPECT_FALSE(made.too_late);
    EXPECT_EQ(made.waiter, "");
    EXPECT_EQ(made.record.offset, 7);
}

TEST_F(Decode, AnUnknownAccountIsADeadLetterThatNamesTheJob) {
    const auto why = bad(fresh(R"("account":"nobody")"));
    EXPECT_EQ(why.reason, "unknown_account");
    EXPECT_EQ(why.account, "nobody");
    EXPECT_EQ(why.job_id, "j1");
}

TEST_F(Decode, ASuspendedAccountsJobIsADeadLetter) {
    auto settings = test::settings();
    settings.accounts.at(account_name("acme")).suspended = true;
    const upkeep::account_book accounts(settings);
    const auto result = decode(fresh(), settings, accounts, keys_, now_);
    EXPECT_EQ(std::get<dead_letter>(result).reason, "account_suspended");
}

TEST_F(Decode, WhatIsNoJobIsADeadLetter) {
    EXPECT_NE(bad(record_of("{", now_)).reason, "");
    EXPECT_NE(bad(record_of("", now_)).reason, "");
    auto tombstone = fresh();
    tombstone.payload.reset();
    EXPECT_NE(bad(tombstone).reason, "");
}

TEST_F(Decode, AMissingTextIsTheAccountsOwn) {
    auto settings = settings_;
    settings.accounts.at(account_name("acme")).text_360nrs = "Acme: {PIN}";
    const upkeep::account_book accounts(settings);
    const auto result = decode(fresh(), settings, accounts, keys_, now_);
    EXPECT_EQ(std::get<arrived>(result).job.text, "Acme: {PIN}");
    const auto own = decode(fresh(R"("text":"Mine {PIN}")"), settings, accounts, keys_, now_);
    EXPECT_EQ(std::get<arrived>(own).job.text, "Mine {PIN}");
    const std::string usual = job_defaults().text_360nrs;
    const auto same = decode(fresh(R"("text":")" + usual + '"'), settings, accounts, keys_, now_);
    EXPECT_EQ(std::get<arrived>(same).job.text, usual) << "it isn't missing";
    EXPECT_EQ(good(fresh()).job.text, usual);
}

TEST_F(Decode, AWaiterIsAnApiProcessOrNobody) {
    auto record = fresh();
    const std::string process = "01a20857ba321df6e4f7679ec6d449cd";
    record.headers.push_back({"pinwire-waiter", process});
    EXPECT_EQ(good(record).waiter, process);
    for (const auto& other : {std::string("api-7"), std::string("\xE9\0x", 3), std::string()}) {
        record.headers.back().value = other;
        EXPECT_EQ(good(record).waiter, "");
    }
}

TEST_F(Decode, ASealedCodeOfTheRingIsTaken) {
    const auto made = good(with_code(sealed("123456", "P1", "447700900123")));
    EXPECT_FALSE(made.job.pin_sealed.empty());
}

TEST_F(Decode, ASealedCodeThatIsBoundElsewhereOrChangedIsADeadLetter) {
    EXPECT_EQ(bad(with_code(sealed("123456", "P2", "447700900123"))).reason, "bad_seal");
    EXPECT_EQ(bad(with_code(sealed("123456", "P1", "447700900124"))).reason, "bad_seal");
    auto changed = sealed("123456", "P1", "447700900123");
    auto& one = changed[changed.size() - 9];
    one = one == 'A' ? 'B' : 'A';
    EXPECT_EQ(bad(with_code(changed)).reason, "bad_seal");
}

TEST_F(Decode, ASealedCodeUnderAKeyOfNobodyIsADeadLetter) {
    const auto strange = test::ring("other", 9);
    const auto why = bad(with_code(seal_with(strange, "123456", "P1", "447700900123")));
    EXPECT_EQ(why.reason, "unknown_key");
    EXPECT_EQ(why.rule.find("123456"), std::string::npos);
}

TEST_F(Decode, ASealedCodeOfAnotherKindIsADeadLetter) {
    EXPECT_EQ(bad(with_code(sealed("1234", "P1", "447700900123"))).reason, "bad_value");
    EXPECT_EQ(bad(with_code(sealed("ABCDEF", "P1", "447700900123"))).reason, "bad_value");
}

TEST_F(Decode, WhatMayNotBeSentAnyMoreIsTooLate) {
    const auto asked = R"("send_within":60)";
    EXPECT_TRUE(good(record_of(json_of("j1", asked), now_ - 61s)).too_late);
    EXPECT_EQ(good(record_of(json_of("j1", asked), now_ - 61s)).late_reason, "expired");
    EXPECT_FALSE(good(record_of(json_of("j1", asked), now_ - 59s)).too_late);
}

TEST_F(Decode, WhatIsOlderThanTheHorizonIsTooLateWhateverItsOwnTime) {
    const auto horizon = settings_.postgres.dedupe_horizon;
    const auto asked = json_of("j1", R"("send_within":604800)");
    EXPECT_FALSE(good(record_of(asked, now_ - horizon + 1s)).too_late);
    EXPECT_EQ(good(record_of(asked, now_ - horizon - 1s)).late_reason, "beyond_dedupe_horizon");
}

TEST_F(Decode, AReplayedDeadLetterKeepsItsOriginsTime) {
    const auto origin = now_ - settings_.postgres.dedupe_horizon - 1s;
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(origin.time_since_epoch());
    auto record = record_of(json_of("j1", R"("send_within":604800)"), now_);
    kafka::header header;
    header.name = "x-orig-timestamp";
    header.value = std::to_string(ms.count());
    record.headers.push_back(header);
    EXPECT_EQ(good(record).late_reason, "beyond_dedupe_horizon");
}

TEST_F(Decode, AnOriginsTimeNeverMakesARecordYounger) {
    const auto old = now_ - settings_.postgres.dedupe_horizon - 1s;
    for (const auto* said : {"99999999999999", "0", "-5", "x", ""}) {
        auto record = record_of(json_of("j1", R"("send_within":604800)"), old);
        kafka::header header;
        header.name = "x-orig-timestamp";
        header.value = said;
        record.headers.push_back(header);
        EXPECT_EQ(good(record).late_reason, "beyond_dedupe_horizon") << said;
    }
}

TEST_F(Decode, TheSameContentHasTheSameHash) {
    const auto first = good(fresh());
    EXPECT_EQ(first.content_hash, good(record_of(json_of("j1"), now_ - 30s)).content_hash);
    EXPECT_NE(first.content_hash, good(fresh(R"("text":"Other {PIN}")")).content_hash);
    EXPECT_NE(first.content_hash, good(fresh(R"("to":"447700900124")")).content_hash);
}

TEST_F(Decode, ASealedCodeCountsByWhatIsInItNotByItsNonce) {
    const auto first = good(with_code(sealed("123456", "P1", "447700900123")));
    const auto again = good(with_code(sealed("123456", "P1", "447700900123")));
    const auto other = good(with_code(sealed("654321", "P1", "447700900123")));
    EXPECT_NE(first.job.pin_sealed, again.job.pin_sealed);
    EXPECT_EQ(first.content_hash, again.content_hash);
    EXPECT_NE(first.content_hash, other.content_hash);
}

}  // namespace
}  // namespace pinwire::worker
