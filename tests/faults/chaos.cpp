#include "tests/faults/chaos.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/facts.hpp"
#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

struct moment {
    std::chrono::milliseconds at;
    const chaos_step* step;
    bool begins;
};

std::vector<moment> moments_of(const std::vector<chaos_step>& schedule) {
    std::vector<moment> made;
    for (const auto& one : schedule) {
        made.push_back({one.at, &one, true});
        made.push_back({one.at + one.lasts, &one, false});
    }
    std::stable_sort(made.begin(), made.end(), [](const moment& left, const moment& right) {
        return left.at < right.at;
    });
    return made;
}

}  // namespace

chaos::chaos() {
    for (const auto& one : chaos_processes)
        start(one);
    for (const auto& one : chaos_processes)
        stack_.wait_until_ready(one);
    orders_.begin();
}

void chaos::start(const std::string& process) {
    if (process == "callback") return stack_.start_callback();
    const auto instance = process.substr(process.find('-') + 1);
    if (process.starts_with("worker")) return stack_.start_worker(instance);
    if (process.starts_with("api")) return stack_.start_api(instance);
    stack_.start_callback_beside(instance);
}

testing::AssertionResult chaos::survives(const std::vector<chaos_step>& schedule) {
    const auto began = clock::now();
    for (const auto& next : moments_of(schedule)) {
        load_until(began + next.at);
        next.begins ? begin(*next.step) : end(*next.step);
    }
    end_all();
    load_until(clock::now() + 500ms);
    orders_.finish([this] { look_after_processes(); });
    return judged();
}

testing::AssertionResult chaos::judged() {
    // after three deaths in the middle of one request it is set aside, as it should be
    const auto forgive = [](facts& all) {
        for (auto& [id, attempt] : all.attempts)
            attempt.set_aside = false;
    };
    const auto held = oracle(stack_, forgive).holds(180s);
    const auto tails = stack_.tails();  // before the guesses fill them
    const auto orders = orders_.findings();
    if (held && crashes_.empty() && orders.empty())
        return testing::AssertionSuccess() << load_.made() << " jobs, " << orders_.summary();
    auto failure = testing::AssertionFailure() << held.message();
    for (const auto& one : crashes_)
        failure << "crashed: " << one << '\n';
    if (!orders.empty()) failure << orders.size() << " findings about orders:\n";
    for (const auto& one : orders)
        failure << "  " << one << '\n';
    if (held) failure << tails;
    keep_logs();
    return failure;
}

// Lives that follow push them out of what is shown of its log at the end.
std::string chaos::last_words_of(const std::string& process) const {
    constexpr std::size_t most = 3000;
    const auto all = stack_.log(process);
    return all.substr(all.size() - std::min(all.size(), most));
}

// All that the processes wrote, for who has to find out.
void chaos::keep_logs() const {
    const char* const where = std::getenv("PINWIRE_CHAOS_LOGS");
    if (where == nullptr || *where == '\0') return;
    std::filesystem::create_directories(where);
    for (const auto& name : stack_.log_names())
        std::ofstream(std::filesystem::path(where) / (name + ".log")) << stack_.log(name);
}

// As systemd would: what ended by itself is started again. Nothing may crash.
void chaos::look_after_processes() {
    for (const auto& one : chaos_processes) {
        if (down_.contains(one) || stack_.process(one).running()) continue;
        const auto end = stack_.process(one).wait(1s);
        if (end && end->signal != 0)
            crashes_.push_back(one + ": " + to_string(*end) + '\n' + last_words_of(one));
        orders_.hinder(one, hindrance::kind::gone, looked_);
        start(one);
        orders_.let_go(one);
    }
    looked_ = clock::now();
}

void chaos::load_until(clock::time_point when) {
    do {
        look_after_processes();
        try {
            load_.some();
        } catch (const postgres::database_error&) {
            // ours goes with the others
        }
        act_slowly(std::chrono::ceil<std::chrono::milliseconds>(
            std::clamp<clock::duration>(when - clock::now(), 0ms, 50ms)
        ));
    } while (clock::now() < when);
}

// One transaction of an administrator's, who may be turned away like anybody.
void chaos::administer(const std::string& sql) {
    try {
        postgres::connection_settings how;
        how.conninfo = stack_.conninfo();
        how.statement_timeout = 30s;
        how.lock_timeout = 5s;
        postgres::session(how).script(sql);
    } catch (const postgres::database_error&) {
    }
}

void chaos::begin(const chaos_step& step) {
    switch (step.what) {
        case blow::kill: {
            auto& process = stack_.process(step.whom);
            orders_.hinder(step.whom, hindrance::kind::gone);
            process.kill(SIGKILL);
            process.wait(10s);
            down_.insert(step.whom);
            return;
        }
        case blow::terminate:
            down_.insert(step.whom);
            orders_.hinder(step.whom, hindrance::kind::gone);
            stack_.process(step.whom).kill(SIGTERM);
            return;
        case blow::stand_still:
            orders_.hinder(step.whom, hindrance::kind::stopped);
            stack_.process(step.whom).kill(SIGSTOP);
            return;
        case blow::way:
            net_.to(step.where).fail(step.how);
            if (step.how.what == fault::refuse) net_.to(step.where).cut();
            return;
        case blow::end_connections:
            return administer(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and usename <> 'postgres' and random() < 0.5"
            );
        case blow::lock:
            return administer(fmt::format(
                "lock table {} in access exclusive mode; select pg_sleep({:.3f})",
                step.whom,
                static_cast<double>(step.lasts.count()) / 1000
            ));
        case blow::crash_database:
            return postgres_.restart_immediate();
        case blow::crash_kafka:
            kafka_.cluster().kill9();
            return kafka_.cluster().start();
        case blow::carriers:
        case blow::customers:
            return rule(step);
    }
}

void chaos::rule(const chaos_step& step) {
    nlohmann::json made;
    if (step.what == blow::customers) made["kind"] = "customer";
    made["action"] = step.whom;
    made["probability"] = step.how.share;
    made["seed"] = step.how.seed;
    if (step.what == blow::carriers) made["channel"] = "sms";
    stack_.rule(made);
}

void chaos::end(const chaos_step& step) {
    switch (step.what) {
        case blow::terminate:
        case blow::kill:
            stack_.process(step.whom).kill(SIGKILL);
            stack_.process(step.whom).wait(10s);
            down_.erase(step.whom);
            start(step.whom);
            return orders_.let_go(step.whom);
        case blow::stand_still:
            stack_.process(step.whom).kill(SIGCONT);
            return orders_.let_go(step.whom);
        case blow::way:
            // half of the time what it held is lost as well
            if (step.how.seed % 2 == 0) net_.to(step.where).reset();
            net_.to(step.where).heal();
            return;
        case blow::carriers:
        case blow::customers:
            return stack_.clear_rules();
        default:
            return;
    }
}

void chaos::end_all() {
    net_.heal();
    stack_.clear_rules();
    for (const auto& one : chaos_processes)
        stack_.process(one).kill(SIGCONT);
    down_.clear();
    look_after_processes();
}

}  // namespace pinwire::test
