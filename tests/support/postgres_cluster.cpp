#include "tests/support/postgres_cluster.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <pqxx/pqxx>
#include <stdexcept>
#include <utility>

#include "tests/support/child_process.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

void execute(const std::string& conninfo, const std::string& statement) {
    pqxx::connection connection(conninfo);
    pqxx::nontransaction(connection).exec(statement);
}

std::string run_node(std::vector<std::string> arguments) {
    auto answer = run_program(script("postgres-node"), std::move(arguments), 60s);
    while (!answer.empty() && answer.back() == '\n')
        answer.pop_back();
    return answer;
}

}  // namespace

std::string conninfo_for(
    const std::string& conninfo, std::string_view role, std::string_view database
) {
    // Of two values for one keyword libpq takes the last.
    return fmt::format("{} user={} dbname={}", conninfo, role, database);
}

test_database::test_database(std::string maintenance_conninfo, const std::string& copy_of)
    : maintenance_(std::move(maintenance_conninfo)), name_(unique_name("pw")) {
    execute(maintenance_, fmt::format("create database {} template {}", name_, copy_of));
}

test_database::~test_database() {
    try {
        execute(maintenance_, fmt::format("drop database if exists {} with (force)", name_));
    } catch (const std::exception& error) {
        // The cluster may be gone, as the test wished; the database went with it.
        std::cerr << "dropping " << name_ << ": " << error.what() << '\n';
    }
}

std::string test_database::conninfo(std::string_view role) const {
    return conninfo_for(maintenance_, role, name_);
}

postgres_cluster& postgres_cluster::shared() {
    static const auto cluster = [] {
        const char* named = std::getenv("PINWIRE_TEST_POSTGRES");
        const bool usable = named != nullptr && *named != '\0';
        return std::unique_ptr<postgres_cluster>(
            usable ? new postgres_cluster(std::string(named)) : new postgres_cluster()
        );
    }();
    return *cluster;
}

postgres_cluster::postgres_cluster(std::string shared_conninfo)
    : conninfo_(std::move(shared_conninfo)) {}

postgres_cluster::postgres_cluster() : directory_(std::make_unique<temp_dir>()) {
    start();
}

postgres_cluster::~postgres_cluster() {
    if (!directory_) return;
    try {
        run_node({"destroy", directory_->path() / "pg"});
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
    }
}

std::unique_ptr<test_database> postgres_cluster::fresh_database() const {
    return std::make_unique<test_database>(conninfo_);
}

void postgres_cluster::restart_immediate() {
    must_be_private();
    run_node({"restart", "-m", "immediate", directory_->path() / "pg"});
}

void postgres_cluster::stop_immediate() {
    must_be_private();
    run_node({"stop", "-m", "immediate", directory_->path() / "pg"});
}

void postgres_cluster::start() {
    must_be_private();
    // The directory above is closed to the `postgres` user as mkdtemp makes it.
    std::filesystem::permissions(directory_->path(), std::filesystem::perms(0711));
    const auto owner = std::to_string(::getpid());
    conninfo_ = run_node({"start", "--owner", owner, directory_->path() / "pg"});
}

std::string postgres_cluster::log() const {
    return directory_ ? read_file(directory_->path() / "pg" / "log") : std::string();
}

void postgres_cluster::must_be_private() const {
    if (!directory_) throw std::logic_error("the shared PostgreSQL is not this test's to stop");
}

}  // namespace pinwire::test
