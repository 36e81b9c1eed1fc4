#include "tests/component/sim/sim_fixture.hpp"

#include <fmt/format.h>

namespace pinwire::sim::test {

using namespace std::chrono_literals;

namespace {

constexpr auto limit_of_all = 20s;
constexpr auto limit_of_waits = 5s;

}  // namespace

sim_fixture::~sim_fixture() = default;

void sim_fixture::start() {
    names_ = std::make_unique<http::resolver>(context_, http::resolver_settings{});
    http::client_settings settings_of_client;
    settings_of_client.body_max = 16 * 1024 * 1024;
    client_ = std::make_unique<http::client>(context_, *names_, settings_of_client);
    auto take = [this](http::request&& asked, const http::peer&) -> awaitable<http::response> {
        callback came;
        came.method = asked.method;
        came.target = asked.target;
        came.body = asked.body;
        came.content_type = asked.fields.get("Content-Type");
        came.at = std::chrono::steady_clock::now();
        callbacks.push_back(came);
        http::response answer(callback_status(came));
        answer.body = callback_answer;
        co_return answer;
    };
    listener_ = std::make_unique<http::server>(context_, http::server_settings{}, std::move(take));
    listener_->start();
    simulator_ = std::make_unique<simulator>(context_, given);
    simulator_->start();
}

awaitable<void> sim_fixture::stop() {
    co_await simulator_->stop(500ms);
    co_await listener_->stop(500ms);
    client_->close_idle();
}

void sim_fixture::run(std::function<awaitable<void>()> test) {
    start();
    std::exception_ptr failed;
    bool ended = false;
    auto whole = [&]() -> awaitable<void> {
        std::exception_ptr first;
        try {
            co_await test();
        } catch (...) {
            first = std::current_exception();
        }
        co_await stop();
        if (first) std::rethrow_exception(first);
    };
    boost::asio::co_spawn(context_, whole, [&](std::exception_ptr fault) {
        failed = fault;
        ended = true;
        context_.stop();
    });
    context_.run_for(limit_of_all);
    EXPECT_TRUE(ended) << "the test took too long";
    if (failed) std::rethrow_exception(failed);
}

awaitable<http::exchange> sim_fixture::call(http::request what, std::chrono::milliseconds limit) {
    http::endpoint to(false, "127.0.0.1", simulator_->port());
    http::call_options how;
    how.answer_timeout = limit;
    co_return co_await client_->send(std::move(to), std::move(what), std::move(how));
}

awaitable<http::exchange> sim_fixture::post(std::string path, std::string body, std::string type) {
    http::request what("POST", std::move(path));
    what.fields.set("Content-Type", type.empty() ? "application/json" : type);
    what.body = std::move(body);
    co_return co_await call(std::move(what), 5000ms);
}

awaitable<http::exchange> sim_fixture::get(std::string path) {
    http::request what("GET", std::move(path));
    co_return co_await call(std::move(what), 5000ms);
}

awaitable<json> sim_fixture::get_json(std::string path) {
    const http::exchange ended = co_await get(std::move(path));
    EXPECT_EQ(ended.answer.status, 200U) << ended.answer.body;
    co_return json::parse(ended.answer.body);
}

awaitable<std::vector<json>> sim_fixture::log(std::string type) {
    const http::exchange ended = co_await get("/admin/log?type=" + type);
    std::vector<json> lines;
    std::string_view rest = ended.answer.body;
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        lines.push_back(json::parse(rest.substr(0, end)));
        rest.remove_prefix(end + 1);
    }
    co_return lines;
}

std::string sim_fixture::callback_url(const std::string& path) const {
    return fmt::format("http://127.0.0.1:{}{}", listener_->local_endpoint().port, path);
}

http::request sim_fixture::infobip_request(
    const std::string& number, const std::string& reference, const std::string& instance
) const {
    const std::string prefix = instance == "infobip" ? "" : "/" + instance;
    http::request what("POST", prefix + "/infobip/sms/3/messages");
    what.fields.set("Content-Type", "application/json");
    what.fields.set("Authorization", "App sim-key");
    json destination = {{"to", number}, {"messageId", reference}};
    json message = {
        {"sender", "ACME"},
        {"destinations", json::array({destination})},
        {"content", {{"text", "123456 is your code"}}},
        {"webhooks", {{"delivery", {{"url", callback_url("/dlr/" + reference)}}}}}};
    what.body = json{{"messages", json::array({message})}}.dump();
    return what;
}

awaitable<http::exchange> sim_fixture::send(
    std::string number, std::string reference, std::string instance
) {
    http::request what = infobip_request(number, reference, instance);
    co_return co_await call(std::move(what), 5000ms);
}

awaitable<http::exchange> sim_fixture::set_rule(std::string rule) {
    const http::exchange ended = co_await post("/admin/rules", std::move(rule));
    EXPECT_EQ(ended.answer.status, 200U) << ended.answer.body;
    co_return ended;
}

awaitable<void> sim_fixture::pause(std::chrono::milliseconds time) {
    steady_timer timer(context_.get_executor(), time);
    co_await timer.async_wait(use_awaitable);
}

awaitable<void> sim_fixture::callbacks_reach(std::size_t count) {
    const auto until = std::chrono::steady_clock::now() + limit_of_waits;
    while (callbacks.size() < count && std::chrono::steady_clock::now() < until)
        co_await pause(2ms);
    EXPECT_GE(callbacks.size(), count);
}

awaitable<void> sim_fixture::reports_drain() {
    const auto until = std::chrono::steady_clock::now() + limit_of_waits;
    while (std::chrono::steady_clock::now() < until) {
        const json counters = co_await get_json("/admin/counters");
        if (counters.at("dlrs").at("waiting") == 0) co_return;
        co_await pause(5ms);
    }
    ADD_FAILURE() << "reports are still waiting";
}

}  // namespace pinwire::sim::test
