// Retries are put together again exactly as they were, or go singly.
#include "callback/parcel.hpp"

#include <gtest/gtest.h>

#include <set>

#include "common/reports/signature.hpp"

namespace pinwire::callback {
namespace {

report_id id(char last) {
    return *report_id::parse(std::string(31, 'b') + last);
}

postgres::retry_row retry(char last, const std::string& batch = {}, int position = 0) {
    postgres::retry_row made;
    made.report.id = id(last);
    made.batch = batch;
    made.batch_pos = position;
    made.tries = 2;
    made.malformed = 1;
    made.first_try_at = std::chrono::system_clock::time_point(std::chrono::hours(490'000));
    return made;
}

std::string batch_of(const std::vector<report_id>& ids) {
    return reports::webhook_id(ids);
}

TEST(Parcel, AWholeBatchIsPutTogetherInItsOldOrder) {
    const auto batch = batch_of({id('1'), id('2'), id('3')});
    const auto made =
        parcels_of({retry('3', batch, 2), retry('1', batch, 0), retry('2', batch, 1)});
    ASSERT_EQ(made.size(), 1U);
    ASSERT_EQ(made[0].reports.size(), 3U);
    EXPECT_EQ(made[0].reports[0].id, id('1'));
    EXPECT_EQ(made[0].reports[2].id, id('3'));
    EXPECT_EQ(webhook_id_of(made[0]), batch);
    EXPECT_EQ(made[0].tries, 2);
    EXPECT_EQ(made[0].malformed, 1);
    EXPECT_FALSE(made[0].fresh());
}

TEST(Parcel, ABatchThatIsNotWholeGoesSinglyUnderItsOwnIds) {
    const auto batch = batch_of({id('1'), id('2'), id('3')});
    const auto made = parcels_of({retry('1', batch, 0), retry('3', batch, 2)});
    ASSERT_EQ(made.size(), 2U);
    std::set<std::string> ids;
    for (const auto& one : made) {
        EXPECT_EQ(one.reports.size(), 1U);
        EXPECT_EQ(one.tries, 2);
        ids.insert(webhook_id_of(one));
    }
    EXPECT_EQ(ids.size(), 2U);
    EXPECT_FALSE(ids.contains(batch));
}

TEST(Parcel, BatchesAndSinglesAreKeptApart) {
    const auto left = batch_of({id('1'), id('2')});
    const auto right = batch_of({id('3'), id('4')});
    const auto made = parcels_of(
        {retry('1', left, 0),
         retry('3', right, 0),
         retry('5'),
         retry('2', left, 1),
         retry('4', right, 1)}
    );
    std::multiset<std::size_t> sizes;
    for (const auto& one : made)
        sizes.insert(one.reports.size());
    EXPECT_EQ(sizes, (std::multiset<std::size_t>{1, 2, 2}));
}

TEST(Parcel, NothingMakesNothing) {
    EXPECT_TRUE(parcels_of({}).empty());
}

TEST(Parcel, TheWebhookIdIsTheSameForTheSameMembersAndOnlyForThem) {
    parcel one;
    one.reports.resize(2);
    one.reports[0].id = id('1');
    one.reports[1].id = id('2');
    auto again = one;
    EXPECT_EQ(webhook_id_of(one), webhook_id_of(again));
    again.reports.pop_back();
    EXPECT_NE(webhook_id_of(one), webhook_id_of(again));
}

TEST(Parcel, OneThatWasNeverTriedIsFresh) {
    EXPECT_TRUE(parcel().fresh());
}

}  // namespace
}  // namespace pinwire::callback
