// Looks into the tables of reports, against a real database: each is bounded, so what a backlog
// hides must be found elsewhere: at the newest end, or where it was passed over.
#include "callback/table_walk.hpp"

#include <gtest/gtest.h>

#include <set>

#include "tests/component/http/loop.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

constexpr int backlog = 9000;  // several looks
const epoch_id mine = *epoch_id::parse("0123456789abcdef0123456789abcdef");

const auto nobody = [](const endpoint_key&) { return false; };
const auto everybody = [](const endpoint_key&) { return true; };

endpoint_key key(const std::string& host) {
    endpoint_key made;
    made.account = account_name("acme");
    made.origin = "https://" + host + ".example:443";
    return made;
}

postgres::endpoint_choice but(const std::vector<std::string>& hosts) {
    postgres::endpoint_choice made;
    for (const auto& host : hosts) {
        made.but_accounts.push_back("acme");
        made.but_origins.push_back(key(host).origin);
    }
    return made;
}

std::string host_of(const postgres::report_row& row) {
    return row.url.substr(8, row.url.find('.') - 8);
}
std::string host_of(const postgres::retry_row& row) {
    return host_of(row.report);
}

template <class Table>
class table_walk_test : public testing::Test {
protected:
    static postgres::connection_settings connection(const std::string& conninfo) {
        postgres::connection_settings made;
        made.conninfo = conninfo;
        made.statement_timeout = 60s;
        return made;
    }
    // So many for that host, behind all that is there.
    void leave(const std::string& host, int count) {
        constexpr auto fresh =
            "insert into report (id, job, kind, account, url, format, payload)"
            " select gen_random_uuid(), gen_random_uuid(), 1, 'acme', $1, 0, '{}'"
            "   from generate_series(1, $2::integer)";
        constexpr auto tried =
            "insert into report_retry (id, job, kind, account, url, format, payload, created_at,"
            " tries, first_try_at, due_at) select gen_random_uuid(), gen_random_uuid(), 1, 'acme',"
            " $1, 0, '{}', now(), 1, now(), clock_timestamp() - interval '1 ms'"
            "   from generate_series(1, $2::integer)";
        const auto* text = std::is_same_v<Table, fresh_table> ? fresh : tried;
        look_.query(text, {"https://" + host + ".example/hook", std::to_string(count)});
    }
    // Whose reports the look brought.
    std::multiset<std::string> look(
        const postgres::endpoint_choice& whose, typename table_walk<Table>::has_room room
    ) {
        const auto got = on_.run(walk_.look(whose, std::move(room)));
        more_ = got.more;
        std::multiset<std::string> hosts;
        for (const auto& row : got.rows)
            hosts.insert(host_of(row));
        return hosts;
    }

    const std::unique_ptr<pinwire::test::test_database> database_ =
        pinwire::test::migrated_database();
    http::test::loop on_;
    postgres::session look_{connection(database_->conninfo())};
    postgres::executor db_{connection(database_->conninfo()), "pg-test"};
    table_walk<Table> walk_{db_, mine, 60s};
    bool more_ = false;
};

using both = testing::Types<fresh_table, retry_table>;
struct names {
    template <class Table>
    static std::string GetName(int) {
        return std::is_same_v<Table, fresh_table> ? "Fresh" : "Retries";
    }
};
TYPED_TEST_SUITE(table_walk_test, both, names);

TYPED_TEST(table_walk_test, AWholeTableIsReadLookByLook) {
    this->leave("a", 450);
    std::multiset<std::string> all;
    int looks = 0;
    do {
        all.merge(this->look({}, nobody));
        ++looks;
    } while (this->more_);
    EXPECT_EQ(all.size(), 450U);
    EXPECT_LE(looks, 3);
    EXPECT_TRUE(this->look({}, nobody).empty());
}

TYPED_TEST(table_walk_test, NewOnesAreFoundAtOnceBehindAnyBacklog) {
    this->leave("dead", backlog);
    EXPECT_TRUE(this->look(but({"dead"}), nobody).empty());
    EXPECT_TRUE(this->more_);
    this->leave("quiet", 3);
    EXPECT_EQ(this->look(but({"dead"}), nobody).count("quiet"), 3U);
}

TYPED_TEST(table_walk_test, WhatIsAmidTheBacklogIsFoundWithinARound) {
    this->leave("dead", backlog / 2);
    this->leave("quiet", 3);
    this->leave("dead", backlog / 2);
    std::multiset<std::string> all;
    for (int looks = 0; looks <= backlog / 2000 + 1; ++looks)
        all.merge(this->look(but({"dead"}), nobody));
    EXPECT_EQ(all.count("quiet"), 3U);
    EXPECT_EQ(all.count("dead"), 0U);
}

TYPED_TEST(table_walk_test, WhoHasRoomAgainGoesOnWhereItWasPassedOver) {
    this->leave("busy", 500);
    this->leave("dead", backlog);
    this->look(but({"busy", "dead"}), nobody);
    this->look(but({"busy", "dead"}), nobody);
    ASSERT_TRUE(this->walk_.waits_for(key("busy")));
    const auto only_busy = [](const endpoint_key& of) { return of == key("busy"); };
    auto all = this->look(but({"dead"}), only_busy);
    all.merge(this->look(but({"dead"}), only_busy));
    EXPECT_GE(all.count("busy"), 400U) << "two looks that the dead one's backlog doesn't dilute";
    EXPECT_EQ(all.count("dead"), 0U);
}

TYPED_TEST(table_walk_test, WhatWasLeftIsLookedForUpToTheTablesEnd) {
    this->leave("dead", backlog);
    this->walk_.left(key("busy"), {});
    const auto only_busy = [](const endpoint_key& of) { return of == key("busy"); };
    int looks = 0;
    for (; this->walk_.waits_for(key("busy")) && looks < 10; ++looks)
        EXPECT_EQ(this->look(but({"dead"}), only_busy).count("dead"), 0U);
    EXPECT_EQ(looks, 2) << "bounded, and no more than it takes";
}

TYPED_TEST(table_walk_test, APassedOneIsForgottenWithItsLastReport) {
    this->leave("busy", 10);
    this->look(but({"busy"}), nobody);
    ASSERT_TRUE(this->walk_.waits_for(key("busy")));
    EXPECT_EQ(this->look({}, everybody).count("busy"), 10U);
    this->look(but({"busy"}), nobody);
    EXPECT_FALSE(this->walk_.waits_for(key("busy"))) << "nothing of it was passed over";
}

}  // namespace
}  // namespace pinwire::callback
