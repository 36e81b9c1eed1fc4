// `pinwire top` as a script runs it, against a real database, a real Kafka and a service's metrics.
#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <thread>

#include "common/core/dlr.hpp"
#include "common/telemetry/health_server.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/kafka_cluster.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

// What a service tells at /metrics.
class telling_service {
public:
    telling_service() {
        server_.start();
        loop_ = std::thread([this] { context_.run(); });
    }
    ~telling_service() {
        boost::asio::co_spawn(context_, server_.stop(5s), boost::asio::use_future).get();
        context_.stop();
        loop_.join();
    }
    std::string address() const { return server_.address(); }
    telemetry::metrics& figures() { return figures_; }

private:
    boost::asio::io_context context_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
        context_.get_executor()};
    telemetry::metrics figures_{"pinwire-worker"};
    telemetry::health state_;
    telemetry::health_server server_{context_, {}, figures_, state_};
    std::thread loop_;
};

class CliTop : public cli_test {
protected:
    void SetUp() override { use_kafka(test::kafka_cluster::shared_bootstrap()); }

    void fill_tables() {
        sql(R"(set search_path = pinwire;
            insert into process (epoch, program, instance, host, beat_at)
            values ('00000000000000000000000000000001', 'worker', 'i', 'one',
                    now() + interval '1 h');  -- as if it went on for that long
            insert into process (epoch, program, instance, host, beat_at)
            values ('00000000000000000000000000000002', 'callback', 'j', 'two',
                    now() - interval '40 s');
            insert into due (job, what, route, at, close_at)
            select gen_random_uuid(), 1, 'all', now() - interval '5 min', now() + interval '1 h'
              from generate_series(1, 7);
            insert into due (job, what, route, at, close_at)
            select gen_random_uuid(), 4, 'all', now() + interval '5 min', now() + interval '1 h'
              from generate_series(1, 1200);
            insert into due (job, what, route, at, close_at)
            select gen_random_uuid(), 3, 'gone', now(), now() + interval '1 h'
              from generate_series(1, 2);
            insert into report (id, job, kind, account, url, format, payload, created_at)
            values (gen_random_uuid(), gen_random_uuid(), 1, 'acme',
                    'https://one.example/to/34600000001', 2, '{}', now() - interval '2 min');
            insert into route_state (epoch, route, state, reason, rate, errors, waiting, under_way,
                                     noted_at)
            values ('00000000000000000000000000000001', 'all', 'unhealthy', 'failures_in_row', 0,
                    1, 3, 0, now() + interval '1 h');
            insert into endpoint_failing (account, origin, since, failures, last_at, last_error)
            values ('acme', 'https://sick.example:443', now() - interval '1 h', 12, now(),
                    'HTTP 503');
            insert into endpoint_state (epoch, account, origin, breaker, queued, in_flight, tries,
                                        succeeded, latency_ms, last_error, noted_at)
            values (gen_random_uuid(), 'acme', 'https://busy.example:443', 'closed', 90, 2, 10, 9,
                    40, '', now() + interval '1 h'),
                   (gen_random_uuid(), 'acme', 'https://sick.example:443', 'open', 3, 0, 10, 0, 5,
                    'HTTP 503', now() + interval '1 h');)");
    }

    // Each look gives each source two seconds, which a crowded machine may miss now and then.
    ran heard(
        const std::vector<std::string>& arguments,
        const std::function<bool(const ran&)>& both = [](const ran&) { return true; }
    ) const {
        ran got;
        const auto look = [&] {
            got = run(arguments);
            return got.code == 0 && both(got);
        };
        EXPECT_TRUE(test::eventually(look, 60s, "two looks that all answer")) << got.err << got.out;
        return got;
    }

    static bool has_trouble(const json& told, const std::string& part) {
        for (const auto& one : told.at("troubles"))
            if (one.at("text").get<std::string>().find(part) != std::string::npos) return true;
        return false;
    }
};

TEST_F(CliTop, TellsWhatTheTablesTheTopicsAndTheServicesSay) {
    migrate();
    make_topics();
    fill_tables();
    telling_service service;
    service.figures().make_counter("pinwire_sends_total", "", {{"result", "sent"}}).add(5);
    for (const char* id : {"a", "b", "c"})
        run({"enqueue", "--account", "acme", "--to", "+34600000001", "--job-id", id});
    kafka::record marker;
    marker.payload = encode_dlr_marker(std::chrono::system_clock::now());
    produce(topic("dlrs"), marker);
    const auto got = heard(
        {"top",
         "--json",
         "--interval",
         "0.5",
         "--metrics",
         service.address(),
         "--conninfo",
         database().conninfo("pinwire_reader")},
        [](const ran& told) {
            return !told.json()["per_second"]["jobs_in"].is_null() &&
                   told.json()["lag"]["dlrs"]["lag"] == 0;  // a marker is no DLR
        }
    );
    ASSERT_EQ(got.code, 0);
    const auto told = got.json();
    EXPECT_EQ(told["lag"]["jobs"]["lag"], 3);
    EXPECT_EQ(told["lag"]["dlrs"]["lag"], 0);
    EXPECT_EQ(told["per_second"]["jobs_in"], 0);
    EXPECT_EQ(told["per_second"]["sent"], 0);
    EXPECT_TRUE(told["per_second"]["reports_delivered"].is_null()) << "nobody says so";
    EXPECT_EQ(told["sources"]["metrics"][0]["answered"], true);
    const auto& groups = told["backlog"]["by_state_and_route"];
    ASSERT_EQ(groups.size(), 3U) << groups;
    EXPECT_EQ(groups[0]["state"], "waiting");
    EXPECT_EQ(groups[0]["number"], 7);
    EXPECT_GE(groups[0]["overdue_s"], 290);
    EXPECT_EQ(groups[1]["route"], "gone");
    EXPECT_EQ(groups[2]["number"], 1000);
    EXPECT_EQ(groups[2]["more"], true) << "counting stops there";
    EXPECT_EQ(told["reports"]["new"]["number"], 1);
    EXPECT_EQ(told["routes"][0]["reason"], "failures_in_row");
    EXPECT_EQ(told["routes"][0]["tps"], 100);
    EXPECT_EQ(told["endpoints"][0]["origin"], "https://sick.example:443");
    EXPECT_EQ(told["endpoints"][1]["queued"], 90);
    for (const char* part :
         {"no callback is alive",
          "a job should have been sent",
          "a report waits for its first try",
          "route all is unhealthy",
          "1 endpoint fails"})
        EXPECT_TRUE(has_trouble(told, part)) << part << told["troubles"];
    EXPECT_EQ(got.out.find("600000001"), std::string::npos) << "no number";
}

TEST_F(CliTop, PrintsEverythingWhereThereIsNoTerminal) {
    migrate();
    make_topics();
    fill_tables();
    const auto got = heard({"top", "--interval", "0.5"});
    EXPECT_EQ(got.out.find('\x1b'), std::string::npos);
    EXPECT_EQ(got.out.find("~\n"), std::string::npos) << "nothing is cut off\n" << got.out;
    EXPECT_EQ(got.out.find(" more\n"), std::string::npos) << "nothing is left out\n" << got.out;
    for (const char* part :
         {"!! no callback is alive",
          "!  a callback on two said nothing",
          "!  1 endpoint fails",
          "waiting 7",
          "await DLR 1000+",
          "worker 1",
          "https://sick.example:443"})
        EXPECT_NE(got.out.find(part), std::string::npos) << part << '\n' << got.out;
}

TEST_F(CliTop, ShowsAnInstallationInWhichNothingHappenedYet) {
    migrate();
    make_topics();
    const auto got = heard({"top", "--once", "--interval", "0.5"});
    EXPECT_NE(got.out.find("no worker is alive"), std::string::npos) << got.out;
}

TEST_F(CliTop, MissesTheSchemaAndTheTopicsInWords) {
    database();
    const auto got = run({"top", "--once", "--interval", "0.5"});
    EXPECT_EQ(got.code, 3);
    EXPECT_NE(got.out.find("PostgreSQL can't be asked"), std::string::npos) << got.out;
    EXPECT_NE(got.out.find("pinwire topics create"), std::string::npos) << got.out;
}

class CliTopAlone : public cli_test {};

TEST_F(CliTopAlone, SaysThatNobodyAnswersAndTellsItByItsCode) {
    const auto got = run(
        {"top", "--once", "--interval", "0.5", "--metrics", "127.0.0.1:1", "--metrics", "[::1]:1"}
    );
    EXPECT_EQ(got.code, 3) << got.err;
    for (const char* part :
         {"PostgreSQL can't be asked",
          "Kafka can't be asked",
          "no metrics of 127.0.0.1:1: connect: Connection refused",
          "no metrics of [::1]:1"})
        EXPECT_NE(got.out.find(part), std::string::npos) << part << '\n' << got.out;
    EXPECT_EQ(run({"top", "--json", "--interval", "0.5"}).json()["backlog"], nullptr);
}

TEST_F(CliTopAlone, RefusesWhatMakesNoSense) {
    EXPECT_EQ(run({"top", "--once", "--interval", "0.1"}).code, 2);
    EXPECT_EQ(run({"top", "--once", "--metrics", "http://127.0.0.1:1/metrics"}).code, 2);
    write_config("[nonsense]\n");
    EXPECT_EQ(run({"top", "--once"}).code, 2);
}

}  // namespace
}  // namespace pinwire::cli
