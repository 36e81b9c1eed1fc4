#include "tests/faults/chaos_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

// The standard's distributions differ from one library to the next; its engines don't.
class dice {
public:
    explicit dice(std::uint64_t seed) : engine_(seed) {}

    int below(int end) { return static_cast<int>(engine_() % static_cast<std::uint64_t>(end)); }
    milliseconds between(milliseconds least, milliseconds most) {
        return least + milliseconds(below(static_cast<int>((most - least).count()) + 1));
    }
    template <class Many>
    const auto& one_of(const Many& many) {
        return many[static_cast<std::size_t>(below(static_cast<int>(std::size(many))))];
    }
    std::uint32_t seed() { return static_cast<std::uint32_t>(engine_()); }

private:
    std::mt19937_64 engine_;
};

constexpr const char* names[] = {
    "kill",
    "terminate",
    "stand still",
    "way",
    "end connections",
    "lock",
    "crash database",
    "crash kafka",
    "carriers",
    "customers"};

constexpr const char* failures[] = {
    "passes", "refuse", "blackhole", "delay", "drip", "reset some", "after statement"};

// Each as often as it stands here.
constexpr blow usual[] = {
    blow::kill,
    blow::kill,
    blow::kill,
    blow::terminate,
    blow::stand_still,
    blow::way,
    blow::way,
    blow::way,
    blow::way,
    blow::way,
    blow::lock,
    blow::customers,
    blow::carriers,
    blow::end_connections,
    blow::end_connections,
    blow::carriers};

failure some_failure(dice& by, part where) {
    static constexpr fault all[] = {
        fault::refuse,
        fault::blackhole,
        fault::delay,
        fault::drip,
        fault::reset_some,
        fault::reset_some,
        fault::after_statement};
    failure made;
    made.what =
        where == part::database && by.below(3) == 0 ? fault::after_statement : by.one_of(all);
    if (made.what == fault::after_statement && where != part::database)
        made.what = fault::reset_some;
    made.seed = by.seed();
    made.share = (10 + by.below(60)) / 100.0;
    made.every = 1 + by.below(4);
    made.piece = static_cast<std::size_t>(50 + by.below(500));
    made.pause = made.what == fault::drip ? by.between(1ms, 10ms) : by.between(20ms, 400ms);
    return made;
}

void of_a_way(dice& by, chaos_step& step) {
    static constexpr part parts[] = {
        part::database, part::kafka, part::carriers, part::customers, part::listener};
    step.where = by.one_of(parts);
    step.how = some_failure(by, step.where);
    step.lasts = by.between(300ms, 4000ms);
}

void of_others(dice& by, chaos_step& step) {
    static constexpr const char* carriers[] = {
        "hang",
        "hang_accepted",
        "reset",
        "reset_accepted",
        "garbage_accepted",
        "refuse",
        "throttle"};
    static constexpr const char* customers[] = {"unavailable", "hang", "reset", "close"};
    step.whom = step.what == blow::carriers ? by.one_of(carriers) : by.one_of(customers);
    step.how.share = (10 + by.below(60)) / 100.0;
    step.how.seed = by.seed() % 1'000'000;
    step.lasts = by.between(500ms, 4000ms);
}

chaos_step some_step(dice& by, std::chrono::seconds length) {
    static constexpr const char* tables[] = {"job", "due", "attempt", "report", "outbox"};
    chaos_step step;
    step.what = by.one_of(usual);
    const bool rarely = by.below(30) == 0;
    if (rarely)
        step.what = length >= 40s && by.below(2) == 0 ? blow::crash_kafka : blow::crash_database;
    switch (step.what) {
        case blow::kill:
            step.whom = by.one_of(chaos_processes);
            step.lasts = by.between(0ms, 1500ms);
            break;
        case blow::terminate:
            step.whom = by.one_of(chaos_processes);
            step.lasts = by.between(500ms, 3000ms);
            break;
        case blow::stand_still:
            step.whom = by.one_of(chaos_processes);
            step.lasts =
                length >= 60s && by.below(4) == 0 ? milliseconds(20s) : by.between(200ms, 3000ms);
            break;
        case blow::way:
            of_a_way(by, step);
            break;
        case blow::lock:
            step.whom = by.one_of(tables);
            step.lasts = by.between(500ms, 2800ms);
            break;
        case blow::carriers:
        case blow::customers:
            of_others(by, step);
            break;
        default:
            break;
    }
    return step;
}

// What can't be hit twice at a time.
std::string object_of(const chaos_step& step) {
    switch (step.what) {
        case blow::kill:
        case blow::terminate:
        case blow::stand_still:
            return step.whom;
        case blow::way:
            return name_of(step.where);
        case blow::carriers:
        case blow::customers:
            return "rules";
        case blow::crash_kafka:
            return "kafka itself";
        default:
            return "database itself";
    }
}

}  // namespace

const std::vector<std::string> chaos_processes = {
    "worker-1", "worker-2", "callback", "callback-2", "api-1", "api-2"};

std::vector<chaos_step> chaos_schedule(std::uint64_t seed, std::chrono::seconds length) {
    dice by(seed);
    std::vector<chaos_step> made;
    std::map<std::string, milliseconds> busy_until;
    for (auto at = by.between(0ms, 900ms); at < length; at += by.between(50ms, 900ms)) {
        auto step = some_step(by, length);
        step.at = at;
        auto& busy = busy_until[object_of(step)];
        if (at < busy || at + step.lasts >= length) continue;
        busy = at + step.lasts + 200ms;
        made.push_back(std::move(step));
    }
    return made;
}

std::vector<chaos_step> kill_schedule(std::uint64_t seed, int kills) {
    dice by(seed);
    std::vector<chaos_step> made;
    milliseconds at{0};
    for (int i = 0; i < kills; ++i) {
        chaos_step step;
        step.at = at;
        step.whom = by.one_of(chaos_processes);
        made.push_back(std::move(step));
        at += by.between(50ms, 700ms);
    }
    return made;
}

std::string to_string(const chaos_step& step) {
    auto text = fmt::format(
        "{:>6} ms  {} {}", step.at.count(), names[static_cast<std::size_t>(step.what)], step.whom
    );
    if (step.what == blow::way)
        text += fmt::format(
            "{}: {}, pause {} ms, piece {}, every {}",
            name_of(step.where),
            failures[static_cast<std::size_t>(step.how.what)],
            step.how.pause.count(),
            step.how.piece,
            step.how.every
        );
    return text + fmt::format(
                      ", share {:.2f}, seed {}, for {} ms",
                      step.how.share,
                      step.how.seed,
                      step.lasts.count()
                  );
}

std::string to_string(const std::vector<chaos_step>& steps) {
    std::string text;
    for (const auto& one : steps)
        text += to_string(one) + '\n';
    return text;
}

}  // namespace pinwire::test
