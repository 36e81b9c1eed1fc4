// The API's stores over a real Postgres: what arrives together goes together, each caller gets its
// own answer, and a database that is away is told in bounded time, with nothing done later.
#include "api/store.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "common/postgres/migrate.hpp"
#include "common/postgres/session.hpp"
#include "common/runtime/task_group.hpp"
#include "tests/support/postgres_cluster.hpp"

namespace pinwire::api {
namespace {

using namespace std::chrono_literals;
using postgres::database_error;

class stores : public ::testing::Test {
protected:
    stores() {
        postgres::connection_settings migrator;
        migrator.conninfo = database_->conninfo();
        migrator.statement_timeout = 30s;
        const auto folder = std::filesystem::path(PINWIRE_SOURCE_DIR) / "sql";
        postgres::session with(migrator);
        postgres::migrate(with, postgres::read_migrations(folder));
        with.query(
            "insert into pin (account, pin_id, msisdn, claim_id, sealed, guess_mac, guess_kid, "
            "type,"
            " length, expires_in, max_tries, tries_left, by_number, requested_at, expires_at) "
            "values"
            " ('acme', 'p1', '447700900123', gen_random_uuid(), 's', '\\x00', 'k1', 0, 4, 0, 3, 3,"
            " false, clock_timestamp(), 'infinity')"
        );
        settings_.postgres.conninfo = database_->conninfo("pinwire_api");
        settings_.api.answer_within = 1500ms;
        store_ = make_order_and_pin_store(io_.get_executor(), settings_, epoch_id(), [this] {
            ++committed_;
        });
    }
    ~stores() override {
        store_->stop();
        store_.reset();
    }

    template <class T>
    void start(awaitable<T> asked, std::vector<T>& answers) {
        boost::asio::co_spawn(
            io_,
            std::move(asked),
            [this, &answers](std::exception_ptr error, T got) {
                if (error) {
                    errors_.push_back(error);
                } else {
                    answers.push_back(std::move(got));
                }
            }
        );
    }
    void run_all() {
        io_.restart();
        io_.run();
    }
    static postgres::guess_request wrong_guess() {
        postgres::guess_request made;
        made.account = account_name("acme");
        made.pin = pin_id("p1");
        made.to = *msisdn::parse("447700900123");
        return made;
    }
    static postgres::admission_request order(int number) {
        postgres::admission_request made;
        made.account = account_name("acme");
        made.job = job_id("j" + std::to_string(number));
        made.pin = pin_id("p" + std::to_string(number));
        made.to = *msisdn::parse("447700900123");
        return made;
    }

    boost::asio::io_context io_{1};
    pinwire::test::postgres_cluster cluster_;
    std::unique_ptr<pinwire::test::test_database> database_ = cluster_.fresh_database();
    config::settings settings_;
    std::unique_ptr<order_and_pin_store> store_;
    std::vector<std::exception_ptr> errors_;
    int committed_ = 0;
};

TEST_F(stores, GiveEachOfAThousandGuessesItsOwnAnswer) {
    std::vector<postgres::guess_answer> answers;
    for (int i = 0; i < 1000; ++i)
        start(store_->guess(wrong_guess()), answers);
    run_all();
    ASSERT_EQ(answers.size(), 1000U);
    int compared = 0;
    for (const auto& one : answers)
        compared += one.what == postgres::guess_answer::kind::wrong;
    EXPECT_EQ(compared, 3);
}

TEST_F(stores, RefuseOnlyTheOneThatTheDatabaseCantTake) {
    std::vector<postgres::admission> answers;
    for (int i = 0; i < 20; ++i) {
        auto one = order(i);
        if (i == 7) one.application = "\xff";
        start(store_->admit(std::move(one)), answers);
    }
    run_all();
    EXPECT_EQ(answers.size(), 19U);
    ASSERT_EQ(errors_.size(), 1U);
    try {
        std::rethrow_exception(errors_[0]);
    } catch (const database_error& error) {
        EXPECT_EQ(error.kind(), postgres::trouble::bad_row);
    }
}

TEST_F(stores, SayInBoundedTimeThatTheDatabaseIsAway) {
    std::vector<postgres::admission> admitted;
    std::vector<postgres::guess_answer> guessed;
    start(store_->admit(order(1)), admitted);
    run_all();
    ASSERT_EQ(admitted.size(), 1U);
    cluster_.stop_immediate();
    const auto began = std::chrono::steady_clock::now();
    for (int i = 2; i < 50; ++i) {
        start(store_->admit(order(i)), admitted);
        start(store_->guess(wrong_guess()), guessed);
    }
    run_all();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 8s);
    EXPECT_EQ(errors_.size(), 96U);
    for (const auto& one : errors_)
        EXPECT_THROW(std::rethrow_exception(one), database_error);
    std::vector<int> settled;
    start(store_->settle_charges(), settled);
    run_all();
    EXPECT_EQ(settled, std::vector<int>{0}) << "charges wait";
    cluster_.start();
    errors_.clear();
    start(store_->guess(wrong_guess()), guessed);
    start(store_->admit(order(1)), admitted);
    run_all();
    ASSERT_EQ(guessed.size(), 1U);
    EXPECT_EQ(guessed[0].tries_left, 2) << "nothing was compared after its caller was told";
    ASSERT_EQ(admitted.size(), 2U);
    EXPECT_EQ(admitted[1].what, postgres::admission::kind::known);
}

TEST_F(stores, AnnounceWhatTheyEnd) {
    postgres::final_job ending;
    ending.id = *message_id::parse("00000000000000000000000000000001");
    ending.claim = *claim_id::parse("00000000000000000000000000000002");
    ending.job.account = account_name("acme");
    ending.job.id = job_id("j9");
    ending.job.to = *msisdn::parse("447700900123");
    ending.job.requested_at = std::chrono::system_clock::now();
    ending.job.send_within = 60s;
    ending.reason = "cancelled";
    std::vector<postgres::final_answer> answers;
    start(store_->finish_now(ending), answers);
    run_all();
    ASSERT_EQ(answers.size(), 1U);
    EXPECT_TRUE(answers[0].ours);
    EXPECT_EQ(committed_, 1);
    std::vector<bool> cancelled;
    start(store_->cancel(account_name("acme"), pin_id("p1")), cancelled);
    run_all();
    EXPECT_EQ(cancelled, std::vector<bool>{true});
}

}  // namespace
}  // namespace pinwire::api
