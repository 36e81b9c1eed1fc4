// PostgreSQL is there and not well: slow, full, locked, in a deadlock, closed to writers or to more
// connections, losing some of them. Under load, from Kafka and at the API, nothing is lost or sent
// twice, every caller is answered in time, and once it is well nobody has to help.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "tests/faults/network.hpp"
#include "tests/faults/small_disk.hpp"
#include "tests/faults/steady_traffic.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

class Database : public testing::Test {
protected:
    static stack_options patient() {
        stack_options made;
        made.edit = be_patient;
        return made;
    }

    void begin() {
        load_.begin();
        name_ = stack_.query("select current_database()").one().text(0);
    }
    // An administrator's own connection: all in one transaction.
    void administer(const std::string& sql) {
        postgres::connection_settings how;
        how.conninfo = stack_.conninfo();
        how.statement_timeout = 60s;
        how.lock_timeout = 30s;
        postgres::session(how).script(sql);
    }
    void alter(const std::string& what) {
        stack_.query(fmt::format("alter database {} {}", name_, what));
    }
    void end_connections(const std::string& which = "true") {
        stack_.query(
            "select count(pg_terminate_backend(pid)) from pg_stat_activity"
            " where datname = current_database() and usename in ('pinwire_worker',"
            " 'pinwire_callback', 'pinwire_api') and " +
            which
        );
    }
    // On either side; which process comes to it is chance.
    bool said(std::initializer_list<const char*> any_of) {
        return one_said(stack_, {"worker-1", "callback"}, any_of) &&
               one_said(stack_, {"api-1", "api-2"}, any_of);
    }

    pinwire_stack stack_{patient()};
    steady_traffic load_{stack_, stack_.jobs(), stack_.sim() + "/customer/acme"};
    std::string name_;
};

class DatabaseBehindAProxy : public testing::Test {
protected:
    // A heartbeat takes a second here: these are the times of an operator's configuration.
    stack_options usual_times() {
        auto made = net_.options();
        made.edit = [first = made.edit](toml_tables& to) {
            if (first) first(to);
            for (const auto* name : {"heartbeat", "stale_after", "takeover_after"})
                to["worker"].erase(name);
        };
        return made;
    }

    network net_;
    pinwire_stack stack_{usual_times()};
    steady_traffic load_{stack_, net_.jobs(), net_.report_url()};
};

TEST_F(DatabaseBehindAProxy, MayTakeHalfASecondForEachCommit) {
    load_.begin();
    net_.to(part::database).fail({.what = fault::delay, .pause = 250ms});
    load_.until([this] { return stack_.acceptances() > 50; }, 4s, "jobs under way");
    net_.heal();
    EXPECT_TRUE(load_.ends_well(120s));
}

TEST_F(Database, MayLoseAnyOfItsConnectionsAtAnyTime) {
    begin();
    stack_.query("select setseed(0.4)");
    for (int i = 0; i < 40; ++i) {
        end_connections("random() < 0.3");
        load_.run(100ms);
    }
    EXPECT_TRUE(load_.ends_well(90s));
}

TEST_F(Database, MayBeOutOfConnections) {
    begin();
    alter("connection limit 1");
    end_connections();
    const auto refused = [this] { return said({"53300", "too many connections"}); };
    load_.until(refused, 2s, "refused connections");
    alter("connection limit -1");
    EXPECT_TRUE(load_.ends_well(90s));
}

TEST_F(Database, MayBeReadOnlyForAWhile) {
    begin();
    alter("set default_transaction_read_only = on");
    end_connections();
    load_.until([this] { return said({"25006"}); }, 2s, "refused writes");
    alter("reset default_transaction_read_only");
    EXPECT_TRUE(load_.ends_well(90s));
}

TEST_F(Database, MayBeLockedByAnAdministrator) {
    begin();
    for (const auto* table : {"job", "due", "attempt", "report", "outbox"}) {
        load_.some();
        administer(fmt::format("lock table {} in access exclusive mode; select pg_sleep(3)", table)
        );
    }
    EXPECT_TRUE(one_said(stack_, {"worker-1", "callback"}, {"55P03"}))
        << "nobody waited too long for a lock";
    EXPECT_TRUE(load_.ends_well(90s));
}

// The administrator locks jobs from the other end than Pinwire does, and is patient: Pinwire's
// statement is the one that is given up.
TEST_F(Database, MayEndItsStatementsInDeadlocks) {
    begin();
    const auto happened = [this] {
        administer(
            "set local deadlock_timeout = '60s'; set local lock_timeout = 0;"
            "do $$ declare one uuid; begin"
            " for one in select id from job where final_at is null order by id desc limit 40 loop"
            "  exit when clock_timestamp() > statement_timestamp() + interval '3 s';"
            "  perform 1 from job where id = one for update;"
            "  perform pg_sleep(0.005);"
            " end loop; end $$"
        );
        return stack_.count(
                   "select deadlocks from pg_stat_database where datname = current_database()"
               ) > 0;
    };
    load_.until(happened, 0ms, "a deadlock");
    EXPECT_TRUE(load_.ends_well(90s));
}

class DatabaseOnASmallDisk : public testing::Test {
protected:
    void TearDown() override { stack_.reset(); }

    std::string name_of_database() {
        const auto name = stack_->conninfo();
        return name.substr(name.rfind('=') + 1);
    }
    void fill() {
        stack_->query("create table filler (line text)");
        stack_->query("alter table filler set (autovacuum_enabled = off)");
        for (const int lines : {20'000, 2'000, 200, 20}) {
            try {
                for (;;)
                    stack_->query(fmt::format(
                        "insert into filler select repeat('x', 1000) from generate_series(1, {})",
                        lines
                    ));
            } catch (const postgres::database_error& error) {
                ASSERT_EQ(error.sqlstate(), "53100") << error.what();
            }
        }
    }

    std::unique_ptr<postgres_cluster> cluster_ = std::make_unique<postgres_cluster>();
    small_disk disk_{cluster_->conninfo(), 64};
    std::unique_ptr<pinwire_stack> stack_;
};

TEST_F(DatabaseOnASmallDisk, MayBeFull) {
    if (!disk_.made()) GTEST_SKIP() << disk_.why_not();
    stack_options options;
    options.postgres = cluster_.get();
    options.edit = be_patient;
    stack_ = std::make_unique<pinwire_stack>(options);
    disk_.move_here(name_of_database());
    steady_traffic load(*stack_, stack_->jobs(), stack_->sim() + "/customer/acme");
    load.begin();
    ASSERT_NO_FATAL_FAILURE(fill());
    const auto refused = [this] {
        return one_said(*stack_, {"worker-1"}, {"53100"}) &&
               one_said(*stack_, {"api-1", "api-2"}, {"53100"});
    };
    load.until(refused, 2s, "writes for which there is no room");
    stack_->query("drop table filler");
    EXPECT_TRUE(load.ends_well(120s));
}

}  // namespace
}  // namespace pinwire::test
