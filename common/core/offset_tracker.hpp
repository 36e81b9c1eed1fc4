// Which records of which partitions are finished, and up to where a partition may be committed:
// the offset after the longest prefix of received records that are all done. Pure. Offsets grow
// within a partition but needn't be dense (transaction markers, compaction), so they are kept and
// never computed. Each assignment of a partition has a number of its own; completions that carry
// an older one are ignored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinwire {

// One partition in one assignment.
class partition_tracker {
public:
    // A record was given out. One at or below the highest received so far is a repeat and is not
    // tracked twice.
    void received(std::int64_t offset);

    // The new watermark if this moved it, else nullopt. Unknown and repeated ones are ignored.
    std::optional<std::int64_t> done(std::int64_t offset);

    // The offset to commit (next one to be read after a restart); nullopt: nothing finished yet.
    std::optional<std::int64_t> watermark() const noexcept { return watermark_; }
    std::size_t unfinished() const noexcept { return unfinished_; }
    // Records from the lowest unfinished to the highest received.
    std::size_t span() const noexcept { return records_.size(); }

private:
    struct entry {
        std::int64_t offset;
        bool done;
    };
    std::deque<entry> records_;  // ascending; the first is unfinished
    std::optional<std::int64_t> highest_;
    std::optional<std::int64_t> watermark_;
    std::size_t unfinished_ = 0;
};

class offset_tracker {
public:
    // A new assignment; its number is above all earlier ones. Forgets what the partition had.
    std::uint64_t assign(std::string_view topic, std::int32_t partition);
    // Ends it and gives its last watermark.
    std::optional<std::int64_t> revoke(std::string_view topic, std::int32_t partition);

    bool owns(std::string_view topic, std::int32_t partition, std::uint64_t assignment) const;
    // The present assignment; 0: none.
    std::uint64_t assignment(std::string_view topic, std::int32_t partition) const;

    // False if the partition isn't assigned: the record is not ours to handle.
    bool received(std::string_view topic, std::int32_t partition, std::int64_t offset);

    enum class completion {
        stale,    // of an assignment that is over, or never was
        counted,  // noted; the watermark stays
        moved,    // the watermark moved
    };
    completion done(
        std::string_view topic,
        std::int32_t partition,
        std::uint64_t assignment,
        std::int64_t offset
    );

    std::optional<std::int64_t> watermark(std::string_view topic, std::int32_t partition) const;
    std::size_t unfinished() const noexcept { return unfinished_; }
    std::size_t span_max() const noexcept;                                 // the widest partition's
    std::vector<std::pair<std::string, std::int32_t>> partitions() const;  // assigned ones

private:
    struct assigned {
        std::uint64_t number = 0;
        partition_tracker records;
    };
    using partitions_of_topic = std::map<std::int32_t, assigned>;

    const assigned* find(std::string_view topic, std::int32_t partition) const;
    assigned* find(std::string_view topic, std::int32_t partition);

    std::map<std::string, partitions_of_topic, std::less<>> topics_;
    std::uint64_t last_number_ = 0;
    std::size_t unfinished_ = 0;
};

}  // namespace pinwire
