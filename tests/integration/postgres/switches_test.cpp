// What is suspended: what services read, what the CLI changes, and the trace it leaves.
#include "common/postgres/switches.hpp"

#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class Switches : public database {
protected:
    bool off(
        switch_kind kind,
        const std::string& name,
        const std::string& reason = "abuse",
        std::optional<milliseconds> lasts = {}
    ) {
        suspension_change change;
        change.who = "olga";
        change.kind = kind;
        change.name = name;
        change.reason = reason;
        change.lasts = lasts;
        return suspend(db(), change);
    }
    suspension_table read() { return *read_suspensions(db(), -1); }
};

TEST_F(Switches, ASuspensionComesBackAsItWasMade) {
    EXPECT_TRUE(read().all.empty());
    EXPECT_TRUE(off(switch_kind::prefix, "3460000", "low conversion", 1h));
    EXPECT_TRUE(off(switch_kind::route, "world"));
    const auto all = read().all;
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].kind, switch_kind::prefix);
    EXPECT_EQ(all[0].name, "3460000");
    EXPECT_EQ(all[0].reason, "low conversion");
    EXPECT_EQ(all[0].who, "olga");
    ASSERT_TRUE(all[0].expires_at);
    EXPECT_LT(*all[0].expires_at - all[0].at, 1h + 1s);
    EXPECT_GT(*all[0].expires_at - all[0].at, 1h - 1s);
    EXPECT_FALSE(all[1].expires_at);
    EXPECT_EQ(list_suspensions(db()), all);
}

TEST_F(Switches, TheVersionMovesWithEachChangeAndSavesReading) {
    const auto before = read().version;
    EXPECT_FALSE(read_suspensions(db(), before));
    off(switch_kind::account, "acme");
    const auto after = read_suspensions(db(), before);
    ASSERT_TRUE(after);
    EXPECT_GT(after->version, before);
    resume(db(), "olga", switch_kind::account, "acme");
    const auto end = read_suspensions(db(), after->version);
    ASSERT_TRUE(end);
    EXPECT_TRUE(end->all.empty());
}

TEST_F(Switches, ASecondSuspensionReplacesTheReasonAndSaysSo) {
    EXPECT_TRUE(off(switch_kind::country, "34"));
    EXPECT_FALSE(off(switch_kind::country, "34", "another", 1h));
    ASSERT_EQ(read().all.size(), 1U);
    EXPECT_EQ(read().all[0].reason, "another");
    EXPECT_TRUE(resume(db(), "pete", switch_kind::country, "34"));
    EXPECT_FALSE(resume(db(), "pete", switch_kind::country, "34"));
}

TEST_F(Switches, OneThatHasEndedIsNotReadAndCanBeMadeAnew) {
    EXPECT_TRUE(off(switch_kind::number, "34600000001", "x", 1ms));
    while (count("suspension where expires_at > clock_timestamp()") > 0) {
    }
    EXPECT_TRUE(read().all.empty());
    EXPECT_TRUE(off(switch_kind::number, "34600000001"));
    EXPECT_EQ(read().all.size(), 1U);
}

TEST_F(Switches, NamesThatAreNoDigitsAreRefusedWhereOnlyDigitsCanBe) {
    for (const auto kind : {switch_kind::country, switch_kind::prefix, switch_kind::number})
        EXPECT_THROW(off(kind, "es"), database_error) << to_string(kind);
}

TEST_F(Switches, EveryChangeLeavesAnAuditRowThatHidesNumbers) {
    db().query("insert into account (name) values ('acme')");
    db().query(
        "insert into account_key (digest, account) values (sha256('one'), 'acme') returning 1"
    );
    const auto key = value("select left(encode(sha256('one'), 'hex'), 12)");
    EXPECT_TRUE(account_key_exists(db(), key));
    EXPECT_FALSE(account_key_exists(db(), "000000000000"));
    off(switch_kind::account, "acme");
    off(switch_kind::key, key);
    off(switch_kind::number, "34600001234");
    off(switch_kind::number, "34600001234", "again");
    resume(db(), "pete", switch_kind::number, "34600001234");
    EXPECT_EQ(count("audit where what = 'suspend' and who = 'olga'"), 4);
    EXPECT_EQ(count("audit where what = 'suspend' and account = 'acme'"), 2);
    EXPECT_EQ(count("audit where what = 'resume' and who = 'pete' and after is null"), 1);
    EXPECT_EQ(count("audit a where a::text like '%34600001234%'"), 0);
    EXPECT_EQ(
        count("audit where before ->> 'reason' = 'abuse' and after ->> 'reason' = 'again'"), 1
    );
}

TEST_F(Switches, ServicesReadAndNothingElse) {
    off(switch_kind::account, "acme");
    for (const char* role : {"pinwire_worker", "pinwire_callback", "pinwire_api"}) {
        const auto service = another(role);
        EXPECT_EQ(read_suspensions(*service, -1)->all.size(), 1U) << role;
        EXPECT_THROW(resume(*service, "x", switch_kind::account, "acme"), database_error) << role;
        EXPECT_THROW(service->query("delete from suspension"), database_error) << role;
    }
    EXPECT_EQ(list_suspensions(*another("pinwire_reader")).size(), 1U);
}

}  // namespace
}  // namespace pinwire::postgres::test
