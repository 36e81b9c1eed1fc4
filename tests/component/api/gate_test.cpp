// Who is let in, and where an account may send.
#include <gtest/gtest.h>

#include "api/key_gate.hpp"
#include "common/core/hex.hpp"
#include "tests/component/api/fakes.hpp"
#include "tests/component/api/file_accounts.hpp"
#include "tests/component/runtime/run_loop.hpp"

namespace pinwire::api::test {
namespace {

class KeyGate : public testing::Test {
protected:
    config::account_settings& shop() { return w.settings.accounts.at(w.shop->name); }

    gate::verdict admit(const std::string& key, const std::string& from = "192.0.2.10") {
        const auto accounts = accounts_of_file(w.settings);
        key_gate gate(*accounts, switches, {}, w.clock);
        return gate.admit(secret(key), a_call("GET", "/").from(from));
    }
    gate::verdict admit_basic(const std::string& name, const std::string& key) {
        const auto accounts = accounts_of_file(w.settings);
        key_gate gate(*accounts, switches, {}, w.clock);
        return gate.admit_basic(name, secret(key), a_call("GET", "/"));
    }

    world w;
    upkeep::switch_board switches;
};

TEST_F(KeyGate, LetsInWhoHoldsAKey) {
    const auto told = admit("shop-key");
    ASSERT_TRUE(told.who);
    EXPECT_EQ(told.who->account->name, w.shop->name);
    EXPECT_EQ(told.who->request_id, "test-request");
}

TEST_F(KeyGate, KnowsNoOtherKey) {
    for (const auto* key : {"shop-kez", "shop-ke", "", "shop-key "}) {
        const auto told = admit(key);
        EXPECT_FALSE(told.who) << key;
        EXPECT_EQ(told.why, refused_caller::unknown_key) << key;
    }
}

TEST_F(KeyGate, TwoKeysLiveAtOnceAndAnExpiredOneIsUnknown) {
    config::api_key second;
    second.digest = sha256("second");
    second.expires_at = w.now + std::chrono::seconds(1);
    shop().keys.push_back(second);
    EXPECT_TRUE(admit("second").who);
    EXPECT_TRUE(admit("shop-key").who);
    w.now += std::chrono::seconds(1);
    const auto told = admit("second");
    EXPECT_FALSE(told.who);
    EXPECT_EQ(told.why, refused_caller::unknown_key);
    EXPECT_TRUE(admit("shop-key").who);
}

TEST_F(KeyGate, RefusesAnAddressThatIsNotOnTheList) {
    shop().callers = {*cidr::parse("198.51.100.0/24"), *cidr::parse("2001:db8::/32")};
    EXPECT_TRUE(admit("shop-key", "198.51.100.7").who);
    EXPECT_TRUE(admit("shop-key", "::ffff:198.51.100.7").who);
    EXPECT_TRUE(admit("shop-key", "2001:db8::1").who);
    const auto told = admit("shop-key", "198.51.101.7");
    EXPECT_FALSE(told.who);
    EXPECT_EQ(told.why, refused_caller::address);
}

TEST_F(KeyGate, TellsOfASuspensionOnlyToTheHolder) {
    shop().suspended = true;
    shop().callers = {*cidr::parse("198.51.100.0/24")};
    EXPECT_EQ(admit("wrong").why, refused_caller::unknown_key);
    EXPECT_EQ(admit("shop-key", "192.0.2.1").why, refused_caller::address);
    const auto told = admit("shop-key", "198.51.100.1");
    EXPECT_FALSE(told.who);
    EXPECT_EQ(told.why, refused_caller::suspended);
}

// What the table of suspensions holds, read once.
class SwitchedGate : public KeyGate {
protected:
    void suspend(switch_kind kind, const std::string& name) {
        suspension one;
        one.kind = kind;
        one.name = name;
        table.all.push_back(one);
        auto source = [this](std::int64_t) -> awaitable<std::optional<postgres::suspension_table>> {
            co_return table;
        };
        switches = upkeep::switch_board(std::move(source));
        pinwire::test::loop loop;
        loop.run(switches.first_look());
    }
    bool serves(const std::string& digits) {
        const auto accounts = accounts_of_file(w.settings);
        return key_gate(*accounts, switches, destinations, w.clock).serves(number(digits));
    }

    postgres::suspension_table table;
    destination_rules destinations;
};

TEST_F(SwitchedGate, AnAccountThatAnOperatorSwitchedOffIsSuspended) {
    suspend(switch_kind::account, "shop2");
    EXPECT_TRUE(admit("shop-key").who);
    suspend(switch_kind::account, "shop");
    EXPECT_EQ(admit("shop-key").why, refused_caller::suspended);
    EXPECT_EQ(admit("wrong").why, refused_caller::unknown_key);
}

TEST_F(SwitchedGate, AKeyIsSwitchedOffByItselfUnderTheNameThatListsShow) {
    config::api_key second;
    second.digest = sha256("second");
    shop().keys.push_back(second);
    suspend(switch_kind::key, hex_encode(sha256("second")).substr(0, 12));
    EXPECT_EQ(admit("second").why, refused_caller::suspended);
    EXPECT_FALSE(admit_basic("shop", "second").who);
    EXPECT_TRUE(admit("shop-key").who);
}

TEST_F(SwitchedGate, ServesNoNumberThatTheGuardOrAnOperatorRefuses) {
    destinations.countries = {"34", "44"};
    suspend(switch_kind::prefix, "3460000");
    suspend(switch_kind::account, "shop");
    EXPECT_TRUE(serves("447700900123"));
    EXPECT_TRUE(serves("34600010001"));
    EXPECT_FALSE(serves("34600000001"));
    EXPECT_FALSE(serves("351910000000"));
}

TEST_F(KeyGate, BasicNeedsTheAccountsOwnNameBesideItsKey) {
    EXPECT_TRUE(admit_basic("shop", "shop-key").who);
    EXPECT_FALSE(admit_basic("shop2", "shop-key").who);
    EXPECT_FALSE(admit_basic("shop", "shop-kez").who);
    EXPECT_FALSE(admit_basic("", "").who);
}

TEST(MaySendTo, BlockedPrefixesWinOverAllowedOnesOfBothLists) {
    world w;
    const auto to = number("447700900123");
    EXPECT_TRUE(may_send_to(w.settings, *w.shop, to));
    w.settings.api.allowed_prefixes = {"44", "33"};
    EXPECT_TRUE(may_send_to(w.settings, *w.shop, to));
    w.shop->allowed_prefixes = {"33"};
    EXPECT_FALSE(may_send_to(w.settings, *w.shop, to));
    w.shop->allowed_prefixes = {"447"};
    EXPECT_TRUE(may_send_to(w.settings, *w.shop, to));
    w.shop->blocked_prefixes = {"4477"};
    EXPECT_FALSE(may_send_to(w.settings, *w.shop, to));
    w.shop->blocked_prefixes.clear();
    w.settings.api.blocked_prefixes = {"447"};
    EXPECT_FALSE(may_send_to(w.settings, *w.shop, to));
    w.settings.api = {};
    w.settings.api.allowed_prefixes = {"1"};
    EXPECT_FALSE(may_send_to(w.settings, *w.shop, to));
}

TEST_F(KeyGate, TurnsNobodyAwayBeforeTheAccountsWereRead) {
    const auto accounts = accounts_of_file(w.settings);
    accounts->read = false;
    key_gate gate(*accounts, switches, {}, w.clock);
    EXPECT_TRUE(gate.admit(secret("shop-key"), a_call("GET", "/")).who);
    EXPECT_THROW(gate.admit(secret("nobodys-key"), a_call("GET", "/")), std::runtime_error);
    EXPECT_THROW(
        gate.admit_basic("shop", secret("nobodys-key"), a_call("GET", "/")), std::runtime_error
    );
}

}  // namespace
}  // namespace pinwire::api::test
