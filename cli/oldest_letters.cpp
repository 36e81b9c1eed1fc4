#include "cli/oldest_letters.hpp"

#include <algorithm>
#include <utility>

#include "cli/letters.hpp"

namespace pinwire::cli {
namespace {

std::size_t size_of(const kafka::record& one) {
    std::size_t bytes = sizeof one + one.topic.size();
    bytes += one.key ? one.key->size() : 0;
    bytes += one.payload ? one.payload->size() : 0;
    for (const auto& header : one.headers)
        bytes += sizeof header + header.name.size() + header.value.size();
    return bytes;
}

}  // namespace

void oldest_letters::add(kafka::record one) {
    if (horizon_ && one.timestamp >= *horizon_) {
        ++left_out_;
        return;
    }
    bytes_ += size_of(one);
    kept_.push_back(std::move(one));
    if (kept_.size() >= trim_count_ || bytes_ >= trim_bytes_) trim();
}

void oldest_letters::trim() {
    sort_by_age(kept_);
    std::size_t count = 0;
    std::size_t bytes = 0;
    while (count < kept_.size() && count < count_max_) {
        const auto size = size_of(kept_[count]);
        if (count > 0 && bytes + size > bytes_max_) break;
        bytes += size;
        ++count;
    }
    const bool full = count < count_max_;
    for (; count > 0 && count < kept_.size(); ++count) {
        if (kept_[count].timestamp != kept_[count - 1].timestamp) break;
        bytes += size_of(kept_[count]);
    }
    bytes_ = bytes;
    trim_count_ = 2 * std::max(count_max_, count);
    trim_bytes_ = 2 * std::max(bytes_max_, bytes);
    if (count == kept_.size()) return;
    out_of_room_ = out_of_room_ || full;
    horizon_ = kept_[count].timestamp;
    left_out_ += kept_.size() - count;
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(count), kept_.end());
}

std::vector<kafka::record> oldest_letters::take() {
    trim();
    return std::move(kept_);
}

}  // namespace pinwire::cli
