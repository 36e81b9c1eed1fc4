// The way out as a whole: real endpoints on loopback, a real database. Endpoints don't cost each
// other anything, and nothing that was handed over is forgotten.
#include "callback/dispatcher.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "callback/endpoint_keeper.hpp"
#include "common/reports/signature.hpp"
#include "common/runtime/deadline.hpp"
#include "common/telemetry/log.hpp"
#include "tests/component/http/loop.hpp"
#include "tests/support/http_proxy.hpp"
#include "tests/support/migrated/migrated_database.hpp"

namespace pinwire::callback {
namespace {

using namespace std::chrono_literals;

// An endpoint that counts the reports it took.
struct endpoint {
    explicit endpoint(http::test::loop& on)
        : server(on, {}, [this](http::request&& asked, const http::peer&) {
              return serve(std::move(asked));
          }) {}

    awaitable<http::response> serve(http::request&& asked) {
        ++requests;
        key = asked.fields.get("x-key");
        while (closed)
            co_await sleep_for(5ms);
        http::response answer(status);
        answer.how = fate;
        if (!pause.empty()) answer.fields.add("Retry-After", pause);
        answer.body = words;
        if (status == 200 && fate == http::fate::normal) {
            const auto body = nlohmann::json::parse(asked.body);
            const auto size = body.is_array()
                                  ? body.size()
                                  : body.value("results", nlohmann::json::array({0})).size();
            taken += size;
            biggest = std::max(biggest, size);
        }
        co_return answer;
    }

    unsigned status = 200;
    http::fate fate = http::fate::normal;
    std::size_t requests = 0;
    std::size_t taken = 0;
    std::size_t biggest = 0;
    std::string key;
    std::string pause;    // Retry-After
    std::string words;    // of its answers
    bool closed = false;  // it answers once that is over
    http::test::running_server server;
};

class Dispatcher : public testing::Test {
protected:
    explicit Dispatcher(
        const std::string& proxy = "", bool secret_unreadable = false, int further_accounts = 0
    ) {
        settings_.callback.reports.proxy = proxy;
        auto& account = settings_.accounts[account_name("acme")];
        account.allow_http = true;
        account.allow_cidrs = {*cidr::parse("127.0.0.0/8")};
        account.ports = {left_.server.port(), right_.server.port()};
        const auto text = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
        account.webhook_secrets = {reports::parse_webhook_secret(text)};
        settings_.accounts[account_name("beta")] = account;
        for (int i = 0; i < further_accounts; ++i)
            settings_.accounts[account_name("further-" + std::to_string(i))] = account;
        account.secret_unreadable = secret_unreadable;
        settings_.callback.reports.per_endpoint = 2;
        settings_.callback.reports.queue_per_endpoint = 1500;
        accounts_ = std::make_unique<upkeep::account_book>(settings_);
        deliver_ = std::make_unique<deliver_step>(on_.context, settings_, *accounts_, counts_);
        out_ = std::make_unique<dispatcher>(
            on_.context.get_executor(),
            settings_,
            *deliver_,
            board_,
            db_,
            looks_,
            epoch_,
            counts_,
            requests_
        );
        keeper_ = std::make_unique<endpoint_keeper>(
            settings_, board_, *out_, db_, epoch_, counts_, [] {}
        );
        timers_.spawn(out_->pump(), "pump");
    }
    ~Dispatcher() override { end(); }

    void end() {
        if (out_) out_->stop();
        on_.run(requests_.drain(200ms));  // some of them hang
        on_.run(timers_.drain(0ms));
    }

    static std::string url_of(const endpoint& to) {
        return "http://127.0.0.1:" + std::to_string(to.server.port()) + "/";
    }
    static endpoint_key key_of(const endpoint& to) {
        endpoint_key made;
        made.account = account_name("acme");
        made.origin = "http://127.0.0.1:" + std::to_string(to.server.port());
        return made;
    }
    std::vector<postgres::report_row> rows_of(
        const endpoint& to, int count, report_format format = report_format::nrs360
    ) {
        std::vector<postgres::report_row> rows;
        for (int i = 0; i < count; ++i) {
            std::array<std::uint8_t, 16> bytes{1};
            bytes[14] = static_cast<std::uint8_t>(next_ >> 8);
            bytes[15] = static_cast<std::uint8_t>(next_++);
            postgres::report_row row;
            row.id = report_id(bytes);
            row.account = account_name("acme");
            row.url = url_of(to);
            row.format = format;
            row.payload = R"({"message_id":"0123456789abcdef0123456789abcdef","account":"acme",)"
                          R"("job_id":"j1","channel":0,"to":"447700900123","sms_status":2,)"
                          R"("dlr_status":8,"accepted_at":"2026-01-01T00:00:00Z",)"
                          R"("final_at":"2026-01-01T00:00:05Z"})";
            row.created_at = std::chrono::system_clock::now();
            row.lease_until = row.created_at + settings_.callback.reports.lease;
            rows.push_back(std::move(row));
        }
        return rows;
    }
    void hand_over(const endpoint& to, int count, report_format format = report_format::nrs360) {
        out_->hand_over(rows_of(to, count, format));
    }
    // Reports that another process left in the table.
    void leave(const endpoint& to, int count, report_format format = report_format::nrs360) {
        put_in_table(rows_of(to, count, format));
    }
    void put_in_table(const std::vector<postgres::report_row>& rows) {
        look_.query("begin");
        for (const auto& row : rows)
            look_.query(
                "insert into report (id, job, kind, account, url, format, payload) values"
                " ($1::uuid, $1::uuid, 1, 'acme', $2, $3::smallint, $4)",
                {row.id.hex(), row.url, std::to_string(static_cast<int>(row.format)), row.payload}
            );
        look_.query("commit");
    }
    void start_polling() { timers_.spawn(out_->poll(), "poll"); }
    void start_keeping() { timers_.spawn(keeper_->run(), "keeper"); }
    int in_table(const std::string& from_where) {
        return look_.query("select count(*)::integer from " + from_where).one().int32(0);
    }
    void wait(std::chrono::milliseconds span) {
        const auto end = std::chrono::steady_clock::now() + span;
        on_.until([end] { return std::chrono::steady_clock::now() >= end; });
    }
    void break_left() {
        left_.status = 503;
        for (std::size_t i = 1; i <= 10; ++i) {
            hand_over(left_, 1);
            on_.until([this, i] { return left_.requests == i && requests_.size() == 0; });
        }
    }

    const std::unique_ptr<pinwire::test::test_database> database_ =
        pinwire::test::migrated_database();
    http::test::loop on_;
    endpoint left_{on_};
    endpoint right_{on_};
    config::settings settings_;
    telemetry::metrics metrics_{"callback"};
    figures counts_{metrics_};
    postgres::session look_{pinwire::test::connection_to(*database_)};
    postgres::executor db_{pinwire::test::connection_to(*database_), "pg-test"};
    postgres::executor looks_{pinwire::test::connection_to(*database_), "pg-looks"};
    task_group requests_{on_.context.get_executor(), nullptr};
    task_group timers_{on_.context.get_executor(), nullptr};
    std::unique_ptr<upkeep::account_book> accounts_;
    std::unique_ptr<deliver_step> deliver_;
    endpoint_board board_;
    const epoch_id epoch_ = *epoch_id::parse("0123456789abcdef0123456789abcdef");
    std::unique_ptr<dispatcher> out_;
    std::unique_ptr<endpoint_keeper> keeper_;
    int next_ = 1;
};

TEST_F(Dispatcher, ASlowEndpointDelaysNoOther) {
    settings_.callback.reports.total_timeout = 60s;
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
    break_left();
    left_.status = 200;
    leave(left_, 150, report_format::infobip);
    start_polling();
    wait(5s);  // the breaker's first pause, beside the loop's patience
    on_.until([this] { return left_.taken >= 150; });
    EXPECT_EQ(left_.taken, 150U);
    EXPECT_LE(left_.biggest, 100U);
    on_.until([this] { return in_table("report") == 0; });
}

TEST_F(Dispatcher, ABrokenEndpointsBacklogStaysInTheTableAndHidesNobodys) {
    break_left();
    leave(left_, 1000, report_format::standard);
    leave(right_, 20);
    start_polling();
    on_.until([this] { return right_.taken == 20; });
    EXPECT_LE(out_->queued(), 16U) << "what its probes need";
    EXPECT_EQ(in_table("report where url = '" + url_of(left_) + "'"), 1000);
    const auto leased = "report where lease_owner is not null";
    on_.until([this, leased] { return in_table(leased) <= 16; });
    look_.query("create table before as select xmin::text as x, id from report");
    wait(1s);
    EXPECT_LE(in_table("report r join before b using (id) where r.xmin::text <> b.x"), 16)
        << "they are not taken and given back all the time";
}

TEST_F(Dispatcher, AFullEndpointLeavesItsBacklogInTheTable) {
    settings_.callback.reports.total_timeout = 60s;
    settings_.callback.reports.queue_per_endpoint = 300;
    left_.fate = http::fate::hang;
    leave(left_, 1000, report_format::standard);
    leave(right_, 20);
    start_polling();
    on_.until([this] { return right_.taken == 20; });
    EXPECT_LE(out_->queued(), 300U);
    left_.fate = http::fate::normal;
}

TEST_F(Dispatcher, RetriesLeaveSlotsForWhatWasNeverTried) {
    settings_.callback.reports.slots = 10;
    settings_.callback.reports.per_endpoint = 10;
    settings_.callback.reports.total_timeout = 60s;
    left_.fate = http::fate::hang;
    const auto table =
        "insert into report_retry (id, job, kind, account, url, format, payload, created_at, tries,"
        " first_try_at, due_at) select ('00000000-0000-0000-0001-' || lpad(i::text, 12, "
        "'0'))::uuid,"
        " ('00000000-0000-0000-0001-' || lpad(i::text, 12, '0'))::uuid, 1, 'acme', $1, 2, $2, "
        "now(),"
        " 1, now(), now() from generate_series(1, 50) i";
    look_.query(table, {url_of(left_), rows_of(left_, 1).front().payload});
    start_polling();
    on_.until([this] { return left_.requests == 2; });
    hand_over(right_, 5);
    on_.until([this] { return right_.taken == 5; });
    EXPECT_EQ(left_.requests, 2U) << "a fifth of the slots";
}

TEST_F(Dispatcher, OneThatHangsLeavesHalfOfTheFreeSlots) {
    settings_.callback.reports.slots = 8;
    settings_.callback.reports.per_endpoint = 8;
    settings_.callback.reports.total_timeout = 60s;
    left_.closed = true;
    for (std::size_t i = 1; i <= 3; ++i) {
        hand_over(left_, 1);
        on_.until([this, i] { return left_.requests == i; });
    }
    for (int i = 0; i < 5; ++i)
        hand_over(left_, 1);
    hand_over(right_, 1);
    on_.until([this] { return right_.taken == 1; });
    EXPECT_EQ(left_.requests, 3U) << "of five free ones it may have two: it has three already";
    left_.closed = false;
    on_.until([this] { return left_.taken == 8; });
    EXPECT_EQ(out_->queued(), 0U);
}

TEST_F(Dispatcher, AnOperatorsTermsCountWithinSeconds) {
    const key_ring ring = key_ring::parse("a " + std::string(43, 'A') + "= active\n");
    settings_.keys.ring = ring;
    settings_.callback.reports.per_endpoint = 8;
    start_keeping();
    const auto sealed = ring.seal(
        secret("open sesame"),
        postgres::header_context(key_of(left_)),
        std::array<std::uint8_t, 12>{}
    );
    const auto columns =
        nlohmann::json({{"concurrency", 1}, {"rate", 4}, {"header", "X-Key"}, {"value", sealed}});
    postgres::save_endpoint_setting(look_, "ann", key_of(left_), columns.dump());
    on_.until([this] { return board_.terms_of(key_of(left_)) != nullptr; });
    const auto began = std::chrono::steady_clock::now();
    hand_over(left_, 5, report_format::standard);
    hand_over(right_, 5, report_format::standard);
    on_.until([this] { return left_.requests == 5; });
    EXPECT_GE(std::chrono::steady_clock::now() - began, 900ms) << "four a second, one at once";
    EXPECT_EQ(left_.key, "open sesame");
    EXPECT_EQ(right_.key, "");
}

TEST_F(Dispatcher, AnOperatorsConcurrencyIsTheEndpointsWindow) {
    settings_.callback.reports.total_timeout = 60s;
    start_keeping();
    postgres::save_endpoint_setting(look_, "ann", key_of(left_), R"({"concurrency": 5})");
    on_.until([this] { return board_.terms_of(key_of(left_)) != nullptr; });
    left_.closed = right_.closed = true;
    hand_over(left_, 12, report_format::standard);
    hand_over(right_, 12, report_format::standard);
    on_.until([this] { return left_.requests == 5 && right_.requests == 2; });
    wait(200ms);
    EXPECT_EQ(left_.requests, 5U);
    EXPECT_EQ(right_.requests, 2U) << "as for all";
    left_.closed = right_.closed = false;
    on_.until([this] { return left_.taken == 12 && right_.taken == 12; });
}

TEST_F(Dispatcher, DisabledAndEnabledByAnOperator) {
    start_keeping();
    start_polling();
    postgres::disable_endpoint(look_, epoch_id(), key_of(left_), "asked for", "ann");
    on_.until([this] { return board_.is_disabled(key_of(left_)); });
    leave(left_, 300);
    on_.until([this] { return in_table("report_dead") == 300; });
    EXPECT_EQ(left_.requests, 0U);
    postgres::enable_endpoint(look_, key_of(left_), "ann");
    on_.until([this] { return !board_.is_disabled(key_of(left_)); });
    leave(left_, 1);
    on_.until([this] { return left_.taken == 1; });
    EXPECT_EQ(in_table("report_dead"), 300) << "kept for replay";
}

// The board is told later than the table.
TEST_F(Dispatcher, NothingIsGivenUpForAnEndpointThatIsEnabledByNow) {
    board_.disable(key_of(left_));
    leave(left_, 20);
    start_polling();
    on_.until([this] { return counts_.reports_dead.value() >= 20; });
    EXPECT_EQ(in_table("report_dead"), 0);
    start_keeping();
    on_.until([this] { return left_.taken == 20; });
}

TEST_F(Dispatcher, WhoFailsForTooLongIsDisabled) {
    start_keeping();
    left_.status = 503;
    hand_over(left_, 1);
    on_.until([this] { return in_table("endpoint_failing where failures = 1") == 1; });
    look_.query("update endpoint_failing set since = now() - interval '6 days', failures = 9");
    hand_over(left_, 1);
    on_.until([this] { return board_.is_disabled(key_of(left_)); });
    EXPECT_EQ(in_table("endpoint_disabled where reason = 'failing'"), 1);
    EXPECT_EQ(in_table("outbox where events like '%endpoint.disabled%'"), 1);
    EXPECT_EQ(counts_.endpoints_given_up.value(), 1);
}

TEST_F(Dispatcher, WhoSaysWhenToComeAgainIsLeftAloneUntilThen) {
    const auto began = std::chrono::steady_clock::now();
    left_.status = 503;
    left_.pause = "2";
    hand_over(left_, 1, report_format::standard);
    on_.until([this] { return left_.requests == 1 && requests_.size() == 0; });
    left_.status = 200;
    hand_over(left_, 5, report_format::standard);
    hand_over(right_, 5, report_format::standard);
    on_.until([this] { return right_.taken == 5 && left_.taken == 5; });
    EXPECT_GE(std::chrono::steady_clock::now() - began, 2s);
    EXPECT_EQ(board_.open(), 0U);
}

// Latin-1, a NUL, a character that the last byte kept cuts: whatever it says, it was told.
TEST_F(Dispatcher, AnAnswerOfAnyBytesIsAnAnswer) {
    leave(left_, 3, report_format::standard);
    leave(right_, 1, report_format::standard);
    left_.words = std::string("\xE9t\xE9\0", 4) + std::string(507, 'x') + "\xC3\xA9";
    right_.words = left_.words;
    right_.status = 500;
    start_polling();
    on_.until([this] {
        return in_table("report") == 0 && in_table("report_retry where tries = 1") == 1;
    });
    EXPECT_EQ(left_.taken, 3U);
    EXPECT_EQ(right_.requests, 1U);
    const auto kept = look_.query("select distinct answer from report_try");
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_TRUE(kept[0].text(0).starts_with("\xEF\xBF\xBDt\xEF\xBF\xBD\xEF\xBF\xBDxxx"));
}

// Whoever died with them may have sent them: in a batch they would come again under another id.
TEST_F(Dispatcher, WhatIsTakenOverFromTheDeadGoesSingly) {
    leave(left_, 3);
    look_.query(
        "update report set lease_owner = gen_random_uuid(), lease_until = now() - interval '1 s'"
    );
    leave(left_, 40);
    start_polling();
    on_.until([this] { return left_.taken == 43; });
    EXPECT_EQ(left_.requests, 4U) << "three alone, the rest in one";
    EXPECT_EQ(left_.biggest, 40U);
}

// A process that stood still finds in its hands what another has posted meanwhile.
TEST_F(Dispatcher, WhatIsNoLongerItsOwnIsNotPosted) {
    auto rows = rows_of(left_, 3, report_format::standard);
    for (auto& row : rows)
        row.lease_until = std::chrono::system_clock::now() - 1ms;
    out_->hand_over(std::move(rows));
    on_.until([this] { return counts_.leases_lost.value() == 3 && requests_.size() == 0; });
    EXPECT_EQ(left_.requests, 0U);
    EXPECT_EQ(out_->queued(), 0U);
    hand_over(left_, 1);
    on_.until([this] { return left_.taken == 1; });
    EXPECT_EQ(left_.requests, 1U);
}

TEST_F(Dispatcher, WhatNobodyElseTookMeanwhileIsFoundAgain) {
    auto rows = rows_of(left_, 2, report_format::standard);
    put_in_table(rows);
    look_.query(
        "update report set lease_owner = $1::uuid, lease_until = clock_timestamp() - interval '1 "
        "s'",
        {epoch_.hex()}
    );
    for (auto& row : rows)
        row.lease_until = std::chrono::system_clock::now() - 1s;
    out_->hand_over(std::move(rows));
    start_polling();
    on_.until([this] { return in_table("report") == 0; });
    EXPECT_EQ(left_.taken, 2U);
    EXPECT_EQ(left_.requests, 2U);
}

// A look that has leased rows, and whose answer isn't here yet.
class DispatcherAmidALook : public Dispatcher {
protected:
    // What a look asks last; it waits for us.
    void hold_looks() {
        holder_.query("begin");
        holder_.query("select from report_mark for update");
    }
    void let_looks_go() { holder_.query("commit"); }
    int leased() { return in_table("report where lease_until > clock_timestamp()"); }

    postgres::session holder_{pinwire::test::connection_to(*database_)};
};

TEST_F(DispatcherAmidALook, WhatIsCompletedMeanwhileIsNotPostedAgain) {
    auto rows = rows_of(left_, 1, report_format::standard);
    put_in_table(rows);
    left_.closed = true;
    out_->hand_over(std::move(rows));
    on_.until([this] { return left_.requests == 1; });
    look_.query(
        "update report set lease_owner = $1::uuid, lease_until = clock_timestamp() - interval '1 "
        "s'",
        {epoch_.hex()}
    );
    hold_looks();
    start_polling();
    on_.until([this] { return leased() == 1; });
    left_.closed = false;
    on_.until([this] { return in_table("report") == 0 && requests_.size() == 0; });
    let_looks_go();
    leave(right_, 1, report_format::standard);  // for the next look
    on_.until([this] { return right_.taken == 1; });
    EXPECT_EQ(left_.requests, 1U);
}

TEST_F(DispatcherAmidALook, AStopWaitsAndGivesBackWhatItBrings) {
    leave(left_, 3);
    hold_looks();
    start_polling();
    on_.until([this] { return leased() == 3; });
    out_->stop();
    bool given_back = false;
    auto give_back = [&]() -> awaitable<void> {
        co_await out_->give_back();
        given_back = true;
    };
    timers_.spawn(give_back(), "give back");
    wait(200ms);
    EXPECT_FALSE(given_back);
    let_looks_go();
    on_.until([&] { return given_back; });
    on_.run(requests_.drain(2s));
    EXPECT_EQ(leased(), 0);
    EXPECT_EQ(in_table("report"), 3);
    EXPECT_EQ(left_.requests, 0U);
}

TEST_F(Dispatcher, BatchesAreAsLongAsTheDialectAllowsAndNoLonger) {
    hand_over(left_, 1200);
    hand_over(right_, 250, report_format::infobip);
    on_.until([this] { return left_.taken == 1200 && right_.taken == 250; });
    EXPECT_EQ(left_.biggest, 1000U);
    EXPECT_EQ(left_.requests, 2U);
    EXPECT_EQ(right_.biggest, 100U);
    EXPECT_EQ(right_.requests, 3U);
}

// A busy one with a small memory drains past a dead one's backlog, and nothing of it is forgotten.
TEST_F(Dispatcher, ABusyEndpointDrainsPastADeadOnesBacklog) {
    settings_.callback.reports.queue_per_endpoint = 40;
    break_left();
    leave(right_, 150, report_format::standard);
    leave(left_, 5000, report_format::standard);
    leave(right_, 150, report_format::standard);
    start_polling();
    on_.until([this] { return right_.taken == 300; });
    EXPECT_EQ(right_.requests, 300U) << "none twice";
}

TEST_F(Dispatcher, OneHostHasItsBoundOverAllItsAccounts) {
    settings_.callback.reports.per_host = 3;
    settings_.callback.reports.total_timeout = 60s;
    left_.closed = true;
    auto rows = rows_of(left_, 20, report_format::standard);
    for (std::size_t i = 0; i < rows.size(); i += 2)
        rows[i].account = account_name("beta");
    out_->hand_over(std::move(rows));
    hand_over(right_, 3);
    on_.until([this] { return right_.taken == 3 && left_.requests == 3; });
    wait(200ms);
    EXPECT_EQ(left_.requests, 3U);
    left_.closed = false;
    on_.until([this] { return left_.taken == 20; });
}

// The end of a process that may not wait: the database's thread goes on for as long as it likes.
TEST_F(Dispatcher, WhatIsBeingNotedOutlivesIt) {
    auto rows = rows_of(left_, 1);
    put_in_table(rows);
    look_.query(
        "update report set lease_owner = $1::uuid, lease_until = now() + interval '1 min'",
        {epoch_.hex()}
    );
    look_.query("begin");
    look_.query("select from report for update");
    left_.status = 503;
    out_->hand_over(std::move(rows));
    postgres::session other(pinwire::test::connection_to(*database_));
    const std::string waiting =
        "pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    on_.until([&] {
        return other.query("select count(*)::integer from " + waiting).one().int32(0) == 1;
    });
    end();
    keeper_.reset();
    out_.reset();
    other.query("select pg_terminate_backend(pid) from " + waiting);  // it has to write it again
    look_.query("commit");
    const auto noted = "report_retry where lease_owner = '" + epoch_.hex() + "'::uuid";
    on_.until([&] { return in_table(noted) == 1; });
}

// Memory for all endpoints, with the figure that every callback has.
class DispatcherOfManyAccounts : public Dispatcher {
protected:
    static constexpr std::size_t held_max = 20'000;  // callback/dispatcher.cpp

    DispatcherOfManyAccounts() : Dispatcher("", false, 500) {
        telemetry::log_options how;
        how.sink = [this](std::string_view line) { said_.append(line).append("\n"); };
        telemetry::open_log(how);
        settings_.callback.reports.slots = 1;  // what is under way counts, too
        settings_.callback.reports.total_timeout = 60s;
        left_.closed = true;
    }
    ~DispatcherOfManyAccounts() override {
        left_.closed = false;
        end();
        telemetry::open_log({});
    }

    // Of an account that has none yet; leased to us, as those are that we closed ourselves.
    void hand_over_of_the_next(std::size_t count) {
        auto rows = rows_of(left_, static_cast<int>(count));
        const account_name account("further-" + std::to_string(accounts_used_++));
        std::string ids;
        for (auto& row : rows) {
            row.account = account;
            ids += (ids.empty() ? "" : ",") + row.id.hex();
        }
        look_.query(
            "insert into report (id, job, kind, account, url, format, payload, lease_owner,"
            " lease_until) select id, id, 1, $2, $3, $4::smallint, $5, $6::uuid,"
            " now() + interval '1 min' from unnest($1::uuid[]) id",
            {'{' + ids + '}',
             account.str(),
             rows[0].url,
             std::to_string(static_cast<int>(rows[0].format)),
             rows[0].payload,
             epoch_.hex()}
        );
        out_->hand_over(std::move(rows));
    }

    int accounts_used_ = 0;
    std::string said_;
};

// What one endpoint may have shrinks with what is left, so it takes some to fill it to the last.
TEST_F(DispatcherOfManyAccounts, KeepNoMoreInMemoryThanItsBoundAndTheTableKeepsTheRest) {
    std::size_t kept = 0;
    while (kept < held_max - 1) {
        const auto share = std::clamp<std::size_t>((held_max - kept) / 9, 1, 1000);
        hand_over_of_the_next(share);
        kept += share;
    }
    EXPECT_EQ(said_.find("report_memory_full"), std::string::npos);
    constexpr std::size_t over = 300;
    for (std::size_t i = 0; i < over; ++i)
        hand_over_of_the_next(1);
    const auto held = [this](std::size_t most) {
        const auto now = counts_.reports_held.value();
        EXPECT_LE(now, static_cast<double>(most));
        return now;
    };
    // until they are given back, those count that are refused
    on_.until([&] {
        held(held_max + over);
        return left_.requests == 1 && requests_.size() == 1;
    });
    EXPECT_EQ(in_table("report where lease_owner is null"), static_cast<int>(over));
    on_.until([&] { return held(held_max + over) <= static_cast<double>(held_max); });
    EXPECT_EQ(held(held_max), static_cast<double>(kept));
    EXPECT_NE(said_.find("report_memory_full"), std::string::npos);
    EXPECT_EQ(left_.taken, 0U);
    left_.closed = false;
    start_polling();
    on_.until([&] { return left_.taken >= kept; });
    on_.until([&] { return left_.taken >= kept + over && in_table("report") == 0; });
    EXPECT_EQ(left_.taken, kept + over) << "all of them, and none twice";
}

class DispatcherWithoutASecret : public Dispatcher {
protected:
    DispatcherWithoutASecret() : Dispatcher("", true) {}
};

TEST_F(DispatcherWithoutASecret, KeepsWhatItCannotSign) {
    hand_over(left_, 3, report_format::standard);
    on_.until([this] { return requests_.size() == 0 && out_->queued() == 3; });
    wait(300ms);
    EXPECT_EQ(left_.requests, 0U);
    EXPECT_EQ(out_->queued(), 3U);
    EXPECT_EQ(counts_.reports_dead.value() + counts_.reports_retried.value(), 0);
}

// Nobody listens there once it has been let go.
std::string address_of_nobody() {
    const pinwire::test::http_proxy gone;
    return "http://127.0.0.1:" + std::to_string(gone.port());
}

class DispatcherWithoutItsProxy : public Dispatcher {
protected:
    DispatcherWithoutItsProxy() : Dispatcher(address_of_nobody()) {}
};

TEST_F(DispatcherWithoutItsProxy, WaitsAndChargesNobody) {
    hand_over(left_, 30, report_format::standard);
    hand_over(right_, 30, report_format::standard);
    on_.until([this] { return counts_.proxy_failures.value() >= 4; });
    wait(500ms);
    EXPECT_LE(counts_.proxy_failures.value(), 8) << "it doesn't hammer";
    EXPECT_EQ(out_->queued() + counts_.reports_in_flight.value(), 60) << "all of them still wait";
    EXPECT_EQ(board_.open(), 0U);
    EXPECT_TRUE(board_.notes().empty());
    EXPECT_EQ(counts_.reports_retried.value(), 0);
}

}  // namespace
}  // namespace pinwire::callback
