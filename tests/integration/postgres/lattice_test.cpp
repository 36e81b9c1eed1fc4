// Every order of what is told of a call, and of what came before its row was there: in one batch,
// in several, and parked between, the row ends the same. Messages: settle_test.cpp.
#include <algorithm>

#include "tests/integration/postgres/fixture.hpp"

namespace pinwire::postgres::test {
namespace {

using order = std::vector<int>;

std::vector<order> pairs_of(const std::vector<int>& words) {
    std::vector<order> made;
    for (const int a : words)
        for (const int b : words)
            made.push_back({a, b});
    return made;
}

std::vector<order> triples_of(const std::vector<int>& words) {
    std::vector<order> made;
    for (const auto& two : pairs_of(words))
        for (const int c : words)
            made.push_back({two[0], two[1], c});
    return made;
}

// The design's table of what a call means for delivery.
int delivery_of_call(int call) {
    if (call <= 2) return 2;
    if (call == 3) return 3;
    return call == 12 ? 8 : 6;
}

class lattice : public database {
protected:
    // Jobs of one attempt each, sent; the i-th has the carrier's id "ID-i".
    std::vector<claim_request> send(std::size_t count, channel on) {
        std::vector<claim_request> jobs;
        for (std::size_t i = 0; i < count; ++i) {
            auto one = sms_request("j" + std::to_string(i));
            one.channel = on;
            jobs.push_back(std::move(one));
        }
        claim(db(), epoch_, jobs);
        return jobs;
    }
    void record_all(const std::vector<claim_request>& jobs) {
        std::vector<record_request> outcomes;
        for (std::size_t i = 0; i < jobs.size(); ++i)
            outcomes.push_back(sent_record(jobs[i].attempt->id, "ID-" + std::to_string(i)));
        record(db(), epoch_, outcomes);
    }
    std::size_t number_of(const std::string& job) { return std::stoul(job.substr(1)); }
};

TEST_F(lattice, CallsEndAtTheHighestInWhateverOrder) {
    std::vector<int> words;
    for (int i = 1; i <= 12; ++i)
        words.push_back(i);
    auto orders = pairs_of(words);
    const auto triples = triples_of({2, 3, 6, 10, 11, 12});
    orders.insert(orders.end(), triples.begin(), triples.end());
    const auto jobs = send(2 * orders.size(), channel::voice);
    record_all(jobs);
    std::vector<dlr_entry> together;
    std::vector<std::vector<dlr_entry>> apart(3);
    for (std::size_t i = 0; i < orders.size(); ++i) {
        for (std::size_t k = 0; k < orders[i].size(); ++k) {
            const int call = orders[i][k];
            const auto means = static_cast<dlr_status>(delivery_of_call(call));
            auto entry = dlr_for(jobs[2 * i].attempt->id, means);
            entry.call = static_cast<call_status>(call);
            together.push_back(entry);
            entry.token = jobs[2 * i + 1].attempt->id;
            apart[k].push_back(entry);
        }
    }
    settle_all(together);
    for (const auto& batch : apart)
        settle_all(batch);
    settle_all(together);
    const auto rows =
        db().query("select job_id, call_status, dlr_status, final_at is not null from job");
    ASSERT_EQ(rows.size(), jobs.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& told = orders[number_of(rows[i].text(0)) / 2];
        const int highest = *std::max_element(told.begin(), told.end());
        EXPECT_EQ(rows[i].int16(1), highest) << testing::PrintToString(told);
        EXPECT_EQ(rows[i].int16(2), delivery_of_call(highest)) << testing::PrintToString(told);
        EXPECT_EQ(rows[i].boolean(3), highest >= 3) << testing::PrintToString(told);
    }
    EXPECT_EQ(count("report"), count("job where final_at is not null")) << "one each";
}

// By the carrier's id alone, before anybody knows whose it is: parked one by one, and settled all
// at once or one at a time, last come first.
TEST_F(lattice, ReportsThatCameBeforeTheirRowEndTheSame) {
    const auto orders = triples_of({1, 2, 3, 6, 8});
    const auto jobs = send(2 * orders.size(), channel::sms);
    std::vector<dlr_entry> early;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        for (const int status : orders[i / 2]) {
            auto entry = dlr_for(attempt_id(), static_cast<dlr_status>(status));
            entry.token.reset();
            entry.carrier_message_id = "ID-" + std::to_string(i);
            early.push_back(entry);
        }
    }
    EXPECT_EQ(settle_all(early).parked, static_cast<int>(early.size()));
    record_all(jobs);
    std::vector<parked_entry> together;
    std::vector<std::vector<parked_entry>> apart(3);
    for (std::size_t i = 0; i < early.size(); ++i) {
        const parked_entry one{static_cast<std::int64_t>(i + 1), early[i]};
        const bool even = i / 3 % 2 == 0;
        (even ? together : apart[2 - i % 3]).push_back(one);
    }
    settle_parked(db(), epoch_, together, 60s);
    for (const auto& batch : apart)
        settle_parked(db(), epoch_, batch, 60s);
    EXPECT_EQ(count("dlr_parked"), 0);
    const auto rows = db().query("select job_id, dlr_status, final_at is not null from job");
    ASSERT_EQ(rows.size(), jobs.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& told = orders[number_of(rows[i].text(0)) / 2];
        const int highest = *std::max_element(told.begin(), told.end());
        EXPECT_EQ(rows[i].int16(1), highest) << testing::PrintToString(told);
        EXPECT_EQ(rows[i].boolean(2), highest >= 3) << testing::PrintToString(told);
    }
    EXPECT_EQ(count("report"), count("job where final_at is not null")) << "one each";
}

}  // namespace
}  // namespace pinwire::postgres::test
