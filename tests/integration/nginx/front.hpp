// What the tests behind nginx share: a Pinwire of its own, the shipped configuration in a real
// nginx before it, and callers of any address of loopback. nginx itself connects from 127.0.0.1.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/certificates.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/nginx_node.hpp"
#include "tests/support/stack/https_caller.hpp"
#include "tests/support/stack/pinwire_stack.hpp"
#include "tests/support/stack/topic_reader.hpp"

namespace pinwire::test {

inline std::string quoted_toml(const std::string& text) {
    return '"' + text + '"';
}

class front : public testing::Test {
protected:
    static constexpr const char* dlr_name = "dlr.example.com";
    static constexpr const char* api_name = "pin.example.com";
    static constexpr auto soon = std::chrono::seconds(30);

    // With what every test here needs, and what `more` adds.
    explicit front(std::function<void(toml_tables&)> more = {}) : stack(options(std::move(more))) {}

    // The secrets that a test names stand in no file that nginx writes.
    void TearDown() override {
        if (!node) return;
        const auto written = node->logs();
        for (const auto& one : secrets)
            EXPECT_EQ(written.find(one), std::string::npos) << one << " stands in nginx's log";
    }

    void start_nginx(
        std::vector<std::string> enabled = {},
        std::vector<std::pair<std::string, std::string>> more = {}
    ) {
        nginx_changes changes;
        changes.enabled = std::move(enabled);
        changes.replaced = std::move(more);
        const auto live = [](const std::string& name, const char* file) {
            return "/etc/letsencrypt/live/" + name + "/" + file;
        };
        for (const auto* name : {dlr_name, api_name}) {
            const auto certificate = authority.make(name);
            changes.replaced.emplace_back(live(name, "fullchain.pem"), certificate);
            changes.replaced.emplace_back(live(name, "privkey.pem"), certificate);
        }
        changes.replaced.emplace_back("127.0.0.1:8081", stack.dlr_door());
        changes.replaced.emplace_back("127.0.0.1:8082", stack.api().substr(7));
        node = std::make_unique<nginx_node>("pinwire.conf", std::move(changes));
    }

    https_how to(const std::string& name, const std::string& from = "127.0.0.1") const {
        https_how made;
        made.port = node->port();
        made.name = name;
        made.authority = authority.ca_file();
        made.from = from;
        return made;
    }

    // A report's path, of an attempt that nobody knows: it is taken, and waits for its row.
    std::string path(const std::string& carrier, int attempt = 1) {
        const auto made = stack.dlr_path(carrier, fmt::format("{:032x}", attempt));
        secrets.push_back(made.substr(made.rfind('/') + 1));
        return made;
    }

    // The status of a request over a connection of its own.
    int get(const https_how& how, const std::string& target, const std::string& fields = "") const {
        return https_caller(how).call("GET", target, "", fields).status;
    }

    // Reports that were taken for such attempts; the settler's own marks stand in that topic too.
    std::size_t taken() const {
        std::size_t made = 0;
        for (const auto& one : read_topic(stack.bootstrap(), stack.topic("dlrs")))
            if (one.key.size() == 32 && one.key.starts_with("00000000")) ++made;
        return made;
    }

    certificates authority;
    pinwire_stack stack;
    std::unique_ptr<nginx_node> node;
    std::vector<std::string> secrets;

private:
    static stack_options options(std::function<void(toml_tables&)> more) {
        stack_options made;
        made.edit = [more = std::move(more)](toml_tables& tables) {
            tables["callback"]["trusted_proxies"] = R"(["127.0.0.1"])";
            tables["callback"]["public_url"] = quoted_toml(std::string("https://") + dlr_name);
            tables["api"]["trusted_proxies"] = R"(["127.0.0.1"])";
            if (more) more(tables);
        };
        return made;
    }
};

}  // namespace pinwire::test
