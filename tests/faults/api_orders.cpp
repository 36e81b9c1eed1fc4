#include "tests/faults/api_orders.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <future>
#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace pinwire::test {

using namespace std::chrono_literals;

const nlohmann::json with_lookup = {{"hlr_lookup", 1}};

std::string number_of(int serial) {
    return fmt::format("3460{:04}0000", serial);
}

std::vector<api_caller> bring_up(
    pinwire_stack& stack,
    const std::vector<std::string>& apis,
    const std::string& armed,
    bool worker
) {
    stack.start_callback();
    if (worker) stack.start_worker();
    const auto key = add_key(stack, "acme");
    stack.pinwire({"accounts", "set", "acme", "--per-number", ""});
    for (const auto& instance : apis) {
        const bool dies = instance == "1" && !armed.empty();
        pinwire_stack::environment variables;
        if (dies) variables.emplace_back("PINWIRE_KILL_AT", armed);
        stack.start_api(instance, variables);
    }
    stack.wait_until_ready("callback");
    if (worker) stack.wait_until_ready("worker-1");
    std::vector<api_caller> callers;
    for (const auto& instance : apis) {
        stack.wait_until_ready("api-" + instance);
        callers.emplace_back(stack.api(instance), key);
        wait_until_known(callers.back());
    }
    return callers;
}

std::vector<std::optional<told>> at_once(const std::vector<call>& calls) {
    std::vector<std::future<std::optional<told>>> running;
    for (const auto& one : calls) {
        running.push_back(std::async(std::launch::async, [&one]() -> std::optional<told> {
            try {
                return one();
            } catch (const std::runtime_error&) {
                return std::nullopt;
            }
        }));
    }
    std::vector<std::optional<told>> answers;
    for (auto& one : running)
        answers.push_back(one.get());
    return answers;
}

void pass_all_partitions(pinwire_stack& stack, const api_caller& caller) {
    for (int i = 0; i < 12; ++i) {
        const auto answer = caller.request(number_of(9000 + i), with_lookup);
        ASSERT_EQ(answer.status, 200) << answer << stack.tails();
    }
    const auto idle = [&] { return stack.count("select count(*) from due where what < 3") == 0; };
    ASSERT_TRUE(eventually(idle, 30s, "nothing to send"));
}

std::size_t messages_to(pinwire_stack& stack, const std::string& number) {
    return pins_on_handset(stack, number).size();
}

told until_taken(const api_caller& caller, const std::string& number, const std::string& key) {
    told answer;
    const auto taken = [&] {
        answer = caller.request(number, with_lookup, key);
        EXPECT_LT(answer.took, answer_bound) << answer;
        return answer.status == 200;
    };
    EXPECT_TRUE(eventually(taken, 90s, "an order that is taken")) << answer;
    return answer;
}

}  // namespace pinwire::test
