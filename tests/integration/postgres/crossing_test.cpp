// Claims, guesses, cancellations, ends and settlements of the same few numbers at once: locks are
// taken in one order, so that nobody ever waits in a circle.
#include <atomic>
#include <functional>
#include <thread>

#include "common/postgres/guesses.hpp"
#include "common/postgres/orders.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

constexpr int rounds = 40;
constexpr int numbers = 6;

std::string key_of(int round, int number) {
    return "j" + std::to_string(round) + "-" + std::to_string(number);
}
msisdn number_of(int number) {
    return *msisdn::parse("44770090012" + std::to_string(number));
}

std::vector<claim_request> claims_of(int round) {
    std::vector<claim_request> out;
    for (int i = 0; i < numbers; ++i) {
        auto one = sms_request(key_of(round, (i + round) % numbers));
        one.to = number_of((i + round) % numbers);
        one.pin->by_number = true;
        one.pin->guess_mac.emplace().fill(1);
        one.pin->guess_key = key_id("k1");
        one.waiter = "api";
        one.attempt->start = i % 2 == 0;
        out.push_back(one);
    }
    return out;
}

void guess_all(session& with, int round) {
    std::vector<guess_request> out;
    for (int i = numbers; i-- > 0;) {
        guess_request one;
        one.account = account_name("acme");
        one.pin = pin_id("pin-" + key_of(round, i));
        one.to = number_of(i);
        one.mac.emplace().fill(static_cast<std::uint8_t>(i % 3));
        one.limit = rate_limit{1000, 1h};
        one.limit_scope = "verify:" + std::to_string(i % 2);
        one.strict = true;
        out.push_back(one);
    }
    guess(with, out);
}

void order_and_end(session& with, const epoch_id& epoch, int round) {
    std::vector<admission_request> orders;
    std::vector<final_job> endings;
    for (int i = numbers; i-- > 0;) {
        admission_request one;
        one.account = account_name("acme");
        one.job = job_id(key_of(round, i));
        one.pin = pin_id("pin-" + key_of(round, i));
        one.to = number_of(i);
        one.price = 10;
        counted_limit limit;
        limit.scope = "verify:" + std::to_string((i + round) % 2);
        limit.limit = rate_limit{1000, 1h};
        one.limits = {limit};
        orders.push_back(one);
        final_job last;
        last.id = fresh_id<message_id>();
        last.claim = fresh_id<claim_id>();
        last.job.account = one.account;
        last.job.id = one.job;
        last.job.pin = one.pin;
        last.job.to = one.to;
        last.job.requested_at = now();
        last.job.send_within = 60s;
        last.reason = "cancelled";
        last.sms = sms_status::not_sent;
        endings.push_back(last);
    }
    admit(with, orders);
    if (round % 2 == 0) finish_now(with, epoch, endings);
}

class crossing : public database {};

TEST_F(crossing, NeverWaitsInACircle) {
    db().query("insert into account_credit (account, micros) values ('acme', 100000)");
    const std::vector<std::function<void(session&, int)>> work{
        [&](session& with, int round) { claim(with, epoch_, claims_of(round)); },
        [&](session& with, int round) { claim(with, other_, claims_of(round)); },
        [&](session& with, int round) { guess_all(with, round); },
        [&](session& with, int round) { guess_all(with, round); },
        [&](session& with, int round) { order_and_end(with, epoch_, round); },
        [&](session& with, int round) { order_and_end(with, other_, round); },
        [&](session& with, int round) {
            for (int i = 0; i < numbers; ++i)
                cancel_pin(with, account_name("acme"), pin_id("pin-" + key_of(round, i)));
        },
        [&](session& with, int) {
            with.query(
                "update api_order x set look_at = clock_timestamp() from (select account, job_id"
                " from api_order where settled_at is null for update skip locked) s"
                " where x.account = s.account and x.job_id = s.job_id"
            );
            settle_charges(with, 100);
        }};
    std::vector<std::unique_ptr<session>> sessions;
    for (std::size_t i = 0; i < work.size(); ++i)
        sessions.push_back(another());
    std::atomic<int> circles{0};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < work.size(); ++i) {
        threads.emplace_back([&, i] {
            for (int round = 0; round < rounds; ++round) {
                try {
                    work[i](*sessions[i], round);
                } catch (const database_error& error) {
                    EXPECT_EQ(error.sqlstate(), "40P01") << error.what();
                    ADD_FAILURE() << "work " << i << " in round " << round;
                    ++circles;
                }
            }
        });
    }
    for (auto& one : threads)
        one.join();
    EXPECT_EQ(circles, 0);
    const auto open = value("select coalesce(sum(price), 0) from api_order where not returned");
    EXPECT_EQ(std::stoll(value("select micros from account_credit")) + std::stoll(open), 100'000)
        << "no credit is lost or made";
}

}  // namespace
}  // namespace pinwire::postgres::test
