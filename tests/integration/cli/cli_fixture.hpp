// What each CLI test starts from: a whole configuration with secrets of its own, an empty database,
// topics with names of their own, and the built program. Commands run as an operator runs them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/kafka/record.hpp"
#include "common/kafka/settings.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::cli {

struct ran {
    int code = -1;
    std::string out;
    std::string err;

    nlohmann::json json() const { return nlohmann::json::parse(out); }
};

class cli_test : public testing::Test {
protected:
    cli_test();

    // With --config; `input` becomes stdin.
    ran run(std::vector<std::string> arguments, const std::string& input = {}) const;
    ran run_bare(std::vector<std::string> arguments, const std::string& input = {}) const;

    // The configuration as text, to be changed and written again.
    std::string config() const;
    void write_config(const std::string& text) const;
    void use_kafka(const std::string& bootstrap) { bootstrap_ = bootstrap; }

    std::string write(const std::string& name, const std::string& text, int mode = 0600) const;

    const test::test_database& database();  // made when it is first asked for, not migrated
    void migrate();
    void sql(const std::string& text);

    kafka::settings where() const;
    std::string topic(const std::string& kind) const { return prefix_ + "." + kind; }
    void make_topics() const;
    std::vector<kafka::record> records_of(const std::string& topic) const;
    void produce(const std::string& topic, kafka::record record) const;

    test::temp_dir directory_;

private:
    std::string bootstrap_;
    std::string prefix_;
    std::unique_ptr<test::test_database> database_;
};

// A text with one place replaced; fails the test when it isn't there.
std::string replaced(std::string text, const std::string& from, const std::string& to);

}  // namespace pinwire::cli
