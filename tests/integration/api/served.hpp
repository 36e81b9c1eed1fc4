// A test with a whole Pinwire and an API process of its own, which account "acme" has a key for.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/eventually.hpp"
#include "tests/support/stack/api_caller.hpp"

namespace pinwire::test {

class served : public testing::Test {
protected:
    static constexpr auto soon = std::chrono::seconds(20);

    explicit served(stack_options options = {}) : stack(std::move(options)) {
        stack.start_callback();
        stack.start_worker();
        stack.start_api();
        caller = std::make_unique<api_caller>(stack.api(), add_key(stack, "acme"));
        stack.wait_until_ready("callback");
        stack.wait_until_ready("worker-1");
        stack.wait_until_ready("api-1");
        wait_until_known(*caller);
    }

    // `pinwire accounts set acme …`, which services see within a second.
    void set_account(const std::vector<std::string>& settings) {
        std::vector<std::string> arguments = {"accounts", "set", "acme"};
        arguments.insert(arguments.end(), settings.begin(), settings.end());
        stack.pinwire(arguments);
    }

    void add_test_number(const std::string& number, const std::string& pin) {
        const temp_dir files;
        const auto file = files / "pin";
        std::ofstream(file) << pin << '\n';
        std::filesystem::permissions(file, std::filesystem::perms::owner_read);
        stack.pinwire(
            {"accounts", "test-number", "add", "acme", number, "--pin-file", file.string()}
        );
    }

    std::string credit() {
        return stack.query("select micros from account_credit where account = 'acme'")
            .one()
            .text(0);
    }

    pinwire_stack stack;
    std::unique_ptr<api_caller> caller;
};

}  // namespace pinwire::test
