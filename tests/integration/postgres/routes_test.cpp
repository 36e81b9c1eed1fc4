// What the tables know of routes.
#include "common/postgres/route_states.hpp"

#include "common/postgres/story.hpp"
#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

class route_tables : public database {
protected:
    route_state state(const std::string& route, const std::string& word) {
        route_state out;
        out.route = route_name(route);
        out.state = word;
        out.reason = word == "ready" ? "" : "operator";
        out.rate = 12.5;
        out.errors = 0.25;
        out.waiting = 3;
        out.under_way = 4;
        return out;
    }
    // A job that was sent so long ago, and reported so much later as delivered (or not).
    void sent_ago(
        const std::string& job,
        const std::string& route,
        std::chrono::seconds ago,
        std::optional<std::chrono::seconds> delivered_after
    ) {
        auto request = sms_request(job);
        request.attempt->route = route_name(route);
        const auto random = std::array<std::uint8_t, 10>{static_cast<std::uint8_t>(++made_)};
        request.attempt->id = attempt_id::time_ordered(now() - ago, random);
        claim_one(request);
        const auto record_request = sent_record(request.attempt->id);
        record(db(), epoch_, {&record_request, 1});
        const auto id = "'" + request.attempt->id.hex() + "'";
        const auto seconds_ago = std::to_string(ago.count());
        db().query(
            "update attempt set sent_at = clock_timestamp() - interval '1 second' * " +
            seconds_ago + " where id = " + id
        );
        if (!delivered_after) return;
        db().query(
            "update attempt set dlr_status = 8, dlr_at = sent_at + interval '1 second' * " +
            std::to_string(delivered_after->count()) + " where id = " + id
        );
    }
    std::vector<delivery_answer> ask(std::chrono::seconds since, std::chrono::seconds until) {
        std::vector<delivery_question> asked;
        for (const auto* route : {"r1", "r2"}) {
            delivery_question one;
            one.route = route_name(route);
            one.since = now() - since;
            asked.push_back(one);
        }
        return route_deliveries(*as_worker_, asked, now() - until);
    }

    const std::unique_ptr<session> as_worker_ = another("pinwire_worker");
    const std::unique_ptr<session> as_reader_ = another("pinwire_reader");

private:
    int made_ = 0;
};

TEST_F(route_tables, KeepWhatEachWorkerSaidLast) {
    heartbeat_of(epoch_);
    const route_state first[] = {state("b", "ready"), state("a", "paused")};
    note_routes(*as_worker_, epoch_, first);
    auto again = state("b", "ready");
    again.confirmed = 0.5;
    again.late = 1500ms;
    note_routes(*as_worker_, epoch_, {&again, 1});
    const auto other = state("b", "unhealthy");
    note_routes(*as_worker_, other_, {&other, 1});
    const auto read = read_route_states(*as_reader_, 10s);
    ASSERT_EQ(read.size(), 3U);
    EXPECT_EQ(read[0].what.route, route_name("a"));
    EXPECT_EQ(read[0].what.reason, "operator");
    EXPECT_EQ(read[0].what.rate, 12.5);
    EXPECT_EQ(read[0].what.errors, 0.25);
    EXPECT_EQ(read[0].what.waiting, 3);
    EXPECT_FALSE(read[0].what.confirmed);
    EXPECT_EQ(read[1].epoch, epoch_);
    EXPECT_EQ(read[1].what.confirmed, 0.5);
    EXPECT_EQ(read[1].what.late, 1500ms);
    EXPECT_LT(read[1].since, read[1].noted_at) << "the state is as old as it was";
    EXPECT_EQ(read[2].what.state, "unhealthy");
}

TEST_F(route_tables, ForgetWorkersThatSayNothing) {
    const auto one = state("a", "ready");
    note_routes(*as_worker_, epoch_, {&one, 1});
    db().query("update route_state set noted_at = clock_timestamp() - interval '61 minutes'");
    EXPECT_TRUE(read_route_states(*as_reader_, 10s).empty());
    note_routes(*as_worker_, other_, {&one, 1});
    EXPECT_EQ(count("route_state"), 1);
}

TEST_F(route_tables, TellTheNetworkAndWhoRefusedToWhoeverGoesOn) {
    auto request = sms_request("j1");
    request.mccmnc = "21407";
    claim_one(request);
    auto failed = failed_record(request.attempt->id, "busy");
    next_attempt next;
    next.id = fresh_id<attempt_id>();
    next.route = route_name("r2");
    next.carrier = carrier_name("c2");
    next.next_at = now();
    next.deadline = now() + 1h;
    failed.next = next;
    record(db(), epoch_, {&failed, 1});
    auto round = failed_record(next.id, "route_paused");
    next.id = fresh_id<attempt_id>();
    next.route = route_name("r3");
    round.next = next;
    db().query("update attempt set owner = '" + epoch_.hex() + "'");
    record(db(), epoch_, {&round, 1});
    waiting_query window;
    window.route = route_name("r3");
    window.until = now() + 1s;
    window.limit = 10;
    window.held = std::vector<attempt_id>();
    const auto taken = take_waiting(*as_worker_, epoch_, window);
    ASSERT_EQ(taken.size(), 1U);
    EXPECT_EQ(taken[0].mccmnc, "21407");
    EXPECT_EQ(taken[0].refused, std::vector<route_name>{route_name("r1")})
        << "what was only passed by may have it again";
}

TEST_F(route_tables, KeepWhoseNameARoutePutThere) {
    const auto request = sms_request("j1");
    claim_one(request);
    sender_note note;
    note.attempt = request.attempt->id;
    note.sender = sender_name("18005550100");
    note_senders(*as_worker_, other_, {&note, 1});
    EXPECT_FALSE(tell_story(db(), request.id)->attempts.at(0).put_sender) << "it is another's";
    note_senders(*as_worker_, epoch_, {&note, 1});
    EXPECT_EQ(tell_story(db(), request.id)->attempts.at(0).put_sender, note.sender);
}

TEST_F(route_tables, CountWhatWasSentAndConfirmedWithinTheWindow) {
    for (int i = 0; i < 10; ++i)
        sent_ago(
            "r1-" + std::to_string(i), "r1", 300s, i < 6 ? std::optional(2s + i * 1s) : std::nullopt
        );
    sent_ago("r2-1", "r2", 200s, 20s);
    sent_ago("young", "r1", 10s, 1s);
    sent_ago("old", "r1", 2000s, 1s);
    const auto told = ask(900s, 120s);
    ASSERT_EQ(told.size(), 2U);
    const auto& r1 = told[0].route == route_name("r1") ? told[0] : told[1];
    const auto& r2 = told[0].route == route_name("r1") ? told[1] : told[0];
    EXPECT_EQ(r1.figures.sent, 10);
    EXPECT_EQ(r1.figures.confirmed, 6);
    EXPECT_EQ(r1.figures.late, 7s) << "nine tenths came within this";
    EXPECT_EQ(r2.figures.sent, 1);
    EXPECT_EQ(r2.figures.late, 20s);
    EXPECT_TRUE(ask(60s, 120s).empty()) << "an empty span";
}

}  // namespace
}  // namespace pinwire::postgres::test
