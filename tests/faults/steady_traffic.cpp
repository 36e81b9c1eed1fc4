#include "tests/faults/steady_traffic.hpp"

#include <algorithm>

#include "tests/support/stack/oracle.hpp"

namespace pinwire::test {
namespace {

using namespace std::chrono_literals;

constexpr const char* apis[] = {"api-1", "api-2"};

}  // namespace

steady_traffic::steady_traffic(pinwire_stack& on, job_maker by, const std::string& report_url)
    : stack_(on), load_(on, std::move(by)), orders_(on, report_url) {}

void steady_traffic::begin() {
    stack_.start();
    begin_beside();
}

void steady_traffic::begin_beside() {
    stack_.start_api("1");
    stack_.start_api("2");
    for (const auto* name : apis)
        stack_.wait_until_ready(name);
    orders_.begin();
    load_.until([this] { return stack_.acceptances() > 10; }, 0ms, "messages under way");
}

testing::AssertionResult steady_traffic::ends_well(std::chrono::seconds patience) {
    orders_.finish([] {});
    auto held = oracle(stack_).holds(patience);
    const auto orders = orders_.findings();
    for (const auto* name : apis)
        if (!stack_.process(name).running())
            held = testing::AssertionFailure() << held.message() << name << " ended by itself\n";
    if (held && orders.empty()) return testing::AssertionSuccess();
    auto failure = testing::AssertionFailure() << held.message();
    for (const auto& one : orders)
        failure << "  " << one << '\n';
    return failure << orders_.summary() << '\n' << stack_.tails();
}

bool one_said(
    const pinwire_stack& stack,
    std::initializer_list<const char*> processes,
    std::initializer_list<const char*> any_of
) {
    return std::any_of(processes.begin(), processes.end(), [&](const char* process) {
        const auto log = stack.log(process);
        return std::any_of(any_of.begin(), any_of.end(), [&](const char* word) {
            return log.find(word) != std::string::npos;
        });
    });
}

}  // namespace pinwire::test
