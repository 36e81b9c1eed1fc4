// Which attempts' reports are overdue, and that one worker has each of them.
#include "common/postgres/pulls.hpp"

#include <set>

#include "common/postgres/settles.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class overdue_rows : public database {
protected:
    // A job that was sent so long ago and whose report is overdue since then, by its own clock.
    attempt_id sent(
        const std::string& job,
        std::chrono::seconds ago,
        std::chrono::seconds left = 1h,
        const std::string& carrier_id = ""
    ) {
        const auto request = sms_request(job);
        claim_one(request);
        auto outcome = sent_record(request.attempt->id, carrier_id);
        outcome.next_at = now() - ago;
        outcome.deadline = now() + left;
        record(db(), epoch_, {&outcome, 1});
        db().query(
            "update attempt set sent_at = clock_timestamp() - interval '1 second' * " +
            std::to_string(ago.count()) + " where id = '" + request.attempt->id.hex() + "'"
        );
        return request.attempt->id;
    }
    overdue_question question(int limit = 100) const {
        overdue_question made;
        made.carrier = carrier_name("c1");
        made.routes = {route_name("r1")};
        made.limit = limit;
        made.every = 1min;
        return made;
    }
    std::vector<attempt_id> take(const overdue_question& asked) {
        std::vector<attempt_id> ids;
        for (const auto& one : take_overdue(*as_worker_, asked))
            ids.push_back(one.attempt);
        return ids;
    }
    // Seconds from now until it is overdue again.
    int again_in(const attempt_id& which) {
        return std::stoi(value(
            "select round(extract(epoch from next_at - clock_timestamp())) from attempt where id = "
            "'" +
            which.hex() + "'"
        ));
    }

    const std::unique_ptr<session> as_worker_ = another("pinwire_worker");
};

TEST_F(overdue_rows, AreThoseThatWereSentLongAgoAndStillWait) {
    const auto old = sent("old", 2min, 1h, "id-1");
    sent("young", -1min);
    const auto told = sent("told", 2min);
    settle_all({dlr_for(told, dlr_status::delivrd)});
    const auto on_its_way = sent("on-its-way", 1min);
    settle_all({dlr_for(on_its_way, dlr_status::enroute)});
    const auto rows = take_overdue(*as_worker_, question());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].attempt, old);
    EXPECT_EQ(rows[0].carrier_message_id, "id-1");
    EXPECT_EQ(rows[0].channel, channel::sms);
    EXPECT_FALSE(rows[0].status);
    EXPECT_FALSE(rows[0].to.empty());
    EXPECT_EQ(rows[1].attempt, on_its_way);
    EXPECT_EQ(rows[1].status, dlr_status::enroute);
    EXPECT_EQ(rows[1].carrier_message_id, "");
}

TEST_F(overdue_rows, AreLeftAloneWhileAcknowledgedReportsAreUnread) {
    const auto old = sent("old", 2min);
    settled_partitions(db(), 2);
    EXPECT_TRUE(take(question()).empty()) << "nobody has read them yet";
    const auto read_until = [this](const std::string& when) {
        db().query("update settled set until = clock_timestamp() - interval '" + when + "'");
    };
    read_until("1 second");
    db().query("update settled set until = until - interval '1 minute' where partition = 1");
    EXPECT_TRUE(take(question()).empty()) << "one partition is behind";
    read_until("1 second");
    EXPECT_EQ(take(question()), std::vector{old});
}

TEST_F(overdue_rows, ArePutOffWhenTheyAreTakenTheOlderTheLonger) {
    const auto young = sent("young", 30s);
    const auto old = sent("old", 20min);
    EXPECT_EQ(take(question()).size(), 2U);
    EXPECT_TRUE(take(question()).empty()) << "nobody else has them meanwhile";
    EXPECT_NEAR(again_in(young), 60, 30);
    EXPECT_NEAR(again_in(old), 600, 60);
    EXPECT_EQ(count("due where what = 4"), 2);
    EXPECT_EQ(count("due d join attempt a on a.job = d.job where d.at <> a.next_at"), 0);
}

TEST_F(overdue_rows, AreAskedAboutOnceMoreBeforeTheirDeadlineAndNotAfter) {
    const auto last = sent("last", 20min, 5min);
    EXPECT_EQ(take(question()), std::vector{last});
    EXPECT_NEAR(again_in(last), 4 * 60, 30);
    const auto end = sent("end", 20min, 30s);
    EXPECT_EQ(take(question()), std::vector{end});
    EXPECT_NEAR(again_in(end), 30, 15);
    EXPECT_EQ(count("due d join attempt a on a.job = d.job where a.next_at = a.deadline"), 1);
}

TEST_F(overdue_rows, ComeTheLongestOverdueFirstAndNotMoreThanAsked) {
    sent("a", 1min);
    const auto oldest = sent("b", 3min);
    const auto older = sent("c", 2min);
    const auto first = take(question(2));
    EXPECT_EQ(std::set(first.begin(), first.end()), (std::set{oldest, older}));
    EXPECT_EQ(take(question(2)).size(), 1U);
}

TEST_F(overdue_rows, AreThisCarriersOnItsOwnRoutes) {
    const auto ours = sent("ours", 1min);
    const auto others = sent("others", 2min);
    const auto moved = sent("moved", 3min);
    db().query("update attempt set carrier = 'c2' where id = '" + moved.hex() + "'");
    db().query("update attempt set route = 'r2' where id = '" + others.hex() + "'");
    db().query(
        "update due set route = 'r2' where job = (select job from attempt where route = 'r2')"
    );
    EXPECT_EQ(take(question(1)), std::vector{ours})
        << "what another carrier had on the route doesn't stand in the way";
}

TEST_F(overdue_rows, ThatAnotherWriterHoldsAreTheNextRounds) {
    const auto held = sent("held", 2min);
    const auto free = sent("free", 1min);
    const auto other = another();
    other->query("begin");
    other->query("select from job where job_id = 'held' for update");
    EXPECT_EQ(take(question()), std::vector{free});
    other->query("rollback");
    EXPECT_EQ(take(question()), std::vector{held});
}

TEST_F(overdue_rows, ThatNobodyAnsweredForAreOverdueAgainSoonButNotEarlierThanThat) {
    const auto one = sent("one", 10h);
    ASSERT_EQ(take(question()), std::vector{one});
    EXPECT_GT(again_in(one), 30 * 60);
    pull_again(*as_worker_, {&one, 1}, 30s);
    EXPECT_NEAR(again_in(one), 30, 15);
    pull_again(*as_worker_, {&one, 1}, 0ms);
    EXPECT_EQ(take(question()), std::vector{one});
    settle_all({dlr_for(one, dlr_status::delivrd)});
    pull_again(*as_worker_, {&one, 1}, 0ms);
    EXPECT_TRUE(take(question()).empty()) << "told meanwhile";
}

// A job with one message that waits for its report and another one to send: whoever sends must find
// it, however long the report is overdue.
TEST_F(overdue_rows, DoNotHideWhatStillWantsToBeSent) {
    const auto first = sent("job", 1h);
    db().query(
        "insert into attempt (id, job, n, route, carrier, state, next_at, deadline)"
        " select gen_random_uuid(), job, 2, 'r2', 'c2', 1, clock_timestamp(), deadline"
        " from attempt where id = '" +
        first.hex() + "'"
    );
    db().query("select reschedule(array(select id from job))");
    EXPECT_EQ(value("select what || ' ' || route from due"), "1 r2");
    EXPECT_TRUE(take(question()).empty());
    db().query(
        "update attempt set state = 4, sent_at = clock_timestamp(), next_at = deadline where n = 2"
    );
    db().query("select reschedule(array(select id from job))");
    EXPECT_EQ(take(question()), std::vector{first});
}

}  // namespace
}  // namespace pinwire::postgres::test
