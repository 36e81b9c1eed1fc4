// A whole Pinwire for one test: a database, topics and groups of its own, the simulator, and as
// many workers and callbacks as the test starts, each a real process that it may kill, stop and
// bring back. All time-outs are small. Not thread-safe; use it from the test's main thread.
// Throws std::runtime_error, with what the programs said, when something doesn't come up.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "common/kafka/producer.hpp"
#include "common/postgres/session.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/postgres_cluster.hpp"
#include "tests/support/stack/http_call.hpp"
#include "tests/support/stack/load.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::test {

// Table -> key -> value, as TOML writes it ("\"2s\"", "50", "true").
using toml_tables = std::map<std::string, std::map<std::string, std::string>>;

struct stack_options {
    std::string kafka;  // bootstrap address; empty: the shared broker
    std::function<void(const std::string& topic, int partitions)> make_topic;  // empty: by asking
    postgres_cluster* postgres = nullptr;                  // null: the shared one
    std::function<void(toml_tables&)> edit;                // of the configuration
    std::string services_conninfo;                         // put behind the services' own, and wins
    std::map<std::string, std::string> jobs_options;       // of that topic
    std::map<std::string, std::string> jobs_dead_options;  // of that topic
};

class pinwire_stack {
public:
    using environment = std::vector<std::pair<std::string, std::string>>;

    explicit pinwire_stack(stack_options options = {});
    ~pinwire_stack();
    pinwire_stack(const pinwire_stack&) = delete;
    pinwire_stack& operator=(const pinwire_stack&) = delete;

    // Starting again under a name replaces a process that has ended. They don't wait.
    void start_worker(const std::string& instance = "1", environment = {});
    void start_callback(environment = {});
    // "2" or "3": callback-2, callback-3; they share its work, but carriers call the first alone.
    void start_callback_beside(const std::string& instance, environment = {});
    void start_api(const std::string& instance = "1", environment = {});  // "1" or "2"
    std::string api(const std::string& instance = "1") const;             // http://127.0.0.1:PORT
    // worker, callback, api-1, api-2
    std::filesystem::path configuration_file(const std::string& name) const;
    // Starts both and waits until they are ready.
    void start();
    // "worker-1", "callback", "api-1"
    child_process& process(const std::string& name) { return programs_.at(name).child; }
    void wait_until_ready(const std::string& name);
    std::string metrics(const std::string& name);  // the text of its /metrics
    // One of them, its labels with it; throws where there is none.
    double figure(const std::string& name, const std::string& metric);
    // What it says of itself; a callback's database side is "settler".
    http_answer readiness(const std::string& name, const std::string& scope = "");

    // Runs the operator's tool as the schema's owner; what it wrote to stdout.
    std::string pinwire(std::vector<std::string> arguments) const;

    // Acknowledged by the broker when it returns; part of produced() from then on.
    void produce(const std::vector<made_job>& jobs);
    const std::vector<made_job>& produced() const { return produced_; }
    job_maker& jobs() { return jobs_; }

    // The simulator.
    const std::string& sim() const { return sim_address_; }  // http://127.0.0.1:PORT
    void rule(const nlohmann::json& one);
    void clear_rules();
    std::vector<nlohmann::json> journal(const std::string& type = "");
    std::size_t acceptances() { return journal("accepted").size(); }

    // A superuser's session; opened again when it was lost.
    postgres::result query(const std::string& sql);
    std::int64_t count(const std::string& sql);  // of a query with one number
    std::string conninfo() const { return database_->conninfo(); }

    // Where carriers post delivery reports, and the path that this carrier was told for an attempt
    // (32 hex digits).
    std::string dlr_door() const;
    std::string dlr_path(const std::string& carrier, const std::string& attempt) const;

    const std::string& bootstrap() const { return bootstrap_; }
    std::string topic(const std::string& role) const;  // jobs, jobs_dead, dlrs, dlrs_dead, events
    std::vector<std::string> topics() const;
    const std::string& worker_group() const { return worker_group_; }
    std::string callback_group() const { return unique_ + ".callback"; }

    std::string log(const std::string& name) const;  // all lives of that process
    std::vector<std::string> log_names() const;
    // For a failure's text: the last lines of every process.
    std::string tails() const;

private:
    struct program {
        child_process child;
        std::uintmax_t log_start = 0;  // of this life
        std::string health;            // HOST:PORT of its listener, once known
    };

    toml_tables configuration() const;
    void write_secrets() const;
    void write_configuration(const std::string& name, const std::string& role, toml_tables tables)
        const;
    void make_database(postgres_cluster* own);  // null: in the shared one
    void make_topics(const stack_options&) const;
    void start_simulator();
    void start_program(
        const std::string& name,
        const std::string& binary,
        std::vector<std::string> arguments,
        environment
    );
    const std::string& health_of(const std::string& name);
    std::filesystem::path log_file(const std::string& name) const;

    temp_dir directory_;
    std::string unique_;
    std::string bootstrap_;
    std::string services_conninfo_;
    std::string worker_group_;
    std::uint16_t dlr_port_;
    std::map<std::string, std::uint16_t> api_ports_;  // by instance
    std::unique_ptr<test_database> database_;
    std::unique_ptr<postgres::session> session_;
    std::string sim_address_;
    std::map<std::string, program> programs_;
    boost::asio::io_context io_{1};
    std::unique_ptr<kafka::producer> producer_;
    std::vector<made_job> produced_;
    job_maker jobs_{""};
};

}  // namespace pinwire::test
