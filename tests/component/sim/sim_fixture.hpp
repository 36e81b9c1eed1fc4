// One simulator, one client and one callback server in one io_context, on the test's own thread.
// A test is a coroutine that run() drives to its end, within a time limit; everything is stopped
// and awaited before the fixture goes.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "common/http/client.hpp"
#include "common/http/server.hpp"
#include "common/runtime/asio.hpp"
#include "sim/simulator.hpp"

namespace pinwire::sim::test {

using json = nlohmann::json;

// A request that came to the callback server.
struct callback {
    std::string method;
    std::string target;
    std::string content_type;
    std::string body;
    std::chrono::steady_clock::time_point at;
};

class sim_fixture : public ::testing::Test {
protected:
    settings given;  // change before the first use

    ~sim_fixture() override;

    void run(std::function<awaitable<void>()> test);

    awaitable<http::exchange> post(std::string path, std::string body, std::string type = "");
    awaitable<http::exchange> get(std::string path);
    awaitable<http::exchange> call(http::request what, std::chrono::milliseconds limit);
    awaitable<json> get_json(std::string path);
    awaitable<std::vector<json>> log(std::string type);

    // Sends by Infobip v3 to that number; the reports go to the callback server at /dlr/REFERENCE.
    awaitable<http::exchange> send(
        std::string number, std::string reference, std::string instance = "infobip"
    );
    awaitable<http::exchange> set_rule(std::string rule);

    // Waits until so many callbacks came; fails the test after the limit.
    awaitable<void> callbacks_reach(std::size_t count);
    // Waits until nothing is left to be posted.
    awaitable<void> reports_drain();
    awaitable<void> pause(std::chrono::milliseconds time);

    std::string callback_url(const std::string& path) const;
    http::request infobip_request(
        const std::string& number, const std::string& reference, const std::string& instance
    ) const;

    std::vector<callback> callbacks;
    // What the callback server answers; 200 unless a test says otherwise.
    std::function<unsigned(const callback&)> callback_status = [](const callback&) { return 200U; };
    std::string callback_answer;  // its body

private:
    void start();
    awaitable<void> stop();

    boost::asio::io_context context_{1};
    std::unique_ptr<http::resolver> names_;
    std::unique_ptr<http::client> client_;
    std::unique_ptr<http::server> listener_;
    std::unique_ptr<simulator> simulator_;
};

}  // namespace pinwire::sim::test
