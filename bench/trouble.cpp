#include "bench/trouble.hpp"

#include <algorithm>

#include "bench/offered_jobs.hpp"
#include "common/runtime/deadline.hpp"
#include "common/runtime/task_group.hpp"

namespace pinwire::bench {
namespace {

using namespace std::chrono_literals;

constexpr int rounds = 3;
constexpr int first_phase = 2;

// What the numbers begin with says whose they are (scripts/lib/bench_config.sh).
constexpr std::size_t with_another_way = 34, without_one = 39, first_other = 44, second_other = 49;

struct one_span {
    std::vector<double> others;
    std::vector<double> diverted;
    double cores = 0;
};

void append(std::vector<double>& to, const std::vector<double>& from) {
    to.insert(to.end(), from.begin(), from.end());
}

class trial {
public:
    trial(rig& on, sick_carrier& sick) : on_(on), sick_(sick) {}

    awaitable<trouble_result> run() {
        one_span well, ill;
        made_.what = on_.given.trouble;
        made_.rate = on_.given.rate;
        for (int round = 0; round < rounds; ++round) {
            co_await measure(first_phase + 2 * round, false, made_.well, well);
            co_await sick_.fall_ill();
            co_await measure(first_phase + 2 * round + 1, true, made_.ill, ill);
            if (!made_.complete()) break;
        }
        conclude(made_.well, well);
        conclude(made_.ill, ill);
        made_.cores_well = well.cores / rounds;
        made_.cores_ill = ill.cores / rounds;
        co_return std::move(made_);
    }

private:
    // One span. When it was ill, it is well when this returns, and has been given jobs again.
    awaitable<void> measure(int phase, bool ill, trouble_latencies& to, one_span& all) {
        const job_maker jobs(
            on_.given.topic,
            on_.given.account,
            on_.simulator.report_url(),
            on_.run,
            phase,
            {with_another_way, without_one, first_other, second_other}
        );
        std::vector<moments> log(on_.given.rate * static_cast<std::size_t>(on_.given.span.count()));
        const auto before = co_await on_.read();
        bool over = false;
        task_group beside(on_.ex, [](std::exception_ptr) {});  // it throws nothing
        if (ill) {
            auto task = suffer(over);
            beside.spawn(std::move(task), "suffer");
        }
        co_await offer(on_, jobs, log);
        over = true;
        const auto after = co_await on_.read();
        co_await beside.drain(2s);
        if (ill) co_await sick_.get_well();
        const auto limit = on_.given.limit;
        const auto finals =
            co_await on_.wait_for_finals(before.simulator.finals, log.size(), limit);
        co_await read_moments(on_, jobs, before.simulator.next_seq, log);
        made_.jobs += log.size();
        made_.finals += finals;
        keep(jobs, log, to, all);
        for (const auto& one : cost_of(before, after, log.size()).processes)
            all.cores += one.cores;
    }

    static void keep(
        const job_maker& jobs, const std::vector<moments>& log, trouble_latencies& to, one_span& all
    ) {
        const auto to_carrier = [&](auto which) {
            const auto takes = [&](std::size_t place) { return which(jobs.country(place)); };
            return spans(log, &moments::intended, &moments::at_carrier, takes);
        };
        const auto others = to_carrier([](std::size_t country) {
            return country == first_other || country == second_other;
        });
        append(all.others, others);
        append(all.diverted, to_carrier([](std::size_t country) {
                   return country == with_another_way;
               }));
        to.p99_others.push_back(percentiles_of(others).p99);
    }

    awaitable<void> suffer(const bool& over) {
        while (!over) {
            sick_.suffer();
            co_await sleep_for(300ms);
        }
    }

    static void conclude(trouble_latencies& to, one_span& from) {
        to.others = percentiles_of(std::move(from.others));
        to.diverted = percentiles_of(std::move(from.diverted));
    }

    rig& on_;
    sick_carrier& sick_;
    trouble_result made_;
};

}  // namespace

awaitable<trouble_result> measure_trouble(rig& on, sick_carrier& sick) {
    trial one(on, sick);
    auto made = co_await one.run();
    co_return made;
}

}  // namespace pinwire::bench
