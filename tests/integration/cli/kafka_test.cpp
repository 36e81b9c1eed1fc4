// Commands against a real Kafka: topics, enqueue, dead letters, and what check-config finds online.
#include "common/core/key_ring.hpp"
#include "common/core/time_format.hpp"
#include "common/kafka/topics.hpp"
#include "common/runtime/random.hpp"
#include "tests/integration/cli/cli_fixture.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/kafka_cluster.hpp"

namespace pinwire::cli {
namespace {

using namespace std::chrono_literals;

class CliKafka : public cli_test {
protected:
    void SetUp() override { use_kafka(test::kafka_cluster::shared_bootstrap()); }

    static kafka::record letter(const std::string& payload) {
        kafka::record made;
        made.key = "34600000001";
        made.payload = payload;
        kafka::header reason;
        reason.name = "x-reason";
        reason.value = "bad_value";
        made.headers.push_back(std::move(reason));
        return made;
    }

    std::string place_of(const std::string& kind) const {
        const auto found = records_of(topic(kind));
        EXPECT_EQ(found.size(), 1U);
        return std::to_string(found.at(0).partition) + ":" + std::to_string(found.at(0).offset);
    }
};

TEST_F(CliKafka, CreatesTheTopicsOnceAsConfigured) {
    EXPECT_EQ(run({"topics", "show"}).code, 1);
    const auto made = run({"topics", "create", "--json"});
    ASSERT_EQ(made.code, 0) << made.err << made.out;
    ASSERT_EQ(made.json().size(), 5U);
    for (const auto& one : made.json())
        EXPECT_EQ(one["outcome"], "created") << one;
    for (const auto& one : run({"topics", "create", "--json"}).json())
        EXPECT_EQ(one["outcome"], "existed") << one;
    const auto shown = run({"topics", "show", "--json"}).json();
    EXPECT_EQ(shown["topics"][0]["partitions"], 3);
    EXPECT_EQ(shown["topics"][1]["config"]["message.timestamp.type"], "LogAppendTime");
    EXPECT_EQ(shown["topics"][2]["config"]["retention.ms"], "604800000");
}

TEST_F(CliKafka, EnqueuesUnderTheNormalisedNumber) {
    make_topics();
    const auto done = run(
        {"enqueue", "--account", "acme", "--to", "+34 600-000-001", "--pin-length", "8", "--json"}
    );
    ASSERT_EQ(done.code, 0) << done.err;
    EXPECT_EQ(done.json()["acknowledged"], true);
    const auto found = records_of(topic("jobs"));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, "34600000001");
    EXPECT_EQ(found[0].partition, done.json()["partition"]);
    const auto job = nlohmann::json::parse(*found[0].payload);
    EXPECT_EQ(job["job_id"], done.json()["job_id"]);
    EXPECT_EQ(job["pin"]["length"], 8);
}

TEST_F(CliKafka, EnqueuesNothingWhenOneJobIsWrong) {
    make_topics();
    const std::string good = R"({"job_id":"a","account":"acme","to":"+34600000001"})";
    const std::string wrong = R"({"job_id":"b","account":"acme","to":"+34600000001","text":"no"})";
    const auto refused = run({"enqueue", "-", "--lines"}, good + "\n" + wrong + "\n");
    EXPECT_EQ(refused.code, 2);
    EXPECT_NE(refused.err.find("job 2 of 2"), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("text"), std::string::npos) << refused.err;
    // not in the file: only the tables could tell, and their server isn't there
    EXPECT_EQ(run({"enqueue", "--account", "nobody", "--to", "+34600000001"}).code, 3);
    EXPECT_EQ(run({"enqueue", good, "--account", "acme"}).code, 2);
    EXPECT_EQ(run({"enqueue"}).code, 2);
    EXPECT_TRUE(records_of(topic("jobs")).empty());
    EXPECT_EQ(run({"enqueue", "-", "--lines"}, good + "\n" + good + "\n").code, 0);
    EXPECT_EQ(run({"enqueue", "-"}, good).code, 0);
    EXPECT_EQ(run({"enqueue", "--raw", wrong}).code, 0);
    EXPECT_EQ(records_of(topic("jobs")).size(), 4U);
}

TEST_F(CliKafka, EnqueuesForAnAccountOfTheTablesAsTheRoleThatIsNamed) {
    make_topics();
    migrate();
    ASSERT_EQ(run({"accounts", "add", "blue"}).code, 0);
    const auto reader = database().conninfo("pinwire_reader");
    write_config(replaced(config(), database().conninfo(), "host=127.0.0.1 port=1"));
    const std::vector<std::string> job = {"enqueue", "--account", "blue", "--to", "+34600000001"};
    EXPECT_EQ(run(job).code, 3);
    auto as_reader = job;
    as_reader.insert(as_reader.end(), {"--conninfo", reader});
    const auto done = run(as_reader);
    EXPECT_EQ(done.code, 0) << done.err;
}

TEST_F(CliKafka, ListsDeadLettersAndMasksWhatTheyHold) {
    make_topics();
    EXPECT_NE(run({"dead-letters", "list"}).out.find("is empty"), std::string::npos);
    produce(topic("jobs.dead"), letter(R"({"job_id":"a","to":"34600000001","text":"4711 is it"})"));
    const auto listed = run({"dead-letters", "list"});
    ASSERT_EQ(listed.code, 0) << listed.err;
    EXPECT_NE(listed.out.find("bad_value"), std::string::npos) << listed.out;
    EXPECT_EQ(listed.out.find("34600000001"), std::string::npos) << listed.out;
    const auto at = place_of("jobs.dead");
    const auto shown = run({"dead-letters", "show", at, "--json"});
    ASSERT_EQ(shown.code, 0) << shown.err;
    EXPECT_EQ(shown.json()["body"]["job_id"], "a");
    EXPECT_EQ(shown.out.find("4711"), std::string::npos) << shown.out;
    EXPECT_NE(run({"dead-letters", "show", at, "--open"}).out.find("4711"), std::string::npos);
    EXPECT_EQ(run({"dead-letters", "show", "0:999"}).code, 1);
}

TEST_F(CliKafka, ListsTheNewestOfManyInOrder) {
    make_topics();
    for (int i = 0; i < 5; ++i)
        produce(topic("jobs.dead"), letter(R"({"job_id":"j)" + std::to_string(i) + "\"}"));
    const auto listed = run({"dead-letters", "list", "--limit", "2", "--json"});
    const auto first = listed.out.find("\"j3\"");
    EXPECT_NE(first, std::string::npos) << listed.out;
    EXPECT_GT(listed.out.find("\"j4\""), first);
    EXPECT_EQ(listed.out.find("\"j2\""), std::string::npos) << listed.out;
}

TEST_F(CliKafka, UnsealsAReportOnlyWhenAskedAndOnlyWithItsRing) {
    make_topics();
    const auto ring = key_ring::parse(test::read_file(directory_ / "ring"));
    auto sealed = letter(ring.seal(secret("quoted 4711"), "dlr:alpha", random_bytes<12>()));
    kafka::header carrier;
    carrier.name = "x-carrier";
    carrier.value = "alpha";
    sealed.headers.push_back(std::move(carrier));
    produce(topic("dlrs.dead"), sealed);
    const auto at = place_of("dlrs.dead");
    const auto shown = run({"dead-letters", "show", at, "--topic", "dlrs"});
    EXPECT_EQ(shown.code, 0) << shown.err;
    EXPECT_NE(shown.out.find("sealed"), std::string::npos) << shown.out;
    EXPECT_EQ(shown.out.find("4711"), std::string::npos) << shown.out;
    const auto opened = run({"dead-letters", "show", at, "--topic", "dlrs", "--open"});
    EXPECT_NE(opened.out.find("quoted 4711"), std::string::npos) << opened.out << opened.err;
    write("ring", key_ring::make_line(key_id("k2"), random_bytes<32>(), true));
    const auto other = run({"dead-letters", "show", at, "--topic", "dlrs", "--open"});
    EXPECT_EQ(other.code, 1);
    EXPECT_NE(other.err.find("can't be opened"), std::string::npos) << other.err;
}

TEST_F(CliKafka, TellsWhatKafkaSaysWherePostgresCannotBeAsked) {
    const auto half = run({"check-config", "--online", "--json"});
    EXPECT_EQ(half.code, 3) << half.out;
    EXPECT_NE(half.out.find("isn't there"), std::string::npos) << half.out;
    EXPECT_NE(half.err.find("PostgreSQL can't be reached"), std::string::npos) << half.err;
    EXPECT_EQ(run({"check-config", "--online"}).out.find("can be used"), std::string::npos);
}

TEST_F(CliKafka, FindsOnlineWhatIsMissing) {
    database();
    const auto bare = run({"check-config", "--online", "--json"});
    EXPECT_EQ(bare.code, 0) << bare.out << bare.err;
    EXPECT_NE(bare.out.find("isn't there"), std::string::npos) << bare.out;
    EXPECT_NE(bare.out.find("pinwire migrate"), std::string::npos) << bare.out;
    make_topics();
    migrate();
    const auto ready = run({"check-config", "--online", "--json"});
    EXPECT_EQ(ready.code, 0) << ready.err;
    EXPECT_EQ(ready.out.find("isn't there"), std::string::npos) << ready.out;
    EXPECT_EQ(ready.out.find("pinwire migrate"), std::string::npos) << ready.out;
    EXPECT_NE(ready.out.find("replica"), std::string::npos) << ready.out;
}

TEST_F(CliKafka, RefusesTheRemovalOfACarrierWhoseReportsMayStillCome) {
    migrate();
    make_topics();
    // An attempt's id begins with its time in milliseconds.
    const auto insert = [this](const std::string& carrier, const std::string& age, int n) {
        sql("insert into pinwire.attempt (id, job, n, route, carrier, state, next_at, deadline, "
            "created_at) select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || "
            "lpad('" +
            std::to_string(n) + "', 20, '0'))::uuid, gen_random_uuid(), 1, 'r', '" + carrier +
            "', 4, at, at, at from (select now() - interval '" + age + "' as at) t");
    };
    insert("alpha", "1 hour", 1);
    insert("long-gone", "73 hours", 2);
    EXPECT_EQ(run({"check-config", "--online"}).code, 0);
    insert("just-gone", "71 hours", 3);
    const auto refused =
        run({"check-config", "--online", "--conninfo", database().conninfo("pinwire_reader")});
    EXPECT_EQ(refused.code, 2) << refused.err;
    EXPECT_NE(refused.out.find("carriers.just-gone"), std::string::npos) << refused.out;
    EXPECT_EQ(refused.out.find("long-gone"), std::string::npos) << refused.out;
    EXPECT_EQ(refused.out.find("carriers.alpha"), std::string::npos) << refused.out;
}

}  // namespace
}  // namespace pinwire::cli
