#include "tests/support/postgres_cluster.hpp"

#include <gtest/gtest.h>

#include <pqxx/pqxx>

namespace pinwire::test {
namespace {

std::string ask(const std::string& conninfo, const std::string& query) {
    pqxx::connection connection(conninfo);
    return pqxx::nontransaction(connection).exec(query)[0][0].as<std::string>();
}

TEST(PostgresCluster, GivesEachTestADatabaseOfItsOwnAndDropsIt) {
    auto& cluster = postgres_cluster::shared();
    const auto count = [&](const std::string& name) {
        return ask(
            cluster.conninfo(), "select count(*) from pg_database where datname='" + name + "'"
        );
    };
    std::string name;
    {
        const auto first = cluster.fresh_database();
        const auto second = cluster.fresh_database();
        EXPECT_NE(first->name(), second->name());
        EXPECT_EQ(ask(first->conninfo(), "select current_database()"), first->name());
        name = first->name();
        EXPECT_EQ(count(name), "1");
    }
    EXPECT_EQ(count(name), "0");
}

TEST(PostgresCluster, KeepsValuesOutOfItsLogAndSpeaksUtf8) {
    const auto& conninfo = postgres_cluster::shared().conninfo();
    EXPECT_EQ(ask(conninfo, "show log_parameter_max_length"), "0");
    EXPECT_EQ(ask(conninfo, "show log_parameter_max_length_on_error"), "0");
    EXPECT_EQ(ask(conninfo, "show server_encoding"), "UTF8");
    EXPECT_EQ(ask(conninfo, "show listen_addresses"), "");
}

TEST(PostgresCluster, APrivateOneKeepsWhatWasCommittedThroughACrash) {
    postgres_cluster cluster;
    const auto database = cluster.fresh_database();
    pqxx::connection before(database->conninfo());
    pqxx::nontransaction(before).exec("create table kept as select 42 as answer");
    cluster.restart_immediate();
    EXPECT_THROW(pqxx::nontransaction(before).exec("select 1"), pqxx::broken_connection);
    EXPECT_EQ(ask(database->conninfo(), "select answer from kept"), "42");
    cluster.stop_immediate();
    EXPECT_THROW(ask(database->conninfo(), "select 1"), pqxx::broken_connection);
    cluster.start();
    EXPECT_EQ(ask(database->conninfo(), "select answer from kept"), "42");
}

TEST(PostgresCluster, LogsInAnyRoleOverItsSocket) {
    postgres_cluster cluster;
    pqxx::connection admin(cluster.conninfo());
    pqxx::nontransaction(admin).exec("create role pinwire_worker login");
    const auto database = cluster.fresh_database();
    EXPECT_EQ(ask(database->conninfo("pinwire_worker"), "select current_user"), "pinwire_worker");
}

}  // namespace
}  // namespace pinwire::test
