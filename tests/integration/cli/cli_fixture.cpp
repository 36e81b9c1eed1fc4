#include "tests/integration/cli/cli_fixture.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fstream>

#include "common/core/key_ring.hpp"
#include "common/kafka/producer.hpp"
#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"
#include "common/postgres/session.hpp"
#include "common/runtime/random.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/kafka_cluster.hpp"
#include "tests/support/source_tree.hpp"

namespace pinwire::cli {

using namespace std::chrono_literals;

cli_test::cli_test() : prefix_(test::unique_name("cli")) {
    write("carrier", "a-password");
    write("ring", key_ring::make_line(key_id("k1"), random_bytes<32>(), true));
}

std::string cli_test::write(const std::string& name, const std::string& text, int mode) const {
    const auto file = directory_ / name;
    std::ofstream(file) << text;
    ::chmod(file.c_str(), static_cast<mode_t>(mode));
    return file.string();
}

std::string cli_test::config() const {
    const auto bootstrap = bootstrap_.empty() ? std::string("127.0.0.1:1") : bootstrap_;
    const auto conninfo =
        database_ ? database_->conninfo() : std::string("host=/nowhere dbname=none user=nobody");
    return fmt::format(
        R"([kafka]
bootstrap_servers = "{0}"
produce_timeout = "2s"

[kafka.topics]
jobs = "{1}.jobs"
jobs_dead = "{1}.jobs.dead"
dlrs = "{1}.dlrs"
dlrs_dead = "{1}.dlrs.dead"
events = "{1}.events"
partitions = 3
replication = 1

[postgres]
conninfo = "{2}"

[keys]
ring_file = "ring"

[accounts.acme]

[carriers.alpha]
kind = "infobip"
base_url = "http://127.0.0.1:9"
password_file = "carrier"

[routes.all]
carrier = "alpha"

[callback]
public_url = "http://127.0.0.1:8081"
)",
        bootstrap,
        prefix_,
        conninfo
    );
}

void cli_test::write_config(const std::string& text) const {
    write("pinwire.toml", text, 0644);
}

ran cli_test::run(std::vector<std::string> arguments, const std::string& input) const {
    if (!std::filesystem::exists(directory_ / "pinwire.toml")) write_config(config());
    arguments.push_back("--config");
    arguments.push_back((directory_ / "pinwire.toml").string());
    return run_bare(std::move(arguments), input);
}

ran cli_test::run_bare(std::vector<std::string> arguments, const std::string& input) const {
    const auto in = write("stdin", input);
    for (const char* name : {"stdout", "stderr"})
        write(name, "");
    test::child_options options;
    // the shell gives it a stdin
    options.arguments = {"-c", "exec \"$@\" <\"$0\"", in, test::program("pinwire").string()};
    options.arguments.insert(options.arguments.end(), arguments.begin(), arguments.end());
    options.output = directory_ / "stdout";
    options.errors = directory_ / "stderr";
    test::child_process child("/bin/sh", options);
    ran result;
    if (const auto status = child.wait(60s)) result.code = status->code;
    result.out = test::read_file(directory_ / "stdout");
    result.err = test::read_file(directory_ / "stderr");
    return result;
}

const test::test_database& cli_test::database() {
    if (!database_) {
        database_ = test::postgres_cluster::shared().fresh_database();
        write_config(config());
    }
    return *database_;
}

void cli_test::migrate() {
    database();
    const auto done = run({"migrate"});
    ASSERT_EQ(done.code, 0) << done.err;
}

void cli_test::sql(const std::string& text) {
    postgres::connection_settings settings;
    settings.conninfo = database().conninfo();
    postgres::session(settings).script(text);
}

kafka::settings cli_test::where() const {
    kafka::settings made;
    made.bootstrap_servers = bootstrap_;
    made.client_id = "cli-test";
    return made;
}

void cli_test::make_topics() const {
    const auto done = run({"topics", "create"});
    ASSERT_EQ(done.code, 0) << done.err;
}

std::vector<kafka::record> cli_test::records_of(const std::string& name) const {
    std::vector<kafka::offset_range> ranges;
    for (const auto& one : kafka::end_offsets(where(), name)) {
        kafka::offset_range range;
        range.at = one.at;
        range.from = one.first;
        range.end = one.end;
        ranges.push_back(std::move(range));
    }
    std::vector<kafka::record> all;
    kafka::read_ranges(where(), ranges, [&all](kafka::record one) {
        all.push_back(std::move(one));
    });
    return all;
}

void cli_test::produce(const std::string& name, kafka::record record) const {
    boost::asio::io_context io(1);
    kafka::producer producer(io.get_executor(), where());
    kafka::message one;
    one.topic = name;
    one.key = record.key;
    one.payload = record.payload;
    one.headers = record.headers;
    bool written = false;
    boost::asio::co_spawn(
        io,
        producer.produce(std::move(one)),
        [&](std::exception_ptr error, const kafka::produce_result& result) {
            written = !error && result.ok;
            io.stop();
        }
    );
    io.run();
    ASSERT_TRUE(written);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return text;
}

}  // namespace pinwire::cli
