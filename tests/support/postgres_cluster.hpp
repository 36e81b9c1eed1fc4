// A real PostgreSQL for tests: the one that scripts/test started for the whole run, or a private
// one that a test may crash and restart. Needs the scripts of the source tree. Not thread-safe;
// failures throw with what PostgreSQL said.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

// A database of its own with a unique name, empty or a copy of another to which nobody is
// connected; dropped with the object, whoever is connected.
class test_database {
public:
    explicit test_database(
        std::string maintenance_conninfo, const std::string& copy_of = "template1"
    );
    ~test_database();
    test_database(const test_database&) = delete;
    test_database& operator=(const test_database&) = delete;

    const std::string& name() const { return name_; }
    std::string conninfo(std::string_view role = "postgres") const;

private:
    std::string maintenance_;
    std::string name_;
};

class postgres_cluster {
public:
    // The one named by PINWIRE_TEST_POSTGRES (a superuser's conninfo of its maintenance database);
    // without that, a private one of this process. Nobody may stop it.
    static postgres_cluster& shared();

    // A private one, destroyed with the object or, at the latest, with this process.
    postgres_cluster();
    ~postgres_cluster();
    postgres_cluster(const postgres_cluster&) = delete;
    postgres_cluster& operator=(const postgres_cluster&) = delete;

    // A superuser's, of the maintenance database.
    const std::string& conninfo() const { return conninfo_; }
    std::unique_ptr<test_database> fresh_database() const;

    // For private ones only; on the shared one they throw std::logic_error. Each returns when it is
    // done.
    void restart_immediate();  // as after a crash: connections break, what was committed is kept
    void stop_immediate();
    void start();

    // What the server has logged; empty for the shared one.
    std::string log() const;

private:
    explicit postgres_cluster(std::string shared_conninfo);
    void must_be_private() const;

    std::unique_ptr<temp_dir> directory_;  // empty: shared
    std::string conninfo_;
};

// `conninfo` with other values for user and dbname; only for what this header hands out.
std::string conninfo_for(
    const std::string& conninfo, std::string_view role, std::string_view database
);

}  // namespace pinwire::test
