// P10 in one run of one stack: each bound that the configuration sets is made small and filled, one
// after the other, in the processes that were started at the beginning. Filled, it isn't passed;
// what is over it waits where it is kept (Kafka, the table) or is refused, and an answer, a metric
// or the log says so; then it is relieved and everything comes right without anybody's help. At the
// end no process has needed much more memory than at its start. Method: what stands behind a bound
// is slowed down, locked or held back until the figure is at the bound; each look at a figure also
// asks that it isn't above.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <set>

#include "tests/faults/api_orders.hpp"
#include "tests/faults/network.hpp"
#include "tests/faults/told.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/idle_connections.hpp"
#include "tests/support/process_memory.hpp"
#include "tests/support/stack/oracle.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr int jobs_in_flight = 20;
constexpr int fetched_ahead = 50;
constexpr int span_over_unfinished = 20'000;  // common/kafka/consumer.hpp
constexpr int rows_announced = 256;           // common/upkeep/announcer.cpp
constexpr int route_window = 2;
constexpr int route_queue = 5;
constexpr int carrier_connections = 3;
constexpr int for_questions = 4;  // more, for a carrier's balance and the like
constexpr int provider_places = 2;
constexpr int numbers_remembered = 10;
constexpr int slots = 8;
constexpr int per_endpoint = 2;
constexpr int per_host = 3;
constexpr int endpoint_queue = 10;
constexpr int customers = slots;  // a host each: one request to each in any case
constexpr int callers = 12;       // of the API, 8 from one address
constexpr int callers_from_one = 8;
constexpr int peers = 240;                       // of the callback's listener, 200 from one address
constexpr int peers_from_one = 200;              // the simulator keeps up to 80, the flood needs 50
constexpr std::size_t producer_queue = 100'000;  // common/kafka/producer.hpp

constexpr const char* here = "127.0.0.1";
constexpr const char* elsewhere = "127.0.0.2";

std::string route_figure(const char* what, const char* route) {
    return fmt::format("pinwire_route_{}{{route=\"{}\"}}", what, route);
}

std::uint16_t port_of(const std::string& address) {
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
}

// 503, or the connection was closed before the request was there.
bool turned_away(const std::string& door) {
    try {
        return http_call(door, "GET", "/").status == 503;
    } catch (const std::runtime_error&) {
        return true;
    }
}

// Nobody else gets at it until let_go(), however slow the machine is.
class locked_table {
public:
    locked_table(const pinwire_stack& of, const std::string& name) : session_(patient(of)) {
        session_.query("begin");
        session_.query("lock table " + name + " in access exclusive mode");
    }
    void let_go() { session_.query("rollback"); }

private:
    static postgres::connection_settings patient(const pinwire_stack& of) {
        postgres::connection_settings how;
        how.conninfo = of.conninfo();
        how.idle_in_transaction_timeout = 10min;
        return how;
    }

    postgres::session session_;
};

class Bounds : public testing::Test {
protected:
    Bounds();
    void arrange(toml_tables& to);
    void lead_through(std::string& url, fault_proxy& by);
    // At the bound sooner or later, and never above.
    void expect_filled(const std::string& process, const std::string& figure, double bound);
    void drain(const char* what);
    std::vector<made_job> to_customers(const std::string& name, int each);

    std::int64_t jobs_in_kafka();
    void wait_for_beats(int count);
    made_job stranger();
    std::vector<made_job> repeats_behind(const made_job& first, int count);
    bool said(const std::string& process, const std::string& what) {
        return stack_.log(process).find(what) != std::string::npos;
    }

    void jobs_of_a_worker();
    void records_fetched_ahead();
    void records_over_an_unfinished_one();
    void requests_of_a_route();
    void lookups_of_a_provider();
    void connections_of_the_listener();
    void reports_under_way();
    void orders_of_the_api();
    void events_of_the_announcer(const raw_record& told_before);
    void records_of_the_producer();
    std::vector<std::future<int>> flood_of_reports(const std::string& attempt);

    static constexpr std::array processes = {"worker-1", "callback", "api-1"};

    proxied_kafka kafka_;
    fault_proxy carriers_;
    fault_proxy provider_;
    std::list<fault_proxy> customers_;
    pinwire_stack stack_;
    std::unique_ptr<api_caller> caller_;
};

Bounds::Bounds()
    : stack_([this] {
          stack_options made;
          made.kafka = kafka_.cluster().bootstrap();
          made.edit = [this](toml_tables& to) { arrange(to); };
          return made;
      }()) {
    caller_ = std::make_unique<api_caller>(bring_up(stack_, {"1"}).at(0));
}

void Bounds::lead_through(std::string& url, fault_proxy& by) {
    const auto begin = url.find("//") + 2;
    const auto length = url.find_first_of("/\"", begin) - begin;
    by.aim_at(url.substr(begin, length));
    url.replace(begin, length, by.address());
}

void Bounds::arrange(toml_tables& to) {
    be_patient(to);
    to["kafka"]["bootstrap_servers"] = '"' + kafka_.proxy().address() + '"';
    to["kafka"]["prefetch_messages"] = std::to_string(fetched_ahead);
    auto& worker = to["worker"];
    worker["in_flight_max"] = worker["claim_batch"] = std::to_string(jobs_in_flight);
    for (const auto* name : {"routes.es_first", "routes.calls"}) {
        to[name]["window"] = std::to_string(route_window);
        to[name]["queue_max"] = std::to_string(route_queue);
    }
    to["carriers.infobip"]["max_connections"] = std::to_string(carrier_connections);
    lead_through(to["carriers.infobip"]["base_url"], carriers_);
    to["providers.lookup"]["max_in_flight"] = std::to_string(provider_places);
    lead_through(to["providers.lookup"]["base_url"], provider_);
    to["lookup"]["cache_entries"] = std::to_string(numbers_remembered);
    to["lookup"]["outage_sends"] = "true";
    to["callback"]["produce_timeout"] = "\"50s\"";  // more than filling its queue takes
    to["callback"]["request_timeout"] = "\"60s\"";  // likewise
    to["callback"]["connections_max"] = std::to_string(peers);
    to["callback"]["connections_per_address"] = std::to_string(peers_from_one);
    auto& reports = to["callback.reports"];
    reports["slots"] = std::to_string(slots);
    reports["per_endpoint"] = std::to_string(per_endpoint);
    reports["per_host"] = std::to_string(per_host);
    reports["queue_per_endpoint"] = std::to_string(endpoint_queue);
    to["api"]["connections_max"] = std::to_string(callers);
    to["api"]["connections_per_address"] = std::to_string(callers_from_one);
    auto ports = to["accounts.acme"]["ports"];  // [the simulator's]
    const auto simulator = std::string(here) + ":" + ports.substr(1, ports.size() - 2);
    ports.pop_back();
    for (int i = 0; i < customers; ++i) {
        customers_.emplace_back(simulator);
        ports += fmt::format(", {}", customers_.back().port());
    }
    for (const auto* account : {"accounts.acme", "accounts.globex"})
        to[account]["ports"] = ports + "]";
}

void Bounds::expect_filled(const std::string& process, const std::string& figure, double bound) {
    double seen = 0;
    const auto full = [&] {
        seen = stack_.figure(process, figure);
        EXPECT_LE(seen, bound) << figure;
        return seen >= bound;
    };
    EXPECT_TRUE(eventually(full, 30s, figure + " at its bound")) << seen << stack_.tails();
}

void Bounds::drain(const char* what) {
    stack_.clear_rules();
    EXPECT_TRUE(oracle(stack_).drained(60s)) << what;
}

// Claims wait for a lock: so many jobs are in hand, and Kafka keeps the others.
void Bounds::jobs_of_a_worker() {
    locked_table holder(stack_, "job");
    stack_.produce(stack_.jobs().plain("claim", 0, 10 * jobs_in_flight, "44"));
    expect_filled("worker-1", "pinwire_jobs_in_flight", jobs_in_flight);
    // of partitions from which it has taken something
    const auto shown = [&] {
        return stack_.figure("worker-1", "pinwire_jobs_lag") >= 2 * jobs_in_flight;
    };
    EXPECT_TRUE(eventually(shown, 10s, "the others are Kafka's, and shown")) << stack_.tails();
    EXPECT_EQ(jobs_in_kafka(), 10 * jobs_in_flight);
    holder.let_go();
    drain("claims");
}

std::int64_t Bounds::jobs_in_kafka() {
    return group_lag(stack_.bootstrap(), stack_.worker_group(), stack_.topic("jobs"));
}

// The worker's loop has come round so often: it would have gone on if it could.
void Bounds::wait_for_beats(int count) {
    const auto beats = "select count(*) from process where program = 'worker' and beat_at > '";
    for (int i = 0; i < count; ++i) {
        const auto now = stack_.query("select clock_timestamp()").one().text(0);
        const auto came = [&] { return stack_.count(beats + now + "'") > 0; };
        ASSERT_TRUE(eventually(came, 10s, "a beat of the worker's")) << stack_.tails();
    }
}

// The worker is full, and its consumer fetches ahead: so many records, and of each partition what
// one answer of the broker's may bring (1 MiB). Far more is there, and stays there.
void Bounds::records_fetched_ahead() {
    locked_table holder(stack_, "job");
    auto jobs = stack_.jobs().plain("ahead", 0, 8 * fetched_ahead, "44");
    constexpr std::size_t size = 60 * 1024;
    for (auto& job : jobs)
        job.body["not_ours"] = std::string(size, '.');  // fields that aren't known are passed over
    stack_.produce(jobs);
    const auto figure = "pinwire_jobs_prefetched";
    const int partitions = partition_count(stack_.bootstrap(), stack_.topic("jobs"));
    const int most = fetched_ahead + partitions * (1024 * 1024 / static_cast<int>(size) + 1);
    ASSERT_LT(2 * most, 8 * fetched_ahead);
    const auto ahead = [&] {
        const auto now = stack_.figure("worker-1", figure);
        EXPECT_LE(now, most) << stack_.tails();
        return now >= fetched_ahead;
    };
    EXPECT_TRUE(eventually(ahead, 30s, "as much fetched as may be")) << stack_.tails();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(10));
    EXPECT_TRUE(ahead());
    EXPECT_LE(stack_.figure("worker-1", "pinwire_jobs_in_flight"), jobs_in_flight);
    EXPECT_EQ(jobs_in_kafka(), 8 * fetched_ahead);
    holder.let_go();
    drain("what was fetched ahead");
}

// A job of an account that nobody knows; it ends as a dead letter.
made_job Bounds::stranger() {
    auto made = stack_.jobs().sms("stranger", "44", "0000");
    made.account = "stranger";
    made.body["account"] = made.account;
    made.accepted = false;
    return made;
}

// Of jobs that are done, in its partition: they are finished at once, in any order.
std::vector<made_job> Bounds::repeats_behind(const made_job& first, int count) {
    std::vector<made_job> known;
    for (const auto& job : stack_.produced())
        if (job.id.starts_with("claim-")) known.push_back(job);
    std::vector<made_job> made;
    for (int i = 0; i < count; ++i) {
        made.push_back(known[static_cast<std::size_t>(i) % known.size()]);
        made.back().key = first.key;
    }
    return made;
}

// One job waits for a table that is locked, and those behind it in its partition are finished: up
// to the bound, to the record. What is behind it stays in Kafka, and nothing is committed.
void Bounds::records_over_an_unfinished_one() {
    locked_table holder(stack_, "account_version");
    const auto first = stranger();
    const int count = span_over_unfinished + 500;
    stack_.produce({first});
    stack_.produce(repeats_behind(first, count));
    const auto finished = "pinwire_jobs_total{result=\"repeat\"}";
    const auto full = [&] {
        const auto now = stack_.figure("worker-1", finished);
        EXPECT_LE(now, span_over_unfinished - 1);
        return now >= span_over_unfinished - 1;
    };
    EXPECT_TRUE(eventually(full, 90s, "the span at its bound")) << stack_.tails();
    const auto told = [&] {
        return stack_.figure("worker-1", "pinwire_consumer_held_back_total") > 0;
    };
    EXPECT_TRUE(eventually(told, 10s, "it is said")) << stack_.tails();
    EXPECT_TRUE(said("worker-1", "consumer_held_back")) << stack_.tails();
    ASSERT_NO_FATAL_FAILURE(wait_for_beats(5));
    EXPECT_TRUE(full());
    EXPECT_EQ(jobs_in_kafka(), count + 1);
    holder.let_go();
    drain("the span");
    EXPECT_EQ(stack_.figure("worker-1", finished), count);
}

// A slow carrier: so many requests, so many connections, so many that wait in memory; the table
// keeps the others.
void Bounds::requests_of_a_route() {
    stack_.rule({{"instance", "infobip"}, {"action", "slow"}, {"delay_ms", 700}});
    auto jobs = stack_.jobs().plain("route", 0, 60, "34");
    for (int i = 0; i < 20; ++i)
        jobs.push_back(stack_.jobs().voice(fmt::format("call-{}", i), "0000"));
    stack_.produce(jobs);
    for (const auto* route : {"es_first", "calls"}) {
        expect_filled("worker-1", route_figure("under_way", route), route_window);
        expect_filled("worker-1", route_figure("waiting", route), route_queue);
    }
    EXPECT_GT(stack_.count("select count(*) from attempt where state = 1"), 2 * route_queue);
    const auto open = [&] {
        const auto now = carriers_.counts().open;
        EXPECT_LE(now, carrier_connections + for_questions);
        return now >= carrier_connections;
    };
    EXPECT_TRUE(eventually(open, 10s, "connections to the carrier at their bound"));
    drain("requests");
}

// Slow lookups: so many at once, and who finds no place in time goes on without one, as the
// account has it; the cache keeps so many numbers.
void Bounds::lookups_of_a_provider() {
    stack_.rule({{"kind", "lookup"}, {"action", "reachable"}, {"delay_ms", 400}});
    auto jobs = stack_.jobs().plain("lookup", 0, 3 * numbers_remembered, "44");
    for (auto& job : jobs)
        job.body["hlr_lookup"] = 1;
    stack_.produce(jobs);
    const auto refused = [&] {
        EXPECT_LE(provider_.counts().open, provider_places);
        return stack_.figure(
                   "worker-1", "pinwire_lookup_skips_total{provider=\"lookup\",reason=\"busy\"}"
               ) > 0;
    };
    EXPECT_TRUE(eventually(refused, 30s, "lookups without a place")) << stack_.tails();
    stack_.clear_rules();
    stack_.produce([&] {
        auto more = stack_.jobs().plain("remember", 0, 3 * numbers_remembered, "44");
        for (auto& job : more)
            job.body["hlr_lookup"] = 1;
        return more;
    }());
    expect_filled("worker-1", "pinwire_lookup_cache_entries", numbers_remembered);
    drain("lookups");
}

// Carriers' connections: one address has its share, all together theirs; who is over hears 503.
void Bounds::connections_of_the_listener() {
    const auto door = port_of(stack_.dlr_door());
    idle_connections one;
    idle_connections another;
    one.open(peers_from_one + 10, here, door);
    const auto no_more_from_one = [&] { return one.answered() >= 10; };
    EXPECT_TRUE(eventually(no_more_from_one, 10s, "one address has its share"));
    another.open(peers - peers_from_one + 10, elsewhere, door);
    const auto no_more = [&] { return another.answered() >= 10; };
    EXPECT_TRUE(eventually(no_more, 10s, "all places are taken"));
    expect_filled("callback", "pinwire_dlr_connections", peers);
    EXPECT_GE(stack_.figure("callback", "pinwire_dlr_connections_refused_total"), 20);
    EXPECT_TRUE(turned_away(stack_.dlr_door()));
    one.close();
    another.close();
    const auto let_in = [&] { return !turned_away(stack_.dlr_door()); };
    EXPECT_TRUE(eventually(let_in, 10s, "room again"));
    const std::string body(300 * 1024, ' ');
    EXPECT_EQ(http_call(stack_.dlr_door(), "POST", "/dlr/infobip/x", body).status, 413);
    drain("the listener");
}

std::vector<made_job> Bounds::to_customers(const std::string& name, int each) {
    std::vector<made_job> made;
    int serial = 0;
    const auto add = [&](const fault_proxy& where, const std::string& account) {
        auto job = stack_.jobs().sms(fmt::format("{}-{}", name, serial++), "44", "0000");
        job.account = account;
        job.body["account"] = account;
        job.body["report_url"] = fmt::format("http://{}/customer/acme", where.address());
        job.body["report_format"] = "standard";  // a request each
        made.push_back(std::move(job));
    };
    for (int i = 0; i < each; ++i) {
        for (const auto& where : customers_)
            add(where, "acme");
        add(customers_.front(), "globex");  // the same host, another endpoint
    }
    return made;
}

// Slow customers: so many requests in all, to one host and to one endpoint; so many reports in
// memory, and the table keeps the others.
void Bounds::reports_under_way() {
    stack_.rule({{"kind", "customer"}, {"action", "slow"}, {"delay_ms", 1500}});
    const int each = 5 * endpoint_queue;
    stack_.produce(to_customers("report", each));
    expect_filled("callback", "pinwire_reports_in_flight", slots);
    const int endpoints = customers + 1;
    const auto kept = [&] {
        const auto queued = stack_.figure("callback", "pinwire_reports_queued");
        EXPECT_LE(queued, endpoints * endpoint_queue);
        for (const auto& one : customers_)
            EXPECT_LE(one.counts().open, per_host);
        return queued >= (endpoints * endpoint_queue) / 2 &&
               stack_.count("select count(*) from report") > endpoints * endpoint_queue + slots;
    };
    EXPECT_TRUE(eventually(kept, 30s, "memory full, and the table has the rest"))
        << stack_.figure("callback", "pinwire_reports_queued") << stack_.tails();
    drain("reports");
}

// Callers of the API, who wait for slow lookups: over the bound they hear 503 at once.
void Bounds::orders_of_the_api() {
    stack_.rule({{"kind", "lookup"}, {"action", "reachable"}, {"delay_ms", 600}});
    std::vector<call> calls;
    for (int i = 0; i < 3 * callers_from_one; ++i)
        calls.emplace_back([this, i] {
            return caller_->request(number_of(i), with_lookup, fmt::format("k{}", i));
        });
    int refused = 0;
    for (const auto& answer : at_once(calls)) {
        // 503, or the connection was closed before he had sent it all
        if (!answer || answer->status == 503)
            ++refused;
        else
            EXPECT_EQ(answer->status, 200) << *answer;
    }
    EXPECT_GE(refused, callers_from_one);
    idle_connections another;
    another.open(callers + 5, elsewhere, port_of(stack_.api()));
    expect_filled("api-1", "pinwire_api_connections", callers_from_one);
    idle_connections third;
    third.open(callers + 5, "127.0.0.3", port_of(stack_.api()));
    expect_filled("api-1", "pinwire_api_connections", callers);
    const auto turned = 2 * (callers + 5) - callers;
    const auto all_turned = [&] {
        return stack_.figure("api-1", "pinwire_api_connections_refused_total") >= refused + turned;
    };
    EXPECT_TRUE(eventually(all_turned, 10s, "who is over is turned away"));
    EXPECT_TRUE(turned_away(stack_.api()));
    another.close();
    third.close();
    stack_.clear_rules();
    const std::string body(70 * 1024, ' ');
    EXPECT_EQ(http_call(stack_.api(), "POST", "/api/3.0/2fa/request", body).status, 413);
    for (int i = 0; i < 3 * callers_from_one; ++i) {
        until_taken(*caller_, number_of(i), fmt::format("k{}", i));
        pin_on_handset(stack_, number_of(i));
        EXPECT_EQ(messages_to(stack_, number_of(i)), 1U) << i;
    }
    drain("orders");
}

// Kafka takes nothing, and the worker's outbox is what three times as many commits leave, of an
// event that was told before: so many are in Kafka's hands, and the table keeps the others.
void Bounds::events_of_the_announcer(const raw_record& told_before) {
    nlohmann::json one;
    one["key"] = told_before.key;
    one["event"] = nlohmann::json::parse(told_before.payload.value());
    stack_.query(fmt::format(
        "insert into outbox (owner, events) select epoch, $json$[{}]$json$ from process,"
        " generate_series(1, {}) where program = 'worker' and not dead",
        one.dump(),
        3 * rows_announced
    ));
    expect_filled("worker-1", "pinwire_outbox_under_way", rows_announced);
    const auto kept = [&] { return stack_.count("select count(*) from outbox") > rows_announced; };
    EXPECT_TRUE(eventually(kept, 30s, "the table has the others")) << stack_.tails();
    const auto told = [&] { return said("worker-1", "events_wait"); };
    EXPECT_TRUE(eventually(told, 10s, "it is said")) << stack_.tails();
    EXPECT_EQ(stack_.figure("worker-1", "pinwire_outbox_under_way"), rows_announced);
}

// As many entries in one post as its bound takes, all of them about one attempt.
std::vector<std::future<int>> Bounds::flood_of_reports(const std::string& attempt) {
    const auto entry = infobip_entry(attempt, news::delivered);
    const auto fits = (250 * 1024) / (entry.dump().size() + 1);
    const nlohmann::json all = {{"results", std::vector<nlohmann::json>(fits, entry)}};
    const auto body = std::make_shared<const std::string>(all.dump());
    const auto posts = producer_queue / fits + 5;
    const auto path = stack_.dlr_path("infobip", attempt);
    std::vector<std::future<int>> made;
    for (std::size_t i = 0; i < posts; ++i)
        made.push_back(std::async(std::launch::async, [this, body, path] {
            return http_call(stack_.dlr_door(), "POST", path, *body, "application/json", 60s)
                .status;
        }));
    return made;
}

// Kafka that takes nothing: reports are taken into the producer's queue up to its bound and refused
// over it, orders are refused, and when it comes again all that was taken arrives.
void Bounds::records_of_the_producer() {
    const auto attempt = carried_of(stack_, "route-0").at(0).attempt;
    const auto event = read_topic(stack_.bootstrap(), stack_.topic("events")).at(0);
    failure silence;
    silence.what = fault::blackhole;
    kafka_.proxy().fail(silence);
    auto answers = flood_of_reports(attempt);
    const auto full = [&] { return said("callback", "error=_QUEUE_FULL"); };
    EXPECT_TRUE(eventually(full, 40s, "the producer's queue full")) << stack_.tails();
    events_of_the_announcer(event);
    const auto order = caller_->request(number_of(500), with_lookup, "k500");
    EXPECT_EQ(order.status, 500) << order;
    kafka_.proxy().heal();
    std::map<int, int> by_status;
    for (auto& answer : answers)
        ++by_status[answer.get()];
    EXPECT_GT(by_status[200], 0);
    EXPECT_GT(by_status[503], 0);
    EXPECT_EQ(by_status.size(), 2U) << testing::PrintToString(by_status);
    EXPECT_GT(stack_.figure("callback", "pinwire_dlr_requests_failed_total"), 0);
    const auto settled = [&] { return stack_.figure("callback", "pinwire_dlrs_lag") == 0; };
    EXPECT_TRUE(eventually(settled, 60s, "all that was taken is settled"));
    until_taken(*caller_, number_of(500), "k500");
    drain("records");
}

TEST_F(Bounds, AreFilledOneAfterTheOtherSaidAndRelieved) {
    std::map<std::string, std::size_t> before;
    for (const auto* process : processes)
        before[process] = peak_memory_kib(stack_.process(process).pid());
    ASSERT_NO_FATAL_FAILURE(jobs_of_a_worker());
    ASSERT_NO_FATAL_FAILURE(records_fetched_ahead());
    ASSERT_NO_FATAL_FAILURE(records_over_an_unfinished_one());
    ASSERT_NO_FATAL_FAILURE(requests_of_a_route());
    ASSERT_NO_FATAL_FAILURE(lookups_of_a_provider());
    ASSERT_NO_FATAL_FAILURE(connections_of_the_listener());
    ASSERT_NO_FATAL_FAILURE(reports_under_way());
    ASSERT_NO_FATAL_FAILURE(orders_of_the_api());
    ASSERT_NO_FATAL_FAILURE(records_of_the_producer());
    EXPECT_TRUE(oracle(stack_).holds(60s));
    for (const auto* process : processes) {
        EXPECT_TRUE(stack_.process(process).running()) << stack_.tails();
        const auto most = peak_memory_kib(stack_.process(process).pid());
        const std::size_t more = most - before[process];
        RecordProperty(process, static_cast<int>(more));
        if (memory_is_its_own()) {
            EXPECT_LT(more, 400 * 1024) << process;  // 2 KiB for each record of the queue
        }
    }
}

}  // namespace
}  // namespace pinwire::test
