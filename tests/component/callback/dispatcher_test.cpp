// The way out as a whole: real endpoints on loopback, a real database. Endpoints don't cost each
// other anything, and nothing that was handed over is forgotten.
#include "callback/dispatcher.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/postgres/migrate.hpp"
#include "common/reports/signature.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

postgres::connection_settings connection(const std::string& conninfo) {
    postgres::connection_settings made;
    made.conninfo = conninfo;
    made.statement_timeout = 30s;
    return made;
}

std::unique_ptr<pinwire::test::test_database> migrated() {
    auto made = pinwire::test::postgres_cluster::shared().fresh_database();
    postgres::session db(connection(made->conninfo()));
    const auto folder = std::filesystem::path(PINWIRE_SOURCE_DIR) / "sql";
    postgres::migrate(db, postgres::read_migrations(folder));
    return made;
}

// An endpoint that counts the reports it took.
struct endpoint {
    explicit endpoint(http::test::loop& on)
        : server(on, {}, [this](http::request&& asked, const http::peer&) {
              return serve(std::move(asked));
          }) {}

    awaitable<http::response> serve(http::request&& asked) {
        ++requests;
        http::response answer(status);
        answer.how = fate;
        if (status == 200 && fate == http::fate::normal) {
            const auto body = nlohmann::json::parse(asked.body);
            const auto& list = body.is_array() ? body : body.at("results");
            taken += list.size();
            biggest = std::max(biggest, list.size());
        }
        co_return answer;
    }

    unsigned status = 200;
    http::fate fate = http::fate::normal;
    std::size_t requests = 0;
    std::size_t taken = 0;
    std::size_t biggest = 0;
    http::test::running_server server;
};

class Dispatcher : public testing::Test {
protected:
    Dispatcher() {
        auto& account = settings_.accounts[account_name("acme")];
        account.allow_http = true;
        account.allow_cidrs = {*cidr::parse("127.0.0.0/8")};
        account.ports = {left_.server.port(), right_.server.port()};
        const auto text = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        account.webhook_secrets = {reports::parse_webhook_secret(text)};
        settings_.callback.reports.per_endpoint = 2;
        accounts_ = std::make_unique<upkeep::account_book>(settings_);
        deliver_ = std::make_unique<deliver_step>(on_.context, settings_, *accounts_, counts_);
        out_ = std::make_unique<dispatcher>(
            on_.context.get_executor(),
            settings_,
            *deliver_,
            db_,
            epoch_id(),
            counts_,
            requests_,
            timers_
        );
        timers_.spawn(out_->pump(), "pump");
    }
    ~Dispatcher() override {
        out_->stop();
        on_.run(requests_.drain(5s));
        on_.run(timers_.drain(0ms));
    }

    void hand_over(const endpoint& to, int count, report_format format = report_format::nrs360) {
        std::vector<postgres::report_row> rows;
        for (int i = 0; i < count; ++i) {
            std::array<std::uint8_t, 16> bytes{1};
            bytes[14] = static_cast<std::uint8_t>(next_ >> 8);
            bytes[15] = static_cast<std::uint8_t>(next_++);
            postgres::report_row row;
            row.id = report_id(bytes);
            row.account = account_name("acme");
            row.url = "http://127.0.0.1:" + std::to_string(to.server.port()) + "/";
            row.format = format;
            row.payload = R"({"message_id":"0123456789abcdef0123456789abcdef","account":"acme",)"
                          R"("job_id":"j1","channel":0,"to":"447700900123","sms_status":2,)"
                          R"("dlr_status":8,"accepted_at":"2026-01-01T00:00:00Z",)"
                          R"("final_at":"2026-01-01T00:00:05Z"})";
            row.created_at = std::chrono::system_clock::now();
            rows.push_back(std::move(row));
        }
        out_->hand_over(std::move(rows));
    }

    const std::unique_ptr<pinwire::test::test_database> database_ = migrated();
    http::test::loop on_;
    endpoint left_{on_};
    endpoint right_{on_};
    config::settings settings_;
    telemetry::metrics metrics_{"callback"};
    figures counts_{metrics_};
    postgres::executor db_{connection(database_->conninfo()), "pg-test"};
    task_group requests_{on_.context.get_executor(), nullptr};
    task_group timers_{on_.context.get_executor(), nullptr};
    std::unique_ptr<upkeep::account_book> accounts_;
    std::unique_ptr<deliver_step> deliver_;
    std::unique_ptr<dispatcher> out_;
    int next_ = 1;
};

TEST_F(Dispatcher, ASlowEndpointDelaysNoOther) {
    settings_.callback.reports.total_timeout = 3s;
    left_.fate = http::fate::hang;
    hand_over(left_, 50, report_format::standard);
    hand_over(right_, 20);
    on_.until([this] { return right_.taken == 20; });
    EXPECT_LE(left_.requests, 2U) << "its own window, no more";
    EXPECT_EQ(left_.taken, 0U);
}

TEST_F(Dispatcher, WhatWaitsForOneUrlGoesInOneRequest) {
    hand_over(left_, 100);
    on_.until([this] { return left_.taken == 100; });
    EXPECT_EQ(left_.requests, 1U);
}

TEST_F(Dispatcher, GoneDisablesTheEndpointForWhatFollows) {
    left_.status = 410;
    hand_over(left_, 1);
    on_.until([this] { return left_.requests == 1 && requests_.size() == 0; });
    hand_over(left_, 3);
    on_.until([this] { return requests_.size() == 0 && out_->queued() == 0; });
    hand_over(right_, 1);
    on_.until([this] { return right_.taken == 1; });
    EXPECT_EQ(left_.requests, 1U);
}

TEST_F(Dispatcher, AfterABreakerClosesNothingThatWaitedIsForgotten) {
    left_.status = 503;
    for (std::size_t i = 1; i <= 10; ++i) {
        hand_over(left_, 1);
        on_.until([this, i] { return left_.requests == i && requests_.size() == 0; });
    }
    left_.status = 200;
    hand_over(left_, 150, report_format::infobip);
    on_.until([this] { return left_.taken >= 150; });
    EXPECT_EQ(left_.taken, 150U);
    EXPECT_LE(left_.biggest, 100U);
}

}  // namespace
}  // namespace pinwire::callback
