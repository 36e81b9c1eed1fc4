// Every call a job makes is broken once, before it has an effect and after (its answer is lost).
// Whatever breaks: nothing is sent that was not committed first (P3; world asserts it), no offset
// is done before its outcome is durable (P1), and a second life sends nothing that the first may
// have sent (P2).
#include <gtest/gtest.h>

#include <set>

#include "tests/component/worker/world.hpp"
#include "worker/decode.hpp"

namespace pinwire::worker {
namespace {

using test::json_of;
using test::world;

struct scene {
    std::string name;
    std::vector<std::string> payloads;
    std::function<void(world&)> prepare;
};

std::vector<scene> scenes() {
    std::vector<scene> made;
    made.push_back({"sent", {json_of("j1", R"("hlr_lookup":1)")}, [](world&) {}});
    made.push_back({"second route", {json_of("j1")}, [](world& w) {
                        w.carriers.carrier_script["alpha"] = {test::refused(12)};
                    }});
    made.push_back({"later", {json_of("j1")}, [](world& w) {
                        w.carriers.carrier_script["alpha"] = {test::answered(429)};
                        w.carriers.carrier_script["beta"] = {test::answered(429)};
                    }});
    made.push_back({"in doubt", {json_of("j1")}, [](world& w) {
                        w.carriers.carrier_script["alpha"] = {test::silent()};
                    }});
    made.push_back({"no job", {"{"}, [](world&) {}});
    made.push_back({"reused", {json_of("j1"), json_of("j1", R"("text":"x {PIN}")")}, [](world&) {}}
    );
    made.push_back({"bad row", {json_of("j1")}, [](world& w) { w.store.bad_rows = {"j1"}; }});
    return made;
}

bool has(const std::vector<std::int64_t>& all, std::int64_t one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

// The row under the record's key is of its own content: the claim was committed.
bool is_claimed(const world& w, const std::string& payload) {
    const auto now = std::chrono::system_clock::now();
    const auto read =
        decode(test::record_of(payload, now), w.settings_, w.accounts, *w.settings_.keys.ring, now);
    const auto* job = std::get_if<arrived>(&read);
    const auto* row = w.db->job("j1");
    return job != nullptr && row != nullptr && row->content_hash == job->content_hash;
}

void expect_done_only_when_durable(const scene& play, const world& w) {
    for (const auto offset : w.offsets_done()) {
        const auto& payload = play.payloads[static_cast<std::size_t>(offset)];
        EXPECT_TRUE(is_claimed(w, payload) || has(w.dead_letters.offsets, offset)) << offset;
    }
}

std::map<std::string, int> requests_that_may_have_arrived(const world& w) {
    std::map<std::string, int> made;
    for (const auto& one : w.carriers.sent)
        ++made[one.attempt.hex()];
    return made;
}

// True: there was such a call to break.
bool play_broken(const scene& play, int nth, bool after) {
    SCOPED_TRACE(play.name + ", call " + std::to_string(nth) + (after ? " after" : " before"));
    world first;
    play.prepare(first);
    first.calls.break_at = nth;
    first.calls.after_effect = after;
    first.live(play.payloads);
    expect_done_only_when_durable(play, first);
    const bool broke = first.calls.calls() >= nth;
    // Kafka gives the records again whose offset was not done; the attempts stay with the dead.
    world second(first.settings_, first.db);
    if (play.name == "bad row") second.store.bad_rows = {"j1"};
    std::vector<std::string> again;
    const auto done = first.offsets_done();
    for (std::size_t i = 0; i < play.payloads.size(); ++i) {
        if (!has(done, static_cast<std::int64_t>(i))) again.push_back(play.payloads[i]);
    }
    const bool was_claimed = first.db->job("j1") != nullptr;
    const auto again_count = again.size();
    second.live(std::move(again));
    EXPECT_EQ(second.offsets_done().size(), again_count) << "everything ends in the second life";
    for (const auto& [attempt, times] : requests_that_may_have_arrived(first))
        EXPECT_EQ(times, 1) << attempt;
    EXPECT_TRUE(!was_claimed || second.carriers.sent.empty());
    return broke;
}

TEST(BrokenSteps, NeverSendUncommittedNorTwiceNorLoseAnOffset) {
    for (const auto& play : scenes()) {
        for (const bool after : {false, true}) {
            int nth = 1;
            while (play_broken(play, nth, after) && nth < 30)
                ++nth;
            EXPECT_GT(nth, 1) << play.name;
            EXPECT_LT(nth, 30) << play.name;
        }
    }
}

}  // namespace
}  // namespace pinwire::worker
