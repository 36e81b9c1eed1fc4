// An order's way, with a database and a Kafka that follow a script.
#include <gtest/gtest.h>

#include "api/place_order.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/text.hpp"
#include "common/postgres/errors.hpp"
#include "tests/component/api/fakes.hpp"
#include "tests/component/api/file_accounts.hpp"

namespace pinwire::api::test {
namespace {

using namespace std::chrono_literals;
using kind = placed_order::kind;
using postgres::admission;

// Remembers orders by job id, as the table does; what else it says is scripted.
class fake_order_store final : public order_store {
public:
    std::vector<postgres::admission_request> asked;
    std::vector<postgres::final_job> ended;
    std::function<void(const postgres::admission_request&, admission&)> on_admit;
    std::function<void(const postgres::final_job&, postgres::final_answer&)> on_finish;
    std::map<std::string, std::pair<postgres::content_hash_bytes, pin_id>> known;
    bool admit_is_away = false;
    bool finish_is_away = false;
    bool admit_hangs = false;
    bool finish_hangs = false;

    awaitable<admission> admit(postgres::admission_request one) override {
        asked.push_back(one);
        if (admit_hangs) co_await sleep_for(1h);
        if (admit_is_away) throw_away();
        admission made;
        made.job = one.job;
        made.pin = one.pin;
        const auto entry = std::make_pair(one.request_hash, one.pin);
        const auto [at, fresh] = known.emplace(one.job.str(), entry);
        if (!fresh) {
            const bool same = at->second.first == one.request_hash;
            made.what = same ? admission::kind::known : admission::kind::key_reused;
            made.pin = at->second.second;
        }
        if (on_admit) on_admit(one, made);
        co_return made;
    }

    awaitable<postgres::final_answer> finish_now(postgres::final_job one) override {
        ended.push_back(one);
        if (finish_hangs) co_await sleep_for(1h);
        if (finish_is_away) throw_away();
        postgres::final_answer made;
        made.ours = true;
        made.id = one.id;
        if (one.job.pin) made.pin = *one.job.pin;
        made.nc = one.nc;
        made.sms = one.sms;
        made.call = one.call;
        made.final = true;
        made.reason = one.reason;
        if (on_finish) on_finish(one, made);
        co_return made;
    }

private:
    [[noreturn]] static void throw_away() {
        throw postgres::database_error(postgres::trouble::weather, "08006", "away");
    }
};

struct produced {
    msisdn to;
    std::string bytes;
    pinwire::job job;
};

class fake_job_topic final : public job_topic {
public:
    std::vector<produced> jobs;
    std::function<void(const job&)> on_put;  // before it is acknowledged
    outcome answer = outcome::taken;
    bool hangs = false;

    awaitable<outcome> put(msisdn to, std::string bytes) override {
        produced one;
        one.to = to;
        one.job = *decode_job(bytes, std::chrono::system_clock::time_point::max());
        one.bytes = std::move(bytes);
        jobs.push_back(one);
        if (on_put) on_put(one.job);
        if (hangs) co_await sleep_for(1h);
        co_return answer;
    }
};

class PlaceOrder : public testing::Test {
protected:
    PlaceOrder() : room(io.get_executor(), 4) {
        w.settings.api.answer_within = 60ms;
        shop().per_number = rate_limit();
    }

    config::account_settings& shop() { return w.settings.accounts.at(w.shop->name); }

    order an_order(answer_when answer) {
        order made;
        made.job.account = w.shop->name;
        made.job.to = number("447700900123");
        made.job.text = "{PIN} is your code.";
        made.answer = answer;
        return made;
    }

    placed_order place(order one) {
        const auto accounts = accounts_of_file(w.settings);
        std::optional<placed_order> got;
        std::exception_ptr failed;
        place_order desk(parts(*accounts));
        boost::asio::co_spawn(
            io,
            desk.place(std::move(one)),
            [&](std::exception_ptr error, placed_order answer) {
                failed = error;
                got = std::move(answer);
            }
        );
        io.restart();
        io.run();
        if (failed) std::rethrow_exception(failed);
        return *got;
    }

    place_order::parts parts(const account_lookup& accounts) {
        return {
            w.settings,
            w.keys,
            accounts,
            store,
            topic,
            room,
            counts,
            "epoch",
            w.clock,
            [this](std::span<std::uint8_t> bytes) {
                for (auto& byte : bytes)
                    byte = ++drawn;
            },
            [this] { return listening; }};
    }

    status_event event_of(const job& of, std::int64_t version) {
        status_event made;
        made.account = of.account;
        made.job_id = of.id;
        made.pin_id = of.pin.value_or(pin_id());
        made.version = version;
        made.to = of.to;
        return made;
    }

    // After the acknowledgement, in later turns of the loop.
    void later(status_event event) {
        boost::asio::post(io, [this, event = std::move(event)] { room.tell(event); });
    }

    boost::asio::io_context io{1};
    world w;
    telemetry::metrics metrics{"pinwire-api"};
    figures counts{metrics};
    fake_order_store store;
    fake_job_topic topic;
    waiting_room room;
    std::uint8_t drawn = 0;
    bool listening = true;
};

TEST_F(PlaceOrder, IsTakenOnceKafkaHasItWhenNothingMoreIsAsked) {
    const auto answer = place(an_order(answer_when::durable));
    EXPECT_EQ(answer.what, kind::taken);
    EXPECT_FALSE(answer.now);
    ASSERT_EQ(topic.jobs.size(), 1U);
    const auto& job = topic.jobs[0].job;
    EXPECT_EQ(topic.jobs[0].to, number("447700900123"));
    EXPECT_TRUE(job.id.str().starts_with("api-"));
    EXPECT_EQ(job.id.str().size(), 36U);
    EXPECT_EQ(*job.pin, answer.pin);
    EXPECT_EQ(answer.pin.str().size(), 32U);
    EXPECT_EQ(answer.pin.str().find_first_not_of("0123456789ABCDEF"), std::string::npos);
    EXPECT_EQ(job.requested_at, w.now);
    EXPECT_TRUE(store.ended.empty());
    EXPECT_EQ(room.size(), 0U);
}

TEST_F(PlaceOrder, WaitsForTheVerdictOfTheLookup) {
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 1);
        event.nc_status = nc_status::reachable;
        later(event);
    };
    const auto answer = place(an_order(answer_when::looked_up));
    EXPECT_EQ(answer.what, kind::taken);
    ASSERT_TRUE(answer.now);
    EXPECT_EQ(answer.now->nc_status, nc_status::reachable);
    EXPECT_FALSE(answer.now->final);
}

TEST_F(PlaceOrder, HandsOnARefusalOfTheLookup) {
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 1);
        event.final = true;
        event.reason = "lookup_refused";
        later(event);
    };
    const auto answer = place(an_order(answer_when::looked_up));
    EXPECT_EQ(answer.what, kind::taken);
    EXPECT_EQ(answer.now->reason, "lookup_refused");
}

TEST_F(PlaceOrder, PromisesNoPinThatWasNeverMinted) {
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 1);
        event.final = true;
        event.reason = "country_suspended";
        event.sms_status = sms_status::not_sent;
        event.pin_id = pin_id();
        later(event);
    };
    EXPECT_TRUE(place(an_order(answer_when::outcome)).pin.empty());
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 1);
        event.final = true;
        event.reason = "no_route";
        event.sms_status = sms_status::not_sent;
        event.pin_id = *of.pin;
        later(event);
    };
    const auto minted = place(an_order(answer_when::outcome)).pin;
    EXPECT_EQ(minted, *topic.jobs.back().job.pin);
}

TEST_F(PlaceOrder, WaitsOnUntilTheSmsIsSent) {
    topic.on_put = [this](const job& of) {
        auto first = event_of(of, 1);
        first.nc_status = nc_status::unknown;
        later(first);
        auto second = first;
        second.version = 2;
        second.sms_status = sms_status::sent;
        later(second);
    };
    const auto answer = place(an_order(answer_when::outcome));
    EXPECT_EQ(answer.what, kind::taken);
    EXPECT_EQ(answer.now->version, 2);
    EXPECT_EQ(answer.now->sms_status, sms_status::sent);
}

TEST_F(PlaceOrder, AnEventThatComesBeforeTheAcknowledgementIsNotLost) {
    topic.on_put = [this](const job& of) { room.tell(event_of(of, 1)); };
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::taken);
}

TEST_F(PlaceOrder, EventsOfOtherJobsAndOlderVersionsChangeNothing) {
    topic.on_put = [this](const job& of) {
        auto other = of;
        other.id = job_id("another");
        auto event = event_of(other, 9);
        event.sms_status = sms_status::sent;
        later(event);
        auto foreign = event_of(of, 9);
        foreign.account = account_name("somebody");
        foreign.sms_status = sms_status::sent;
        later(foreign);
        auto newer = event_of(of, 3);
        newer.sms_status = sms_status::not_sent;
        newer.final = true;
        later(newer);
        auto older = event_of(of, 2);
        older.sms_status = sms_status::sent;
        later(older);
    };
    const auto answer = place(an_order(answer_when::outcome));
    EXPECT_EQ(answer.now->version, 3);
    EXPECT_EQ(answer.now->sms_status, sms_status::not_sent);
}

TEST_F(PlaceOrder, ACallIsTakenOnceACarrierTookIt) {
    auto one = an_order(answer_when::outcome);
    one.job.channel = channel::voice;
    one.job.lookup = lookup_policy::skip;
    topic.on_put = [this](const job& of) {
        later(event_of(of, 1));
        auto event = event_of(of, 2);
        event.call_status = call_status::pending_accepted;
        later(event);
    };
    EXPECT_EQ(place(one).now->call_status, call_status::pending_accepted);
}

TEST_F(PlaceOrder, EndsForGoodWhatNobodyClaimedInTime) {
    const auto answer = place(an_order(answer_when::looked_up));
    EXPECT_EQ(answer.what, kind::cancelled);
    ASSERT_EQ(store.ended.size(), 1U);
    const auto& last = store.ended[0];
    EXPECT_EQ(last.reason, "cancelled");
    EXPECT_EQ(last.sms, sms_status::not_sent);
    EXPECT_FALSE(last.report);
    EXPECT_TRUE(last.guess_mac.empty());
    EXPECT_EQ(last.job.id, topic.jobs[0].job.id);
    // as the worker reckons it: a message that slipped through is a repeat, not another job
    EXPECT_EQ(last.content_hash, content_hash(topic.jobs[0].job, ""));
}

TEST_F(PlaceOrder, AnswersFromTheRowWhenSomebodyWasFaster) {
    store.on_finish = [](const postgres::final_job&, postgres::final_answer& row) {
        row.ours = false;
        row.final = false;
        row.reason.clear();
        row.nc = nc_status::reachable;
        row.sms = std::nullopt;
    };
    const auto answer = place(an_order(answer_when::outcome));
    EXPECT_EQ(answer.what, kind::taken);
    ASSERT_TRUE(answer.now);
    EXPECT_EQ(answer.now->nc_status, nc_status::reachable);
    EXPECT_FALSE(answer.now->sms_status);
}

TEST_F(PlaceOrder, CanSayNothingWhenTheDatabaseIsAwayAtTheDeadline) {
    store.finish_is_away = true;
    EXPECT_EQ(place(an_order(answer_when::outcome)).what, kind::uncertain);
}

TEST_F(PlaceOrder, ADatabaseThatIsAwayMeansThatNothingWasProduced) {
    store.admit_is_away = true;
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::unavailable);
    EXPECT_TRUE(topic.jobs.empty());
}

TEST_F(PlaceOrder, ADatabaseThatHangsIsWaitedForUntilTheDeadlineOnly) {
    store.admit_hangs = true;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::unavailable);
    EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
    EXPECT_TRUE(topic.jobs.empty());
}

TEST_F(PlaceOrder, AMessageThatMayHaveSlippedThroughIsEndedInTheDatabase) {
    topic.answer = job_topic::outcome::perhaps;
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::unavailable);
    ASSERT_EQ(store.ended.size(), 1U);
    store.finish_is_away = true;
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::uncertain);
    topic.answer = job_topic::outcome::surely_not;
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::unavailable);
}

TEST_F(PlaceOrder, ARepeatThatKafkaRefusesEndsNoOrderThatItsCallerWasToldIsTaken) {
    auto one = an_order(answer_when::durable);
    one.idempotency_key = "again";
    EXPECT_EQ(place(one).what, kind::taken);
    for (const auto broken : {job_topic::outcome::perhaps, job_topic::outcome::surely_not}) {
        topic.answer = broken;
        EXPECT_EQ(place(one).what, kind::uncertain);
        EXPECT_TRUE(store.ended.empty());
    }
}

TEST_F(PlaceOrder, AMessageThatSlippedThroughAndWasClaimedIsTaken) {
    topic.answer = job_topic::outcome::perhaps;
    store.on_finish = [](const postgres::final_job&, postgres::final_answer& row) {
        row.ours = false;
        row.final = false;
        row.reason.clear();
        row.sms = sms_status::sent;
    };
    const auto answer = place(an_order(answer_when::durable));
    EXPECT_EQ(answer.what, kind::taken);
    EXPECT_EQ(answer.now->sms_status, sms_status::sent);
}

TEST_F(PlaceOrder, AKafkaThatHangsIsWaitedForUntilTheDeadlineOnly) {
    topic.hangs = true;
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::unavailable);
    EXPECT_EQ(store.ended.size(), 1U);
}

TEST_F(PlaceOrder, ADeadLetterIsOurTrouble) {
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 0);
        event.reason = "dead_letter:bad_value";
        event.final = true;
        later(event);
    };
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::unavailable);
    // a replay of the letter sends nothing behind this caller's back
    ASSERT_EQ(store.ended.size(), 1U);
    EXPECT_EQ(store.ended[0].job.id, topic.jobs[0].job.id);
    store.finish_is_away = true;
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::uncertain);
}

TEST_F(PlaceOrder, DoesNotWaitForEventsThatNobodyReads) {
    listening = false;
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::unavailable);
    EXPECT_TRUE(store.asked.empty());
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::taken);
}

TEST_F(PlaceOrder, AFullRoomGivesThePlacesBack) {
    std::vector<std::unique_ptr<waiting_room::seat>> guests;
    for (int i = 0; i < 4; ++i)
        guests.push_back(room.enter(account_name("x"), job_id(std::to_string(i))));
    EXPECT_EQ(room.enter(account_name("x"), job_id("4")), nullptr);
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::unavailable);
    EXPECT_TRUE(topic.jobs.empty());
    EXPECT_EQ(store.ended.size(), 1U);
}

// ---- idempotency

TEST_F(PlaceOrder, TheSameKeyNamesTheSameJobAndPin) {
    topic.on_put = [this](const job& of) { later(event_of(of, 1)); };
    auto one = an_order(answer_when::looked_up);
    one.idempotency_key = "request\nk1";
    const auto first = place(one);
    const auto second = place(one);
    EXPECT_EQ(first.what, kind::taken);
    EXPECT_EQ(second.what, kind::taken);
    EXPECT_EQ(first.pin, second.pin);
    ASSERT_EQ(topic.jobs.size(), 2U);
    EXPECT_EQ(topic.jobs[0].job.id, topic.jobs[1].job.id);
    EXPECT_TRUE(topic.jobs[0].job.id.str().starts_with("ik-"));
    EXPECT_EQ(topic.jobs[0].job.id.str().size(), 43U);
    EXPECT_EQ(content_hash(topic.jobs[0].job, ""), content_hash(topic.jobs[1].job, ""));
}

TEST_F(PlaceOrder, AnotherKeyOrEndpointNamesAnotherJob) {
    auto one = an_order(answer_when::durable);
    one.idempotency_key = "request\nk1";
    place(one);
    one.idempotency_key = "request\nk2";
    place(one);
    one.idempotency_key = "voice\nk1";
    place(one);
    EXPECT_NE(topic.jobs[0].job.id, topic.jobs[1].job.id);
    EXPECT_NE(topic.jobs[0].job.id, topic.jobs[2].job.id);
}

TEST_F(PlaceOrder, AKeyWhoseJobWentWithItsTimeIsTakenAndNotProducedAgain) {
    store.on_admit = [](const postgres::admission_request&, admission& made) {
        made.what = admission::kind::over;
        made.pin = pin_id("FIRST");
    };
    for (const auto when : {answer_when::durable, answer_when::looked_up, answer_when::outcome}) {
        auto one = an_order(when);
        one.idempotency_key = "request\nk1";
        const auto answer = place(one);
        EXPECT_EQ(answer.what, kind::taken);
        EXPECT_EQ(answer.pin, pin_id("FIRST"));
    }
    EXPECT_TRUE(topic.jobs.empty());
    EXPECT_TRUE(store.ended.empty());
}

TEST_F(PlaceOrder, AKeyWhoseJobEndedCancelledLongAgoIsTriedAnew) {
    store.on_admit = [this](const postgres::admission_request&, admission& made) {
        if (store.asked.size() == 1) made.what = admission::kind::cancelled;
    };
    auto one = an_order(answer_when::durable);
    one.idempotency_key = "request\nk1";
    EXPECT_EQ(place(one).what, kind::taken);
    ASSERT_EQ(topic.jobs.size(), 1U);
    EXPECT_NE(topic.jobs[0].job.id, store.asked[0].job);
}

TEST_F(PlaceOrder, AKeyThatStandsForAnotherRequestIsRefused) {
    auto one = an_order(answer_when::durable);
    one.idempotency_key = "request\nk1";
    EXPECT_EQ(place(one).what, kind::taken);
    one.job.text = "{PIN} is another text.";
    EXPECT_EQ(place(one).what, kind::key_reused);
    EXPECT_EQ(topic.jobs.size(), 1U);
}

TEST_F(PlaceOrder, TheSameOwnCodeIsTheSameRequestAndAnotherOneIsNot) {
    topic.on_put = [this](const job& of) { later(event_of(of, 1)); };
    auto one = an_order(answer_when::looked_up);
    one.idempotency_key = "request\nk1";
    one.own_code = secret("482913");
    EXPECT_EQ(place(one).what, kind::taken);
    EXPECT_EQ(place(one).what, kind::taken);
    one.own_code = secret("482914");
    EXPECT_EQ(place(one).what, kind::key_reused);
}

TEST_F(PlaceOrder, AnOwnCodeIsTheSameRequestUnderAnotherActiveKey) {
    topic.on_put = [this](const job& of) { later(event_of(of, 1)); };
    const auto line = [](const char* id, std::uint8_t fill, bool active) {
        std::array<std::uint8_t, 32> bytes{};
        bytes.fill(fill);
        return key_ring::make_line(key_id(id), bytes, active) + "\n";
    };
    w.keys = key_ring::parse(line("k1", 1, true) + line("k2", 2, false));
    auto one = an_order(answer_when::looked_up);
    one.idempotency_key = "request\nk1";
    one.own_code = secret("482913");
    EXPECT_EQ(place(one).what, kind::taken);
    w.keys = key_ring::parse(line("k1", 1, false) + line("k2", 2, true));
    EXPECT_EQ(place(one).what, kind::taken);
    ASSERT_EQ(topic.jobs.size(), 2U);
    EXPECT_EQ(topic.jobs[1].job.id, topic.jobs[0].job.id);
    one.own_code = secret("482914");
    EXPECT_EQ(place(one).what, kind::key_reused);
    EXPECT_EQ(topic.jobs.size(), 2U);
}

TEST_F(PlaceOrder, ARetryOfWhatEndedCancelledIsANewJobUnderTheSameKey) {
    auto one = an_order(answer_when::looked_up);
    one.idempotency_key = "request\nk1";
    EXPECT_EQ(place(one).what, kind::cancelled);
    std::string first = topic.jobs[0].job.id.str();
    topic.on_put = [&](const job& of) {
        auto event = event_of(of, 1);
        if (of.id.str() == first) {
            event.final = true;
            event.reason = "cancelled";
            event.sms_status = sms_status::not_sent;
        }
        later(event);
    };
    const auto again = place(one);
    EXPECT_EQ(again.what, kind::taken);
    ASSERT_EQ(topic.jobs.size(), 3U);
    EXPECT_EQ(topic.jobs[1].job.id.str(), first);
    EXPECT_NE(topic.jobs[2].job.id.str(), first);
    EXPECT_EQ(again.pin, *topic.jobs[2].job.pin);
    // and the retry of the retry finds it
    EXPECT_EQ(place(one).pin, again.pin);
}

TEST_F(PlaceOrder, AFullCapIsToldAsALimitAndARetryUnderTheSameKeyTriesAnew) {
    int full = 2;
    topic.on_put = [&](const job& of) {
        auto event = event_of(of, 1);
        event.final = full-- > 0;
        if (event.final) event.reason = "number_cap";
        later(event);
    };
    auto one = an_order(answer_when::looked_up);
    one.idempotency_key = "request\nk1";
    const auto refused = place(one);
    EXPECT_EQ(refused.what, kind::limited);
    EXPECT_EQ(refused.retry_after, 60s);
    const auto again = place(one);
    EXPECT_EQ(again.what, kind::taken) << "the first again, full; then a new one";
    ASSERT_EQ(topic.jobs.size(), 3U);
    EXPECT_EQ(topic.jobs[1].job.id, topic.jobs[0].job.id);
    EXPECT_NE(topic.jobs[2].job.id, topic.jobs[0].job.id);
}

TEST_F(PlaceOrder, ARepeatOfWhatWasTakenStaysTakenThoughACapWasFull) {
    auto one = an_order(answer_when::durable);
    one.idempotency_key = "request\nk1";
    EXPECT_EQ(place(one).what, kind::taken);
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 1);
        event.final = true;
        event.reason = "number_cap";
        later(event);
    };
    EXPECT_EQ(place(one).what, kind::taken);
    EXPECT_EQ(topic.jobs.size(), 2U);
}

TEST_F(PlaceOrder, ARepeatThatNeedsNoNewsIsStillNotSaidToBeSentWhenItWasCancelled) {
    auto one = an_order(answer_when::durable);
    one.idempotency_key = "request\nk1";
    EXPECT_EQ(place(one).what, kind::taken);
    // nobody is there to say what became of the first
    EXPECT_EQ(place(one).what, kind::uncertain);
    EXPECT_TRUE(store.ended.empty());
}

TEST_F(PlaceOrder, TheWindowWithoutAKeyIsTheAccountsAndAKeyTurnsItOff) {
    shop().idempotency_window = 30s;
    auto one = an_order(answer_when::durable);
    place(one);
    EXPECT_EQ(store.asked[0].same_within, 30s);
    one.idempotency_key = "request\nk1";
    place(one);
    EXPECT_EQ(store.asked[1].same_within, 0s);
    EXPECT_EQ(store.asked[0].request_hash, store.asked[1].request_hash);
}

TEST_F(PlaceOrder, AResendKeepsItsPinAndAnotherPinIsAnotherRequest) {
    auto one = an_order(answer_when::durable);
    one.resend = true;
    one.job.pin = pin_id("AB12");
    EXPECT_EQ(place(one).pin, pin_id("AB12"));
    EXPECT_EQ(*topic.jobs[0].job.pin, pin_id("AB12"));
    one.job.pin = pin_id("AB13");
    place(one);
    EXPECT_NE(store.asked[0].request_hash, store.asked[1].request_hash);
}

// ---- limits and credit

TEST_F(PlaceOrder, CountsAgainstTheApplicationItsNumberAndTheAccount) {
    shop().per_account = rate_limit{100, 1h};
    shop().per_number = rate_limit{10, 1h};
    auto one = an_order(answer_when::durable);
    one.application = "APP";
    one.per_application = rate_limit{50, 24h};
    one.per_number = rate_limit{3, 24h};
    place(one);
    ASSERT_EQ(store.asked[0].limits.size(), 3U);
    EXPECT_EQ(store.asked[0].limits[0].scope, "app:APP");
    EXPECT_EQ(store.asked[0].limits[1].scope, "app:APP:447700900123");
    EXPECT_EQ(store.asked[0].limits[1].limit.most, 3);
    EXPECT_EQ(store.asked[0].limits[2].scope, "account");
    place(an_order(answer_when::durable));
    ASSERT_EQ(store.asked[1].limits.size(), 2U);
    EXPECT_EQ(store.asked[1].limits[0].scope, "number:447700900123");
    EXPECT_EQ(store.asked[1].limits[0].limit.most, 10);
}

TEST_F(PlaceOrder, OverALimitNothingIsProducedAndTheWaitIsSaidInWholeSeconds) {
    store.on_admit = [](const auto&, admission& made) {
        made.what = admission::kind::limited;
        made.retry_after = 1500ms;
    };
    const auto answer = place(an_order(answer_when::durable));
    EXPECT_EQ(answer.what, kind::limited);
    EXPECT_EQ(answer.retry_after, 2s);
    EXPECT_TRUE(topic.jobs.empty());
}

TEST_F(PlaceOrder, WithoutCreditNothingIsProduced) {
    store.on_admit = [](const auto&, admission& made) { made.what = admission::kind::no_credit; };
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::no_credit);
    EXPECT_TRUE(topic.jobs.empty());
}

TEST_F(PlaceOrder, OnlyAPrepaidAccountPays) {
    config::route_settings route;
    route.name = route_name("r");
    route.price = 70;
    w.settings.routes[route.name] = route;
    place(an_order(answer_when::durable));
    EXPECT_EQ(store.asked[0].price, 0);
    shop().prepaid = true;
    place(an_order(answer_when::durable));
    EXPECT_EQ(store.asked[1].price, 70);
}

TEST_F(PlaceOrder, AResendPaysForThePartsThatItsPinMakes) {
    config::route_settings route;
    route.name = route_name("r");
    route.price = 70;
    w.settings.routes[route.name] = route;
    shop().prepaid = true;
    auto one = an_order(answer_when::durable);
    one.resend = true;
    one.job.pin = pin_id("AB12");
    one.job.dialect = dialect::infobip;
    one.job.text = "{{pin}}" + std::string(150, 'x');
    place(one);
    EXPECT_EQ(store.asked[0].price, 70);
    one.job.pin_length = 16;
    place(one);
    EXPECT_EQ(store.asked[1].price, 140);
    EXPECT_EQ(topic.jobs[1].job.pin_length, 16) << "the worker reckons with it as well";
    EXPECT_FALSE(topic.jobs[1].job.pin_given) << "the claim would insist on it";
}

TEST_F(PlaceOrder, AnAccountThatWentAwayMeanwhileIsOurTrouble) {
    auto one = an_order(answer_when::durable);
    one.job.account = account_name("gone");
    EXPECT_EQ(place(one).what, kind::unavailable);
    EXPECT_TRUE(store.asked.empty());
}

// ---- own codes

TEST_F(PlaceOrder, AnOwnCodeEntersKafkaSealedAndBound) {
    auto one = an_order(answer_when::durable);
    one.own_code = secret("A7B9C1");
    const auto answer = place(one);
    const auto& made = topic.jobs[0];
    EXPECT_EQ(made.bytes.find("A7B9C1"), std::string::npos);
    const auto context = key_ring::pin_context(w.shop->name, answer.pin, made.to);
    const auto opened = w.keys.unseal(made.job.pin_sealed, context);
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->reveal(), "A7B9C1");
    ASSERT_TRUE(made.job.pin_given);
    EXPECT_EQ(made.job.pin_given->length, 6);
    EXPECT_EQ(made.job.pin_given->type, pin_type::alphanumeric);
}

TEST_F(PlaceOrder, AnOwnCodeThatIsCancelledLeavesNoCopyBehind) {
    auto one = an_order(answer_when::looked_up);
    one.own_code = secret("482913");
    EXPECT_EQ(place(one).what, kind::cancelled);
    const auto& made = topic.jobs[0];
    const auto context = key_ring::pin_context(w.shop->name, *made.job.pin, made.to);
    const auto digest = w.keys.digest(secret("482913"), context, made.job.pin_sealed);
    EXPECT_EQ(store.ended[0].content_hash, content_hash(made.job, digest));
    EXPECT_TRUE(store.ended[0].job.pin_sealed.empty());
}

TEST_F(PlaceOrder, AWindowHoldsNobodyToWhatWasCancelled) {
    shop().idempotency_window = 1min;
    store.on_admit = [](const postgres::admission_request& asked, admission& made) {
        if (asked.same_within == 0ms) return;
        made.what = admission::kind::known;
        made.job = job_id("api-old");
        made.pin = pin_id("OLD");
    };
    topic.on_put = [this](const job& of) {
        auto event = event_of(of, 1);
        event.final = of.id.str() == "api-old";
        if (event.final) event.reason = "cancelled";
        event.nc_status = nc_status::reachable;
        later(event);
    };
    EXPECT_EQ(place(an_order(answer_when::looked_up)).what, kind::taken);
    ASSERT_EQ(store.asked.size(), 2U);
    // whoever asks once more asks for the same
    const auto again = place(an_order(answer_when::looked_up));
    ASSERT_EQ(store.asked.size(), 4U);
    EXPECT_EQ(store.asked[3].job, store.asked[1].job);
    EXPECT_EQ(again.pin, store.asked[1].pin);
}

// ---- test numbers

class PlaceTestOrder : public PlaceOrder {
protected:
    PlaceTestOrder() {
        config::test_number one;
        one.number = number("447700900123");
        one.pin = secret("1234");
        shop().test_numbers[one.number] = one;
        shop().prepaid = true;
    }
    config::test_number& fixed() { return shop().test_numbers.begin()->second; }
};

TEST_F(PlaceTestOrder, EndsAtOnceWithItsFixedPinAndCostsNothing) {
    shop().per_account = rate_limit{1, 1h};
    config::route_settings route;
    route.name = route_name("r");
    route.price = 70;
    w.settings.routes[route.name] = route;
    const auto answer = place(an_order(answer_when::outcome));
    EXPECT_EQ(answer.what, kind::taken);
    ASSERT_EQ(store.asked.size(), 1U);
    EXPECT_TRUE(store.asked[0].limits.empty());
    EXPECT_EQ(store.asked[0].price, 0);
    EXPECT_TRUE(topic.jobs.empty());
    ASSERT_EQ(store.ended.size(), 1U);
    const auto& last = store.ended[0];
    EXPECT_EQ(last.reason, "test_number");
    EXPECT_EQ(last.nc, nc_status::reachable);
    EXPECT_EQ(last.sms, sms_status::sent);
    EXPECT_EQ(last.dlr, dlr_status::delivrd);
    EXPECT_FALSE(last.report);  // there is nowhere to report to
    EXPECT_EQ(last.job.pin_given->length, 4);
    const auto context = key_ring::guess_context(w.shop->name, answer.pin);
    const auto mac = *w.keys.mac_of_guess(w.keys.active(), secret("1234"), context);
    EXPECT_EQ(last.guess_mac, std::string(mac.begin(), mac.end()));
    EXPECT_EQ(answer.now->sms_status, sms_status::sent);
}

TEST_F(PlaceTestOrder, FailsWhenItsPinIsNotKnownAndIsNeverSent) {
    fixed().pin = secret();
    EXPECT_EQ(place(an_order(answer_when::outcome)).what, kind::unavailable);
    EXPECT_TRUE(store.asked.empty());
    EXPECT_TRUE(topic.jobs.empty());
}

TEST_F(PlaceTestOrder, ReportsWhenThereIsAnAddress) {
    auto one = an_order(answer_when::durable);
    one.job.report_url = "https://example.net/r";
    fixed().outcome = dlr_status::undeliv;
    place(one);
    EXPECT_TRUE(store.ended[0].report);
    EXPECT_EQ(store.ended[0].dlr, dlr_status::undeliv);
}

TEST_F(PlaceTestOrder, FollowsTheLookupsRules) {
    fixed().nc = nc_status::not_reachable;
    auto one = an_order(answer_when::looked_up);
    one.job.lookup = lookup_policy::hlr_lookup;
    one.job.report_url = "https://example.net/r";
    one.job.report_refusal = false;
    EXPECT_EQ(place(one).now->reason, "lookup_refused");
    EXPECT_TRUE(store.ended[0].guess_mac.empty());
    EXPECT_FALSE(store.ended[0].report);
    EXPECT_EQ(store.ended[0].sms, sms_status::not_sent);
    one.job.lookup = lookup_policy::nc_needed;
    EXPECT_EQ(place(one).now->reason, "lookup_withheld");
    EXPECT_FALSE(store.ended[1].guess_mac.empty());
    one.job.lookup = lookup_policy::skip;
    const auto sent = place(one);
    EXPECT_FALSE(sent.now->nc_status);
    EXPECT_EQ(sent.now->sms_status, sms_status::sent);
}

TEST_F(PlaceTestOrder, ACallIsAcceptedFirstWhateverBecomesOfIt) {
    auto one = an_order(answer_when::outcome);
    one.job.channel = channel::voice;
    one.job.lookup = lookup_policy::skip;
    const auto answer = place(one);
    EXPECT_EQ(answer.now->call_status, call_status::pending_accepted);
    EXPECT_EQ(store.ended[0].call, call_status::processed);
}

TEST_F(PlaceTestOrder, AResendMakesNoPin) {
    auto one = an_order(answer_when::outcome);
    one.resend = true;
    one.job.pin = pin_id("AB");
    EXPECT_EQ(place(one).pin, pin_id("AB"));
    EXPECT_TRUE(store.ended[0].guess_mac.empty());
}

TEST_F(PlaceTestOrder, IsWrittenDownSoThatItCanBeSentAgain) {
    auto one = an_order(answer_when::outcome);
    one.application = "APP";
    one.message = "MSG";
    one.repeat = "{}";
    const auto answer = place(one);
    ASSERT_EQ(store.asked.size(), 1U);
    EXPECT_EQ(store.asked[0].pin, answer.pin);
    EXPECT_EQ(store.asked[0].application, "APP");
    EXPECT_EQ(store.asked[0].message, "MSG");
    EXPECT_EQ(store.asked[0].repeat, "{}");
}

TEST_F(PlaceTestOrder, TheSameKeyIsTheSameJobAndPin) {
    auto one = an_order(answer_when::outcome);
    one.idempotency_key = "request\nk1";
    const auto first = place(one);
    store.on_finish = [&](const auto&, postgres::final_answer& row) {
        row.ours = false;
        row.pin = first.pin;
    };
    const auto again = place(one);
    EXPECT_EQ(again.what, kind::taken);
    EXPECT_EQ(again.pin, first.pin);
    ASSERT_EQ(store.ended.size(), 2U);
    EXPECT_EQ(store.ended[1].job.id, store.ended[0].job.id);
    EXPECT_EQ(*store.ended[1].job.pin, first.pin);
    one.job.text = "Another text: {PIN}.";
    EXPECT_EQ(place(one).what, kind::key_reused);
    EXPECT_EQ(store.ended.size(), 2U);
}

TEST_F(PlaceTestOrder, TheAccountsWindowHoldsForItToo) {
    shop().idempotency_window = 30s;
    place(an_order(answer_when::durable));
    EXPECT_EQ(store.asked[0].same_within, 30s);
}

TEST_F(PlaceTestOrder, ADatabaseThatIsAwayIsOurTrouble) {
    store.finish_is_away = true;
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::unavailable);
    store.admit_is_away = true;
    EXPECT_EQ(place(an_order(answer_when::durable)).what, kind::unavailable);
    EXPECT_EQ(store.ended.size(), 1U);
}

}  // namespace
}  // namespace pinwire::api::test
