#include "common/core/offset_tracker.hpp"

#include <algorithm>

namespace pinwire {

void partition_tracker::received(std::int64_t offset) {
    if (highest_ && offset <= *highest_) return;
    highest_ = offset;
    records_.push_back({offset, false});
    ++unfinished_;
}

std::optional<std::int64_t> partition_tracker::done(std::int64_t offset) {
    const auto found = std::lower_bound(
        records_.begin(),
        records_.end(),
        offset,
        [](const entry& one, std::int64_t wanted) { return one.offset < wanted; }
    );
    if (found == records_.end() || found->offset != offset || found->done) return std::nullopt;
    found->done = true;
    --unfinished_;
    if (found != records_.begin()) return std::nullopt;
    while (!records_.empty() && records_.front().done) {
        watermark_ = records_.front().offset + 1;
        records_.pop_front();
    }
    return watermark_;
}

std::uint64_t offset_tracker::assign(std::string_view topic, std::int32_t partition) {
    revoke(topic, partition);
    auto& fresh = topics_[std::string(topic)][partition];
    fresh.number = ++last_number_;
    return fresh.number;
}

std::optional<std::int64_t> offset_tracker::revoke(std::string_view topic, std::int32_t partition) {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return std::nullopt;
    const auto at = found->second.find(partition);
    if (at == found->second.end()) return std::nullopt;
    const auto last = at->second.records.watermark();
    unfinished_ -= at->second.records.unfinished();
    found->second.erase(at);
    return last;
}

bool offset_tracker::owns(std::string_view topic, std::int32_t partition, std::uint64_t assignment)
    const {
    const auto* found = find(topic, partition);
    return found != nullptr && found->number == assignment;
}

std::uint64_t offset_tracker::assignment(std::string_view topic, std::int32_t partition) const {
    const auto* found = find(topic, partition);
    return found == nullptr ? 0 : found->number;
}

bool offset_tracker::received(std::string_view topic, std::int32_t partition, std::int64_t offset) {
    auto* found = find(topic, partition);
    if (found == nullptr) return false;
    const auto before = found->records.unfinished();
    found->records.received(offset);
    unfinished_ += found->records.unfinished() - before;
    return true;
}

offset_tracker::completion offset_tracker::done(
    std::string_view topic, std::int32_t partition, std::uint64_t assignment, std::int64_t offset
) {
    auto* found = find(topic, partition);
    if (found == nullptr || found->number != assignment) return completion::stale;
    const auto before = found->records.unfinished();
    const auto moved = found->records.done(offset);
    unfinished_ -= before - found->records.unfinished();
    return moved ? completion::moved : completion::counted;
}

std::optional<std::int64_t> offset_tracker::watermark(
    std::string_view topic, std::int32_t partition
) const {
    const auto* found = find(topic, partition);
    return found == nullptr ? std::nullopt : found->records.watermark();
}

std::size_t offset_tracker::span_max() const noexcept {
    std::size_t widest = 0;
    for (const auto& [topic, partitions] : topics_) {
        for (const auto& [partition, one] : partitions) {
            widest = std::max(widest, one.records.span());
        }
    }
    return widest;
}

std::vector<std::pair<std::string, std::int32_t>> offset_tracker::partitions() const {
    std::vector<std::pair<std::string, std::int32_t>> all;
    for (const auto& [topic, partitions] : topics_) {
        for (const auto& [partition, one] : partitions)
            all.emplace_back(topic, partition);
    }
    return all;
}

const offset_tracker::assigned* offset_tracker::find(std::string_view topic, std::int32_t partition)
    const {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return nullptr;
    const auto at = found->second.find(partition);
    return at == found->second.end() ? nullptr : &at->second;
}

offset_tracker::assigned* offset_tracker::find(std::string_view topic, std::int32_t partition) {
    const auto found = topics_.find(topic);
    if (found == topics_.end()) return nullptr;
    const auto at = found->second.find(partition);
    return at == found->second.end() ? nullptr : &at->second;
}

}  // namespace pinwire
