// Sessions, executors, array literals, roles and migrations.
#include <fstream>
#include <thread>

#include "common/postgres/array_literal.hpp"
#include "common/postgres/batch.hpp"
#include "common/postgres/migrate.hpp"
#include "tests/integration/postgres/fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/temp_dir.hpp"

namespace pinwire::postgres::test {
namespace {

using sessions = database;

database_error caught(session& with, const std::string& sql, const parameters& values = {}) {
    try {
        with.query(sql, values);
    } catch (const database_error& error) {
        return error;
    }
    throw std::runtime_error("nothing was thrown");
}

TEST_F(sessions, RunInUtcInTheirSchemaWithTheirTimeOuts) {
    EXPECT_EQ(value("show search_path"), "pinwire");
    EXPECT_EQ(value("show timezone"), "UTC");
    EXPECT_EQ(value("show statement_timeout"), "30s");
    EXPECT_EQ(value("show lock_timeout"), "20s");
    EXPECT_EQ(value("show idle_in_transaction_session_timeout"), "10s");
    EXPECT_EQ(value("show application_name"), "pinwire");
}

TEST_F(sessions, NeverRepeatAValueInAnError) {
    const auto malformed = caught(db(), "select $1::uuid", {{"4711-secret"}});
    EXPECT_EQ(malformed.kind(), trouble::bad_row);
    EXPECT_EQ(malformed.sqlstate(), "22P02");
    EXPECT_EQ(std::string(malformed.what()).find("4711"), std::string::npos);
    db().query("alter table settled add constraint odd check (partition <> 4711)");
    const auto violated =
        caught(db(), "insert into settled values ($1::integer, now())", {{"4711"}});
    EXPECT_EQ(violated.kind(), trouble::bad_row);
    EXPECT_EQ(violated.sqlstate(), "23514");
    EXPECT_EQ(std::string(violated.what()).find("4711"), std::string::npos);
    EXPECT_NE(std::string(violated.what()).find("odd"), std::string::npos);
    EXPECT_TRUE(db().usable());
}

TEST_F(sessions, RefuseANulInsteadOfCuttingTheTextThere) {
    const auto error = caught(db(), "select $1", {{std::string("a\0b", 3)}});
    EXPECT_EQ(error.kind(), trouble::bad_row);
    EXPECT_TRUE(db().usable());
}

TEST_F(sessions, CallATimeOutWeatherAndALostConnectionInDoubt) {
    auto hasty = settings();
    hasty.statement_timeout = 50ms;
    session impatient(hasty);
    const auto late = caught(impatient, "select pg_sleep(10)");
    EXPECT_EQ(late.kind(), trouble::weather);
    EXPECT_EQ(late.sqlstate(), "57014");
    EXPECT_TRUE(impatient.usable());
    db().query(
        "select pg_terminate_backend($1::integer)", {std::to_string(impatient.backend_pid())}
    );
    EXPECT_EQ(caught(impatient, "select 1").kind(), trouble::in_doubt);
    EXPECT_FALSE(impatient.usable());
    EXPECT_EQ(caught(impatient, "select 1").kind(), trouble::weather) << "it never comes back";
}

TEST_F(sessions, CheckWhatTheyRead) {
    const auto rows = db().query(
        "select 'x', null, 32768, 't'::boolean, '2026-11-22 06:15:01.1234+00'::timestamptz,"
        " 'infinity'::timestamptz, array['a,b', '', 'c\"d\\', 'NULL', 'e f'], '\\x00ff'::bytea"
    );
    const auto from = rows.one();
    EXPECT_THROW(from.int32(0), unexpected_answer);
    EXPECT_THROW(from.view(1), unexpected_answer);
    EXPECT_THROW(from.view(8), unexpected_answer);
    EXPECT_THROW(from.int16(2), unexpected_answer);
    EXPECT_THROW(from.boolean(0), unexpected_answer);
    EXPECT_THROW(from.id<message_id>(0), unexpected_answer);
    EXPECT_THROW(from.time(0), unexpected_answer);
    EXPECT_EQ(from.int32(2), 32768);
    EXPECT_TRUE(from.boolean(3));
    EXPECT_EQ(timestamptz_text(from.time(4)), "2026-11-22T06:15:01.123400Z");
    EXPECT_EQ(from.time(5), never);
    const std::vector<std::string> texts{"a,b", "", "c\"d\\", "NULL", "e f"};
    EXPECT_EQ(from.texts(6), texts);
    EXPECT_EQ(from.bytes(7), (std::vector<std::uint8_t>{0, 255}));
    EXPECT_EQ(db().query("select $1::text[]", {text_array(texts)}).one().texts(0), texts);
}

TEST_F(sessions, CarryTimesToTheMicrosecondBothWays) {
    for (const auto& at : {now(), time_point(), time_point::min(), never, now() - 24h * 20000}) {
        const auto back = db().query("select $1::timestamptz", {timestamptz_text(at)});
        EXPECT_EQ(back.one().time(0), at);
    }
}

TEST_F(sessions, OpenALostConnectionAnew) {
    executor on(settings(), "test");
    const int first = on.run_blocking([](session& with) { return with.backend_pid(); });
    db().query("select pg_terminate_backend($1::integer)", {std::to_string(first)});
    EXPECT_THROW(on.run_blocking([](session& with) { with.query("select 1"); }), database_error);
    const int second = on.run_blocking([](session& with) {
        with.query("select 1");
        return with.backend_pid();
    });
    EXPECT_NE(first, second);
}

TEST_F(sessions, RunABatchAgainWhenItsConnectionWasLost) {
    executor on(settings(), "test");
    std::vector<claim_request> batch{sms_request("j1"), sms_request("j2")};
    int calls = 0;
    std::vector<claim_answer> answers;
    const auto bad = on.run_blocking([&](session&) {
        return run_batch(on, std::span<const claim_request>(batch), [&](session& with, auto rows) {
            auto got = claim(with, epoch_, rows);
            // Committed, and then the answer never arrives.
            if (++calls == 1) with.query("select pg_terminate_backend(pg_backend_pid())");
            answers = std::move(got);
        });
    });
    EXPECT_TRUE(bad.empty());
    EXPECT_EQ(calls, 2);
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_TRUE(answers[0].ours() && answers[1].ours());
    EXPECT_EQ(count("attempt"), 2);
}

TEST_F(sessions, GiveUpOnWeatherAtTheDeadline) {
    auto nowhere = settings();
    nowhere.conninfo += " dbname=there_is_none";
    executor on(nowhere, "test", 10ms);
    batch_limits limits;
    limits.give_up = std::chrono::steady_clock::now() + 300ms;
    const std::vector<int> rows{1, 2};
    // Not inside run_blocking(): that would want the connection first.
    std::optional<database_error> thrown;
    std::thread waiting([&] {
        try {
            run_batch(
                on, std::span<const int>(rows), [](session&, auto) {}, limits
            );
        } catch (const database_error& error) {
            thrown = error;
        }
    });
    waiting.join();
    ASSERT_TRUE(thrown);
    EXPECT_EQ(thrown->kind(), trouble::weather);
}

// A database that says nothing: a statement's own timeout is the server's to keep.
TEST_F(sessions, AreBrokenOffWhenTheirExecutorIsAbandoned) {
    executor on(settings(), "test");
    const auto began = std::chrono::steady_clock::now();
    std::optional<database_error> asked, behind;
    const auto keep = [&on](std::optional<database_error>& as, const char* sql) {
        try {
            on.run_blocking([&](session& with) { with.query(sql); });
        } catch (const database_error& error) {
            as = error;
        }
    };
    std::thread waits([&] {
        keep(asked, "set statement_timeout = 0");
        keep(asked, "select pg_sleep(60)");
    });
    const auto sleeping = [&] {
        const auto found = db().query(
            "select count(*)::integer from pg_stat_activity"
            " where datname = current_database() and wait_event = 'PgSleep'"
        );
        return found.one().int32(0) == 1;
    };
    EXPECT_TRUE(pinwire::test::eventually(sleeping, 10s, "a statement under way"));
    std::thread queued([&] { keep(behind, "select 1"); });
    on.abandon();
    waits.join();
    queued.join();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 30s) << "well before its answer";
    ASSERT_TRUE(asked && behind);
    EXPECT_EQ(asked->kind(), trouble::in_doubt);
    EXPECT_EQ(behind->kind(), trouble::weather) << "connects no more";
}

TEST_F(sessions, AllowEachRoleItsOwnFunctionsOnly) {
    const auto worker = another("pinwire_worker");
    const auto callback = another("pinwire_callback");
    const auto reader = another("pinwire_reader");
    EXPECT_TRUE(claim(*worker, epoch_, std::vector<claim_request>{sms_request("j1")})[0].ours());
    EXPECT_EQ(settle(*callback, epoch_, settle_request{}).matched, 0);
    EXPECT_EQ(backlog(*reader).unfinished, 1);
    const auto tables = db().query(
        "select relname from pg_class where relkind in ('r', 'p') and"
        " relnamespace = 'pinwire'::regnamespace"
    );
    for (std::size_t i = 0; i < tables.size(); ++i) {
        for (const auto* role : {"pinwire_worker", "pinwire_callback", "pinwire_api"}) {
            const auto any = db().query(
                "select has_any_column_privilege($1, 'pinwire.' || $2, 'select, insert, update')",
                {role, tables[i].text(0)}
            );
            EXPECT_FALSE(any.one().boolean(0)) << role << ' ' << tables[i].text(0);
        }
    }
    EXPECT_EQ(caught(*another("pinwire_worker"), "select 1 from job").sqlstate(), "42501");
    EXPECT_EQ(
        caught(*worker, "select settled_partitions($1::integer)", {{"1"}}).sqlstate(), "42501"
    );
    EXPECT_EQ(caught(*callback, "select * from known_jobs('{}', '{}')").sqlstate(), "42501");
    EXPECT_EQ(caught(*reader, "select sealed from pin").sqlstate(), "42501");
    const auto again = another("pinwire_reader");
    EXPECT_EQ(again->query("select pin_id from pin").size(), 1U);
    EXPECT_EQ(caught(*again, "select farewell($1::uuid)", {{epoch_.hex()}}).sqlstate(), "42501");
}

TEST_F(sessions, KnowWhichSchemaTheyFind) {
    EXPECT_EQ(schema_version(db()), static_cast<int>(read_migrations(sql_directory()).size()));
    EXPECT_GT(schema_version(*another("pinwire_worker")), 0);
    const auto empty = pinwire::test::postgres_cluster::shared().fresh_database();
    session bare(settings_for(empty->conninfo()));
    EXPECT_EQ(schema_version(bare), 0);
}

class migrating : public ::testing::Test {
protected:
    void write(const std::string& name, const std::string& sql) {
        std::ofstream(directory_.path() / name) << sql;
    }
    std::vector<migration> files() { return read_migrations(directory_.path()); }

    pinwire::test::temp_dir directory_;
    std::unique_ptr<pinwire::test::test_database> database_ =
        pinwire::test::postgres_cluster::shared().fresh_database();
    session db_{settings_for(database_->conninfo())};
};

TEST_F(migrating, RunsEachFileOnce) {
    write("001_one.sql", "create table one (n integer);");
    EXPECT_EQ(migrate(db_, files()).size(), 1U);
    write("002_two.sql", "insert into one values (2) -- no semicolon");
    EXPECT_EQ(migrate(db_, files()).size(), 1U);
    EXPECT_TRUE(migrate(db_, files()).empty());
    EXPECT_EQ(db_.query("select n from one").one().int32(0), 2);
}

TEST_F(migrating, LeavesNothingOfAFileThatFails) {
    write("001_one.sql", "create table one (n integer);");
    write("002_two.sql", "insert into one values (2); select broken;");
    EXPECT_THROW(migrate(db_, files()), database_error);
    session again(settings_for(database_->conninfo()));
    EXPECT_EQ(again.query("select * from one").size(), 0U);
    write("002_two.sql", "insert into one values (2);");
    EXPECT_EQ(migrate(again, files()).size(), 1U);
}

TEST_F(migrating, RefusesAFileThatWasChangedOrTaken) {
    write("001_one.sql", "create table one (n integer);");
    write("002_two.sql", "create table two (n integer);");
    migrate(db_, files());
    write("002_two.sql", "create table two (n bigint);");
    EXPECT_THROW(migrate(db_, files()), std::runtime_error);
    std::filesystem::remove(directory_.path() / "002_two.sql");
    EXPECT_THROW(migrate(db_, files()), std::runtime_error);
}

TEST_F(migrating, RefusesAGapInTheNumbersAndAnEmptyDirectory) {
    EXPECT_THROW(files(), std::runtime_error);
    write("001_one.sql", "");
    write("003_three.sql", "");
    EXPECT_THROW(files(), std::runtime_error);
}

TEST_F(migrating, LetsOthersPassWhileAStrangersTransactionKeepsItFromATable) {
    write("001_one.sql", "create table one (n integer);");
    migrate(db_, files());
    write("002_two.sql", "alter table one add m integer;");
    auto settings = settings_for(database_->conninfo());
    settings.application_name = "forgotten";
    settings.idle_in_transaction_timeout = 0ms;
    session stranger(settings);
    stranger.query("begin");
    stranger.query("select n from one");
    session service(settings_for(database_->conninfo()));
    migrate_patience patience;
    patience.lock = 100ms;
    patience.whole = 1h;
    int waited = 0;
    patience.on_wait = [&](const migration& file, const std::vector<lock_holder>& holders) {
        ++waited;
        EXPECT_EQ(file.number, 2);
        ASSERT_EQ(holders.size(), 1U);
        EXPECT_EQ(holders[0].pid, stranger.backend_pid());
        EXPECT_EQ(holders[0].application, "forgotten");
        EXPECT_EQ(holders[0].state, "idle in transaction");
        EXPECT_TRUE(holders[0].open);
        service.query("insert into one values (1)");
        if (waited == 2) stranger.query("rollback");
    };
    EXPECT_EQ(migrate(db_, files(), patience).size(), 1U);
    EXPECT_EQ(waited, 2);
    EXPECT_EQ(db_.query("select n from one where m is null").size(), 2U);
}

TEST_F(migrating, GivesUpAtLastAndHasDoneNothingOfThatFile) {
    write("001_one.sql", "create table one (n integer);");
    migrate(db_, files());
    write("002_two.sql", "create table two (n integer);");
    write("003_three.sql", "create table three (n integer); alter table one add m integer;");
    auto settings = settings_for(database_->conninfo());
    settings.idle_in_transaction_timeout = 0ms;
    session stranger(settings);
    stranger.query("begin");
    stranger.query("select n from one");
    migrate_patience patience;
    patience.lock = 100ms;
    patience.whole = 0ms;
    try {
        migrate(db_, files(), patience);
        ADD_FAILURE() << "the table is taken";
    } catch (const still_locked& error) {
        ASSERT_EQ(error.holders().size(), 1U);
        EXPECT_EQ(error.holders()[0].pid, stranger.backend_pid());
    }
    EXPECT_EQ(db_.query("select max(number) from schema_version").one().int32(0), 2);
    stranger.query("rollback");
    EXPECT_EQ(migrate(db_, files(), patience).size(), 1U);
}

TEST_F(migrating, LetsTwoMigratorsRunItOnce) {
    write("001_one.sql", "create table one (n integer); select pg_sleep(0.2);");
    const auto all = files();
    session second(settings_for(database_->conninfo()));
    std::size_t theirs = 0;
    std::thread rival([&] { theirs = migrate(second, all).size(); });
    const auto mine = migrate(db_, all).size();
    rival.join();
    EXPECT_EQ(mine + theirs, 1U);
}

}  // namespace
}  // namespace pinwire::postgres::test
