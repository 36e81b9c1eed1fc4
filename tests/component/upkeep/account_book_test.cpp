// Whose account it is: the file's, the tables', and what stays while the database is away. The
// tables are a function here; the real ones are tests/integration/postgres/accounts_test.cpp's.
#include "common/upkeep/account_book.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire::upkeep {
namespace {

using namespace std::chrono_literals;
using std::chrono::system_clock;

constexpr account_book::digest some_key{7};
constexpr account_book::digest other_key{8};

key_ring ring() {
    std::array<std::uint8_t, 32> bytes{};
    bytes.fill(1);
    return key_ring::parse(key_ring::make_line(key_id("k1"), bytes, true) + "\n");
}

class AccountBook : public testing::Test {
protected:
    AccountBook() {
        settings_.keys.ring = ring();
        for (const char* name : {"acme", "blue"}) {
            auto& made = settings_.accounts[account_name(name)];
            made.name = account_name(name);
            made.default_sender = sender_name("File");
        }
        tables_.version = 1;
    }

    postgres::account_row& row(const std::string& name) {
        postgres::account_row made;
        made.name = account_name(name);
        made.default_sender = "Table";
        tables_.accounts.push_back(made);
        return tables_.accounts.back();
    }
    void key(const account_book::digest& digest, const std::string& account) {
        postgres::account_key_row made;
        made.account = account_name(account);
        made.digest = digest;
        made.label = "first";
        tables_.keys.push_back(made);
    }

    account_book::source source() {
        return [this](std::int64_t known) { return read(known); };
    }
    bool refresh(account_book& book) {
        bool answered = false;
        const auto body = [&]() -> awaitable<void> { answered = co_await book.refresh_now(); };
        loop_.run(body());
        return answered;
    }
    static std::string sender(const account_book& book, const std::string& name) {
        const auto found = book.find(account_name(name));
        return found ? found->default_sender.str() : "none";
    }

    awaitable<std::optional<postgres::account_tables>> read(std::int64_t known) {
        ++looks_;
        co_await sleep_for(1ms);
        if (away_) throw postgres::database_error(postgres::trouble::weather, "", "away");
        if (known == tables_.version) co_return std::nullopt;
        ++reads_;
        co_return tables_;
    }

    pinwire::test::loop loop_;
    config::settings settings_;
    postgres::account_tables tables_;
    bool away_ = false;
    int looks_ = 0;
    int reads_ = 0;
};

TEST_F(AccountBook, HasTheFilesAccountsWithoutAnyDatabase) {
    account_book book(settings_);
    EXPECT_EQ(sender(book, "acme"), "File");
    EXPECT_EQ(sender(book, "nobody"), "none");
    EXPECT_TRUE(refresh(book));
}

TEST_F(AccountBook, TheTablesAccountWinsAndTheOthersStay) {
    row("acme");
    row("cyan");
    account_book book(settings_, source());
    EXPECT_EQ(sender(book, "acme"), "File") << "nothing was read yet";
    EXPECT_TRUE(refresh(book));
    EXPECT_EQ(sender(book, "acme"), "Table");
    EXPECT_EQ(sender(book, "blue"), "File");
    EXPECT_EQ(sender(book, "cyan"), "Table");
    EXPECT_EQ(book.all()->size(), 3U);
}

TEST_F(AccountBook, AnAccountThatSomebodyHoldsIsNotChangedUnderIt) {
    row("acme");
    account_book book(settings_, source());
    const auto held = book.find(account_name("acme"));
    refresh(book);
    EXPECT_EQ(held->default_sender, sender_name("File"));
}

TEST_F(AccountBook, KeepsWhatItKnewWhileTheDatabaseIsAway) {
    row("cyan");
    account_book book(settings_, source());
    EXPECT_TRUE(refresh(book));
    away_ = true;
    ++tables_.version;
    EXPECT_FALSE(refresh(book));
    EXPECT_EQ(sender(book, "cyan"), "Table");
}

TEST_F(AccountBook, ReadsTheTablesOnlyWhenTheirVersionMoved) {
    row("cyan");
    account_book book(settings_, source());
    refresh(book);
    refresh(book);
    EXPECT_EQ(looks_, 2);
    EXPECT_EQ(reads_, 1);
    row("dark");
    ++tables_.version;
    refresh(book);
    EXPECT_EQ(sender(book, "dark"), "Table");
}

TEST_F(AccountBook, ManyWhoMissTogetherAskOnce) {
    account_book book(settings_, source());
    task_group all(loop_.ex(), [](std::exception_ptr) { ADD_FAILURE(); });
    int answered = 0;
    const auto body = [&]() -> awaitable<void> {
        for (int i = 0; i < 100; ++i) {
            const auto one = [&]() -> awaitable<void> {
                const bool well = co_await book.refresh_now();
                answered += well ? 1 : 0;
            };
            all.spawn(one(), "one");
        }
        co_await all.drain(5s);
    };
    loop_.run(body());
    EXPECT_EQ(answered, 100);
    // the look under way began before the others asked: they need one more, and share it
    EXPECT_LE(looks_, 2);
}

TEST_F(AccountBook, FindsTheOwnerOfALiveKeyOnly) {
    row("cyan");
    key(some_key, "cyan");
    key(other_key, "cyan");
    tables_.keys.back().expires_at = system_clock::now() + 1h;
    account_book book(settings_, source());
    EXPECT_EQ(book.find_by_key(some_key), nullptr);
    refresh(book);
    ASSERT_NE(book.find_by_key(some_key), nullptr);
    EXPECT_EQ(book.find_by_key(some_key)->name, account_name("cyan"));
    EXPECT_NE(book.find_by_key(other_key), nullptr);
    EXPECT_EQ(book.find_by_key(other_key, system_clock::now() + 2h), nullptr);
    tables_.keys.erase(tables_.keys.begin());
    ++tables_.version;
    refresh(book);
    EXPECT_EQ(book.find_by_key(some_key), nullptr) << "revoked";
}

TEST_F(AccountBook, OpensSecretsUnderTheRingAndLeavesOutWhatIsForged) {
    const auto name = account_name("cyan");
    const nonce96 nonce{};
    const auto sealed =
        settings_.keys.ring->seal(secret("clear"), postgres::secret_context(name), nonce);
    const auto elsewhere = settings_.keys.ring->seal(
        secret("clear"), postgres::secret_context(account_name("acme")), nonce
    );
    row("cyan").webhook_secrets = {elsewhere, sealed};
    const auto number = *msisdn::parse("34600000001");
    postgres::test_number_row test;
    test.account = name;
    test.number = number;
    test.pin =
        settings_.keys.ring->seal(secret("1234"), postgres::test_pin_context(name, number), nonce);
    test.outcome = static_cast<std::int16_t>(dlr_status::undeliv);
    tables_.test_numbers.push_back(test);
    account_book book(settings_, source());
    refresh(book);
    const auto found = book.find(name);
    ASSERT_EQ(found->webhook_secrets.size(), 1U);
    EXPECT_EQ(found->webhook_secrets[0].reveal(), "clear");
    EXPECT_TRUE(found->secret_unreadable);
    EXPECT_EQ(found->test_numbers.at(number).pin.reveal(), "1234");
    EXPECT_EQ(found->test_numbers.at(number).outcome, dlr_status::undeliv);
}

TEST_F(AccountBook, KeepsATestNumberWhosePinItCannotOpen) {
    const auto name = account_name("cyan");
    row("cyan");
    postgres::test_number_row test;
    test.account = name;
    test.number = *msisdn::parse("34600000001");
    test.pin = "v1.gone.sealed";
    tables_.test_numbers.push_back(test);
    account_book book(settings_, source());
    refresh(book);
    EXPECT_TRUE(book.find(name)->test_numbers.at(test.number).pin.empty());
}

TEST_F(AccountBook, ReadsEveryFieldOfARow) {
    auto& from = row("cyan");
    from.suspended = true;
    from.allow_http = true;
    from.allow_cidrs = {"10.0.0.0/8"};
    from.ports = {8443};
    from.time_zone = "+02:00";
    from.senders = {"Table", "Other"};
    from.text_360nrs = "A {PIN}";
    from.text_infobip = "B {{pin}}";
    from.callers = {"192.0.2.0/24"};
    from.allowed_prefixes = {"34"};
    from.blocked_prefixes = {"3490"};
    from.per_number = "3/1d";
    from.per_account = "100/1m";
    from.idempotency_window = 30s;
    from.prepaid = true;
    from.strict = true;
    account_book book(settings_, source());
    refresh(book);
    const auto found = book.find(account_name("cyan"));
    ASSERT_NE(found, nullptr);
    EXPECT_TRUE(found->suspended && found->allow_http && found->prepaid && found->strict);
    EXPECT_EQ(found->allow_cidrs.at(0).to_string(), "10.0.0.0/8");
    EXPECT_EQ(found->ports, std::vector<std::uint16_t>{8443});
    EXPECT_EQ(found->time_zone, "+02:00");
    EXPECT_EQ(found->senders.size(), 2U);
    EXPECT_EQ(found->text_360nrs, "A {PIN}");
    EXPECT_EQ(found->text_infobip, "B {{pin}}");
    EXPECT_EQ(found->callers.at(0).to_string(), "192.0.2.0/24");
    EXPECT_EQ(found->allowed_prefixes.at(0), "34");
    EXPECT_EQ(found->blocked_prefixes.at(0), "3490");
    EXPECT_EQ(found->per_number, (rate_limit{3, 24h}));
    EXPECT_EQ(found->per_account, (rate_limit{100, 1min}));
    EXPECT_EQ(found->idempotency_window, 30s);
}

TEST_F(AccountBook, ALimitThatCannotBeReadSuspends) {
    row("cyan").per_account = "100 a minute";
    row("acme").per_number = "3/fortnight";
    row("free").per_account = "";
    row("free").per_number = "";
    account_book book(settings_, source());
    refresh(book);
    EXPECT_TRUE(book.find(account_name("cyan"))->suspended);
    EXPECT_TRUE(book.find(account_name("acme"))->suspended);
    EXPECT_FALSE(book.find(account_name("free"))->suspended) << "an empty one is no bound";
}

TEST_F(AccountBook, AListOfCallersThatCannotBeReadLetsNobodyIn) {
    row("cyan").callers = {"somewhere"};
    account_book book(settings_, source());
    refresh(book);
    EXPECT_TRUE(book.find(account_name("cyan"))->suspended);
}

}  // namespace
}  // namespace pinwire::upkeep
