// Accounts in the tables: what services read, what the CLI changes, and the trace it leaves.
#include "common/postgres/accounts.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "common/core/hmac.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class Accounts : public database {
protected:
    bool save(const std::string& columns, bool create = false, const std::string& name = "acme") {
        account_change change;
        change.who = "olga";
        change.what = create ? "account add" : "account set";
        change.account = account_name(name);
        change.create = create;
        change.columns = columns;
        return save_account(db(), change);
    }
    key_added add_key(const std::string& clear, std::optional<time_point> expires = {}) {
        account_key_row key;
        key.account = account_name("acme");
        key.digest = sha256(clear);
        key.label = "of " + clear;
        key.expires_at = expires;
        return add_account_key(db(), "olga", key);
    }
    account_tables read() { return *read_accounts(db(), -1, true); }
};

TEST_F(Accounts, AnAccountComesBackAsItWasSaved) {
    account_row made;
    made.name = account_name("acme");
    made.suspended = true;
    made.webhook_secrets = {"v1.k1.abc", "v1.k1.def"};
    made.allow_http = true;
    made.allow_cidrs = {"10.0.0.0/8"};
    made.ports = {443, 8443};
    made.time_zone = "+02:00";
    made.default_sender = "Acme, \"Inc\"";
    made.senders = {"Acme", "4477"};
    made.text_360nrs = "Code {PIN}";
    made.text_infobip = "Code {{pin}}";
    made.callers = {"192.0.2.0/24"};
    made.allowed_prefixes = {"34", "44"};
    made.blocked_prefixes = {"3490"};
    made.per_number = "3/1d";
    made.per_account = "";
    made.idempotency_window = 30s;
    made.prepaid = true;
    made.strict = true;
    made.keep_jobs = 72h;
    ASSERT_TRUE(save(columns_of(made), true));
    ASSERT_EQ(read().accounts.size(), 1U);
    EXPECT_EQ(read().accounts[0], made);
}

TEST_F(Accounts, AChangeKeepsWhatItDoesNotName) {
    EXPECT_FALSE(save("{}")) << "there is none";
    EXPECT_TRUE(save(R"({"default_sender":"Acme"})", true));
    EXPECT_FALSE(save("{}", true)) << "there is one";
    EXPECT_TRUE(save(R"({"strict":true})"));
    const auto all = read();
    EXPECT_EQ(all.accounts.at(0).default_sender, "Acme");
    EXPECT_TRUE(all.accounts[0].strict);
    EXPECT_EQ(all.accounts[0].per_number, "10/1h");
    EXPECT_EQ(account_suspended(db(), account_name("acme")), false);
    EXPECT_EQ(account_suspended(db(), account_name("none")), std::nullopt);
}

TEST_F(Accounts, TheVersionMovesWithEachChangeAndSavesReading) {
    const auto before = read().version;
    EXPECT_FALSE(read_accounts(db(), before, true)) << "nothing moved";
    save("{}", true);
    const auto after = read_accounts(db(), before, true);
    ASSERT_TRUE(after);
    EXPECT_GT(after->version, before);
    add_key("one");
    const auto with_key = read_accounts(db(), after->version, false);
    ASSERT_TRUE(with_key);
    EXPECT_TRUE(with_key->keys.empty()) << "keys are the API's alone";
    EXPECT_EQ(read().keys.at(0).digest, sha256("one"));
}

TEST_F(Accounts, TwoKeysLiveAtOnceAndNoMore) {
    EXPECT_EQ(add_key("one"), key_added::no_account);
    save("{}", true);
    EXPECT_EQ(add_key("one"), key_added::done);
    EXPECT_EQ(add_key("one"), key_added::known);
    EXPECT_EQ(add_key("two", now() + 1h), key_added::done);
    EXPECT_EQ(add_key("three"), key_added::two_are_live);
    const auto name =
        value("select key from list_account_keys('acme') order by created_at limit 1");
    EXPECT_TRUE(revoke_account_key(db(), "olga", account_name("acme"), name));
    EXPECT_FALSE(revoke_account_key(db(), "olga", account_name("acme"), name)) << "already";
    EXPECT_EQ(add_key("three", now() - 1s), key_added::done);
    EXPECT_EQ(add_key("four"), key_added::done) << "an expired one doesn't count";
    EXPECT_EQ(read().keys.size(), 3U) << "the revoked one isn't read";
}

TEST_F(Accounts, TwoWhoAddKeysAtOnceGetTwoAltogether) {
    save("{}", true);
    std::atomic<int> done = 0;
    std::vector<std::thread> all;
    for (int i = 0; i < 6; ++i) {
        all.emplace_back([this, i, &done] {
            const auto mine = another();
            account_key_row key;
            key.account = account_name("acme");
            key.digest = sha256("key " + std::to_string(i));
            if (add_account_key(*mine, "olga", key) == key_added::done) ++done;
        });
    }
    for (auto& one : all)
        one.join();
    EXPECT_EQ(done, 2);
}

TEST_F(Accounts, TestNumbersAreReadSavedOverAndRemoved) {
    test_number_row number;
    number.account = account_name("acme");
    number.number = *msisdn::parse("34600000001");
    number.pin = "v1.k1.sealed";
    number.outcome = 8;
    EXPECT_FALSE(save_test_number(db(), "olga", number)) << "no such account";
    save("{}", true);
    EXPECT_TRUE(save_test_number(db(), "olga", number));
    number.nc = std::int16_t{2};
    EXPECT_TRUE(save_test_number(db(), "olga", number));
    const auto all = read();
    ASSERT_EQ(all.test_numbers.size(), 1U);
    EXPECT_EQ(all.test_numbers[0].nc, std::int16_t{2});
    EXPECT_EQ(all.test_numbers[0].pin, "v1.k1.sealed");
    EXPECT_TRUE(remove_test_number(db(), "olga", number.account, number.number));
    EXPECT_FALSE(remove_test_number(db(), "olga", number.account, number.number));
}

TEST_F(Accounts, CreditAddsUpAndNeverFallsBelowZero) {
    EXPECT_EQ(add_credit(db(), "olga", account_name("acme"), 5), std::nullopt);
    save("{}", true);
    EXPECT_EQ(add_credit(db(), "olga", account_name("acme"), 5'000'000), 5'000'000);
    EXPECT_EQ(add_credit(db(), "olga", account_name("acme"), -2'000'000), 3'000'000);
    EXPECT_THROW(add_credit(db(), "olga", account_name("acme"), -4'000'000), database_error);
    EXPECT_EQ(value("select micros from account_credit"), "3000000");
}

TEST_F(Accounts, EveryChangeLeavesAnAuditRowWithoutSecrets) {
    save(R"({"webhook_secrets":["v1.k1.hidden"]})", true);
    save(R"({"strict":true})");
    add_key("one");
    add_credit(db(), "olga", account_name("acme"), 1);
    EXPECT_EQ(count("audit where who = 'olga' and account = 'acme'"), 4);
    EXPECT_EQ(value("select before ->> 'strict' from audit where what = 'account set'"), "false");
    EXPECT_EQ(value("select after ->> 'strict' from audit where what = 'account set'"), "true");
    EXPECT_EQ(
        value("select after ->> 'webhook_secrets' from audit where what = 'account set'"), "1"
    );
    EXPECT_EQ(count("audit a where a::text like '%hidden%'"), 0);
}

TEST_F(Accounts, ServicesReadAndNothingElse) {
    save("{}", true);
    for (const char* role : {"pinwire_worker", "pinwire_callback", "pinwire_api"}) {
        const auto service = another(role);
        EXPECT_EQ(read_accounts(*service, -1, false)->accounts.size(), 1U) << role;
        EXPECT_THROW(service->query("select * from account"), database_error) << role;
        EXPECT_THROW(add_credit(*service, "x", account_name("acme"), 1), database_error) << role;
    }
    EXPECT_THROW(read_accounts(*another("pinwire_worker"), -1, true), database_error);
    EXPECT_NO_THROW(read_accounts(*another("pinwire_api"), -1, true));
    const auto reader = another("pinwire_reader");
    EXPECT_EQ(reader->query("select account_facts(null)").size(), 1U);
    EXPECT_THROW(reader->query("select webhook_secrets from account"), database_error);
    EXPECT_THROW(read_accounts(*reader, -1, false), database_error);
}

}  // namespace
}  // namespace pinwire::postgres::test
