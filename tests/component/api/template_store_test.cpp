// Templates without a database: every caller is told so in bounded time, however many ask.
#include "api/template_store.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/postgres/errors.hpp"

namespace pinwire::api {
namespace {

using namespace std::chrono_literals;

TEST(TemplateStore, CallersDontQueueUpForADatabaseThatIsAway) {
    constexpr int callers = 8;
    boost::asio::io_context io(1);
    postgres::connection_settings nowhere;
    nowhere.conninfo = "host=127.0.0.1 port=1 user=nobody dbname=none";
    postgres::executor database(nowhere, "pg-test");
    auto store = make_template_store(io.get_executor(), database, 500ms);
    int refused = 0;
    auto ended = [&](std::exception_ptr error, const auto&) {
        try {
            if (error) std::rethrow_exception(error);
        } catch (const postgres::database_error&) {
            ++refused;
        }
    };
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < callers; ++i) {
        auto finding = store->find_application(account_name("shop"), "A");
        boost::asio::co_spawn(io, std::move(finding), ended);
        postgres::application one;
        one.id = "A";
        auto creating = store->create_application(account_name("shop"), one);
        boost::asio::co_spawn(io, std::move(creating), ended);
    }
    io.run();
    EXPECT_EQ(refused, 2 * callers);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 4s);
    database.stop();
}

}  // namespace
}  // namespace pinwire::api
