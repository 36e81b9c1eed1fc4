// The commit point of a partition under every order of completion, and what a stale completion
// must not do.
#include "common/core/offset_tracker.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <vector>

namespace pinwire {
namespace {

using completion = offset_tracker::completion;

// What the watermark must be: after the last of the done prefix.
std::optional<std::int64_t> expected(
    const std::vector<std::int64_t>& offsets, const std::vector<bool>& done
) {
    std::optional<std::int64_t> mark;
    for (std::size_t i = 0; i < offsets.size() && done[i]; ++i)
        mark = offsets[i] + 1;
    return mark;
}

void check_all_orders(const std::vector<std::int64_t>& offsets) {
    std::vector<std::size_t> order(offsets.size());
    std::iota(order.begin(), order.end(), 0U);
    do {
        partition_tracker tracker;
        for (const auto offset : offsets)
            tracker.received(offset);
        std::vector<bool> done(offsets.size());
        std::size_t left = offsets.size();
        for (const auto i : order) {
            const auto before = tracker.watermark();
            const auto moved = tracker.done(offsets[i]);
            done[i] = true;
            --left;
            ASSERT_EQ(tracker.watermark(), expected(offsets, done));
            ASSERT_EQ(moved.has_value(), before != tracker.watermark());
            ASSERT_EQ(tracker.unfinished(), left);
        }
        ASSERT_EQ(tracker.span(), 0U);
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(PartitionTracker, FollowsTheDonePrefixInEveryOrderOfCompletion) {
    for (std::int64_t size = 1; size <= 7; ++size) {
        std::vector<std::int64_t> dense(static_cast<std::size_t>(size));
        std::iota(dense.begin(), dense.end(), 40);
        check_all_orders(dense);
    }
}

TEST(PartitionTracker, NeedsNoDenseOffsets) {
    check_all_orders({0, 2, 3, 17, 1'000'000'000'000, 1'000'000'000'002});
}

TEST(PartitionTracker, TakesRecordsWhileOthersFinish) {
    partition_tracker tracker;
    tracker.received(5);
    tracker.received(6);
    EXPECT_EQ(tracker.done(6), std::nullopt);
    tracker.received(9);
    EXPECT_EQ(tracker.span(), 3U);
    EXPECT_EQ(tracker.done(5), 7);
    EXPECT_EQ(tracker.span(), 1U);
    EXPECT_EQ(tracker.done(9), 10);
}

TEST(PartitionTracker, IgnoresARepeatedRecordAndARepeatedCompletion) {
    partition_tracker tracker;
    tracker.received(5);
    tracker.received(6);
    tracker.received(5);  // fetched twice
    EXPECT_EQ(tracker.unfinished(), 2U);
    EXPECT_EQ(tracker.done(5), 6);
    EXPECT_EQ(tracker.done(5), std::nullopt);
    tracker.received(5);
    EXPECT_EQ(tracker.unfinished(), 1U);
    EXPECT_EQ(tracker.watermark(), 6);
}

TEST(PartitionTracker, IgnoresTheCompletionOfWhatItNeverSaw) {
    partition_tracker tracker;
    tracker.received(5);
    EXPECT_EQ(tracker.done(4), std::nullopt);
    EXPECT_EQ(tracker.done(6), std::nullopt);
    EXPECT_EQ(tracker.unfinished(), 1U);
    EXPECT_EQ(tracker.watermark(), std::nullopt);
}

TEST(OffsetTracker, NeverPassesAnUnfinishedRecord) {
    offset_tracker tracker;
    const auto first = tracker.assign("pin.jobs", 3);
    for (const auto offset : {10, 11, 12})
        EXPECT_TRUE(tracker.received("pin.jobs", 3, offset));
    EXPECT_EQ(tracker.done("pin.jobs", 3, first, 12), completion::counted);
    EXPECT_EQ(tracker.done("pin.jobs", 3, first, 11), completion::counted);
    EXPECT_EQ(tracker.watermark("pin.jobs", 3), std::nullopt);
    EXPECT_EQ(tracker.span_max(), 3U);
    EXPECT_EQ(tracker.done("pin.jobs", 3, first, 10), completion::moved);
    EXPECT_EQ(tracker.watermark("pin.jobs", 3), 13);
    EXPECT_EQ(tracker.unfinished(), 0U);
}

TEST(OffsetTracker, IgnoresCompletionsOfAnEarlierAssignment) {
    offset_tracker tracker;
    const auto first = tracker.assign("pin.jobs", 0);
    tracker.received("pin.jobs", 0, 7);
    EXPECT_EQ(tracker.revoke("pin.jobs", 0), std::nullopt);
    EXPECT_FALSE(tracker.owns("pin.jobs", 0, first));
    EXPECT_EQ(tracker.done("pin.jobs", 0, first, 7), completion::stale);

    const auto second = tracker.assign("pin.jobs", 0);
    EXPECT_GT(second, first);
    tracker.received("pin.jobs", 0, 7);  // fetched again
    EXPECT_EQ(tracker.done("pin.jobs", 0, first, 7), completion::stale);
    EXPECT_EQ(tracker.unfinished(), 1U);
    EXPECT_EQ(tracker.done("pin.jobs", 0, second, 7), completion::moved);
    EXPECT_EQ(tracker.revoke("pin.jobs", 0), 8);
}

TEST(OffsetTracker, RefusesRecordsOfPartitionsThatAreNotAssigned) {
    offset_tracker tracker;
    tracker.assign("pin.jobs", 0);
    EXPECT_FALSE(tracker.received("pin.jobs", 1, 0));
    EXPECT_FALSE(tracker.received("pin.dlrs", 0, 0));
    EXPECT_EQ(tracker.unfinished(), 0U);
    EXPECT_EQ(tracker.assignment("pin.jobs", 1), 0U);
}

TEST(OffsetTracker, KeepsPartitionsApart) {
    offset_tracker tracker;
    const auto zero = tracker.assign("pin.jobs", 0);
    const auto one = tracker.assign("pin.jobs", 1);
    tracker.received("pin.jobs", 0, 5);
    tracker.received("pin.jobs", 1, 5);
    EXPECT_EQ(tracker.done("pin.jobs", 1, zero, 5), completion::stale);
    EXPECT_EQ(tracker.done("pin.jobs", 1, one, 5), completion::moved);
    EXPECT_EQ(tracker.watermark("pin.jobs", 0), std::nullopt);
    EXPECT_EQ(tracker.unfinished(), 1U);
    EXPECT_EQ(tracker.partitions().size(), 2U);
    tracker.revoke("pin.jobs", 0);
    EXPECT_EQ(tracker.unfinished(), 0U);
    EXPECT_EQ(tracker.partitions().size(), 1U);
}

TEST(OffsetTracker, ForgetsOpenRecordsWhenAPartitionIsAssignedAnew) {
    offset_tracker tracker;
    tracker.assign("pin.jobs", 0);
    tracker.received("pin.jobs", 0, 5);
    tracker.assign("pin.jobs", 0);
    EXPECT_EQ(tracker.unfinished(), 0U);
    EXPECT_EQ(tracker.watermark("pin.jobs", 0), std::nullopt);
}

}  // namespace
}  // namespace pinwire
