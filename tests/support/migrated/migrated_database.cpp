#include "tests/support/migrated/migrated_database.hpp"

#include <filesystem>

#include "common/postgres/migrate.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

postgres::connection_settings patient(const std::string& conninfo) {
    postgres::connection_settings made;
    made.conninfo = conninfo;
    made.statement_timeout = 120s;
    made.lock_timeout = 120s;
    return made;
}

// Of other migrations it has another name, should the cluster outlive a change of them.
std::string name_for(const std::vector<postgres::migration>& files) {
    std::string all;
    for (const auto& file : files)
        all += file.sha256;
    return "pwm_" + std::to_string(std::hash<std::string>()(all));
}

std::string find_or_make() {
    const auto& cluster = postgres_cluster::shared().conninfo();
    const auto files = postgres::read_migrations(std::filesystem::path(PINWIRE_SOURCE_DIR) / "sql");
    const auto name = name_for(files);
    const auto unfinished = name + "_new";
    postgres::session maintenance(patient(cluster));
    maintenance.query("select pg_advisory_lock(7469)");
    if (maintenance.query("select from pg_database where datname = '" + name + "'").size() == 0) {
        maintenance.query("drop database if exists " + unfinished + " with (force)");
        maintenance.query("create database " + unfinished);
        {
            postgres::session owner(patient(conninfo_for(cluster, "postgres", unfinished)));
            postgres::migrate(owner, files);
        }
        maintenance.query("alter database " + unfinished + " rename to " + name);
    }
    maintenance.query("select pg_advisory_unlock(7469)");
    return name;
}

}  // namespace

std::unique_ptr<test_database> migrated_database() {
    static const auto name = find_or_make();
    return std::make_unique<test_database>(postgres_cluster::shared().conninfo(), name);
}

postgres::connection_settings connection_to(const test_database& database) {
    postgres::connection_settings made;
    made.conninfo = database.conninfo();
    made.statement_timeout = 30s;
    return made;
}

}  // namespace pinwire::test
