// A carrier that misbehaves beside two good ones, of three kinds, under as much load as the machine
// takes: nothing is lost or sent twice, the good ones go on as if nothing were, what is in doubt is
// settled in time, and the carrier gets its jobs again once it is well. PINWIRE_TROUBLE_SECONDS
// says how long each is ill (6).
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "common/core/limits.hpp"
#include "tests/faults/sick_carrier.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Of the sick carrier; longer than the good ones may ever stand still on a machine that doesn't.
constexpr auto answer_timeout = 4s;
constexpr auto standstill_max = 3s;
// The worker keeps an address for so long, whatever the name server says.
constexpr auto address_kept = 5s;
// An attempt in doubt ends with its report's validity (3 s) and no_news_after (1 s), once the
// reports of that time are settled: clocks may differ, and produce_timeout (3 s).
constexpr auto settled_within = answer_timeout + 3s + 1s + 2 * limits::clock_skew_max + 3s;
constexpr auto slow_machine = 5s;

constexpr int batch = 40;  // jobs, a quarter of each kind
constexpr int under_way_max = 160;

struct patient {
    const char* called;
    ailment what;
    const char* carrier;
    const char* good[2];
};

void PrintTo(const patient& one, std::ostream* out) {
    *out << one.carrier << ' ' << one.called;
}

std::string name_of(const testing::TestParamInfo<patient>& info) {
    return info.param.called;
}

seconds time_ill(const patient& one) {
    const char* text = std::getenv("PINWIRE_TROUBLE_SECONDS");
    const seconds wanted(text == nullptr ? 6 : std::atol(text));
    return one.what == ailment::nameless ? wanted + address_kept : wanted;
}

void add_route(
    toml_tables& to, const std::string& name, const char* carrier, const char* prefix, int priority
) {
    auto& route = to["routes." + name];
    route["carrier"] = fmt::format("\"{}\"", carrier);
    route["prefixes"] = fmt::format("[\"{}\"]", prefix);
    route["priority"] = std::to_string(priority);
    route["tps"] = "1000";
    route["burst"] = "1000";
    route["validity"] = "\"3s\"";
}

// 34 and 39 are the sick carrier's, 39 its alone; 44 and 49 are the others'.
void put_routes(toml_tables& to, const patient& who) {
    std::erase_if(to, [](const auto& one) { return one.first.starts_with("routes."); });
    add_route(to, "sick", who.carrier, "34", 1);
    add_route(to, "sick_alone", who.carrier, "39", 1);
    add_route(to, "good_instead", who.good[0], "34", 2);
    add_route(to, "good_first", who.good[0], "44", 1);
    add_route(to, "good_second", who.good[1], "49", 1);
    for (const auto* good : who.good)
        to[std::string("carriers.") + good]["answer_timeout"] = "\"20s\"";
    to[std::string("carriers.") + who.carrier]["answer_timeout"] =
        fmt::format("\"{}s\"", answer_timeout.count());
    to["worker.health"]["probe_last"] = "\"5s\"";
}

class load {
public:
    explicit load(pinwire_stack& on) : stack_(on) {}

    // As fast as the good routes take it.
    void run(milliseconds time, const std::function<void()>& now_and_then) {
        const auto end = steady_clock::now() + time;
        auto next = steady_clock::now();
        while (steady_clock::now() < end) {
            if (left_for_good_routes() < under_way_max) {
                produce();
            } else {
                act_slowly(10ms);
            }
            time_a_commit();
            if (steady_clock::now() < next) continue;
            now_and_then();
            next = steady_clock::now() + 300ms;
        }
    }
    void produce() {
        std::vector<made_job> jobs;
        for (int i = 0; i < batch; i += 4) {
            for (const auto* prefix : {"34", "39", "44", "49"})
                jobs.push_back(stack_.jobs().sms(fmt::format("load-{}", made_++), prefix, "0000"));
        }
        stack_.produce(jobs);
    }
    // Not claimed yet, or claimed for a good route and not taken yet.
    std::int64_t left_for_good_routes() {
        return made_ + stack_.count(
                           "select (select count(*) from due where what in (1, 2) and "
                           "route like 'good%') - (select count(*) from job)"
                       );
    }

    // The longest that a commit of our own took: while the machine's disk stands still, nobody
    // sends, whoever is ill.
    milliseconds longest_commit() const { return commit_; }

private:
    void time_a_commit() {
        const auto began = steady_clock::now();
        stack_.query("select pg_logical_emit_message(true, 'test', 'a record to flush')");
        const auto took = steady_clock::now() - began;
        commit_ = std::max(commit_, std::chrono::duration_cast<milliseconds>(took));
    }

    pinwire_stack& stack_;
    int made_ = 0;
    milliseconds commit_{0};
};

std::int64_t unix_us() {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

// The longest time within the two moments in which that carrier took nothing.
milliseconds longest_standstill(
    pinwire_stack& stack, const std::string& instance, std::int64_t from, std::int64_t to
) {
    std::vector<std::int64_t> moments = {from, to};
    for (const auto& line : stack.journal("accepted")) {
        const auto at = line["at_us"].get<std::int64_t>();
        if (line["instance"] == instance && at > from && at < to) moments.push_back(at);
    }
    std::sort(moments.begin(), moments.end());
    std::int64_t longest = 0;
    for (std::size_t i = 1; i < moments.size(); ++i)
        longest = std::max(longest, moments[i] - moments[i - 1]);
    return milliseconds(longest / 1000);
}

class Carrier : public testing::TestWithParam<patient> {
protected:
    Carrier() {
        options_.edit = [this](toml_tables& to) {
            sick_.arrange(to);
            put_routes(to, GetParam());
        };
    }
    // What was asked of it went wrong, and no worse than it must.
    void expect_it_was_ill(pinwire_stack& stack) {
        EXPECT_GT(
            stack.count("select count(*) from attempt where route like 'sick%' and error <> ''"), 10
        ) << "it was never ill";
        const auto doubts = stack.count(
            "select coalesce(ceil(1000 * extract(epoch from max(j.final_at - a.started_at))), 0)"
            "::bigint from attempt a join job j on j.id = a.job where a.state = 3"
        );
        EXPECT_LE(milliseconds(doubts), settled_within + slow_machine);
        // but for our own on a slow machine: the stack's heartbeats may be late by 1.5 s at most
        const auto others = stack.query(
            "select coalesce(string_agg(route || ': ' || coalesce(error, '?'), ', '), '')"
            " from attempt where route in ('good_first', 'good_second') and state <> 4"
            " and error <> 'no_heartbeat'"
        );
        EXPECT_EQ(others[0].text(0), "") << "the good ones' jobs met trouble";
    }

    sick_carrier sick_{GetParam().carrier, GetParam().what};
    stack_options options_;
};

TEST_P(Carrier, HarmsNobodyElse) {
    pinwire_stack stack(options_);
    stack.start();
    load jobs(stack);
    jobs.run(1s, [] {});
    sick_.fall_ill(stack);
    const auto began = unix_us();
    jobs.run(time_ill(GetParam()), [this] { sick_.suffer(); });
    const auto ended = unix_us();
    const auto all_taken = [&] { return jobs.left_for_good_routes() == 0; };
    EXPECT_TRUE(eventually(all_taken, 20s, "the others' jobs taken while it is ill"))
        << stack.tails();
    for (const std::string name : GetParam().good) {
        const auto instance = name == "nrs" ? "360nrs" : name;
        EXPECT_LT(
            longest_standstill(stack, instance, began, ended),
            standstill_max + jobs.longest_commit()
        ) << name;
    }
    sick_.get_well(stack);
    const auto well_again = [&] {
        if (jobs.left_for_good_routes() < under_way_max) jobs.produce();
        return stack.count(
                   "select count(*) from attempt where route = 'sick' and state = 4 and"
                   " started_at > now() - interval '2 seconds'"
               ) > 0;
    };
    EXPECT_TRUE(eventually(well_again, 30s, "jobs for it again")) << stack.tails();
    EXPECT_TRUE(oracle(stack).holds(90s + time_ill(GetParam())));
    expect_it_was_ill(stack);
}

INSTANTIATE_TEST_SUITE_P(
    That,
    Carrier,
    testing::Values(
        patient{"Hangs", ailment::hangs, "twilio", {"infobip", "kannel"}},
        patient{"ResetsEachRequest", ailment::resets, "infobip", {"nrs", "kannel"}},
        patient{"AnswersGarbage", ailment::garbage, "nrs", {"infobip", "kannel"}},
        patient{"SaysTooFast", ailment::throttles, "vonage", {"nrs", "infobip"}},
        patient{"LosesItsName", ailment::nameless, "kannel", {"infobip", "nrs"}},
        patient{"ShowsAWrongCertificate", ailment::wrong_certificate, "infobip", {"nrs", "twilio"}}
    ),
    name_of
);

}  // namespace
}  // namespace pinwire::test
