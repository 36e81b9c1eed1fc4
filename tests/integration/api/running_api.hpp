// An API process within the test, beside the true worker, Kafka and PostgreSQL of a stack, so that
// a test can give its accounts keys without a table of them.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "api/api.hpp"
#include "common/config/loader.hpp"
#include "common/core/hmac.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/stack/pinwire_stack.hpp"

namespace pinwire::test {

class running_api {
public:
    using change = std::function<void(config::settings&)>;

    // Account "acme" gets the key "acme-key".
    explicit running_api(pinwire_stack& stack, const change& edit = {}) : stack_(stack) {
        auto read = config::load(stack.configuration_file("api"));
        if (!read) throw std::runtime_error(read.mistakes.at(0).to_string());
        auto mine = std::make_shared<config::settings>(*read.settings);
        config::api_key key;
        key.digest = sha256("acme-key");
        mine->accounts.at(account_name("acme")).keys.push_back(key);
        if (edit) edit(*mine);
        api_ = std::make_unique<api::api>(io_, mine, upkeep::run_options());
        boost::asio::co_spawn(io_, api_->run(), [this](std::exception_ptr error, int code) {
            failed_ = error;
            code_ = code;
            io_.stop();
        });
        thread_ = std::thread([this] { io_.run(); });
    }
    ~running_api() { stop(); }
    running_api(const running_api&) = delete;
    running_api& operator=(const running_api&) = delete;

    // The exit code.
    int stop() {
        if (!thread_.joinable()) return code_;
        boost::asio::post(io_, [this] { api_->stop(); });
        thread_.join();
        io_.restart();
        io_.poll();
        api_.reset();
        io_.restart();
        io_.poll();
        if (failed_) std::rethrow_exception(failed_);
        return code_;
    }

    http_answer call(
        const std::string& method,
        const std::string& target,
        const std::string& body = "",
        const std::string& headers = ""
    ) const {
        return http_call(
            stack_.api(),
            method,
            target,
            body,
            "application/json",
            std::chrono::seconds(30),
            headers
        );
    }

private:
    pinwire_stack& stack_;
    boost::asio::io_context io_{1};
    std::unique_ptr<api::api> api_;
    std::thread thread_;
    std::exception_ptr failed_;
    int code_ = -1;
};

}  // namespace pinwire::test
