// The oldest of many letters, as many as fit: bounded by their count and by their bytes, of which
// at most twice as many are held at any time. Those of one moment are kept or left out together,
// beyond the bounds if need be: whatever is left out is younger than all that is kept, so that one
// can go on from there and always gets further. Pure.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <vector>

#include "common/kafka/record.hpp"

namespace pinwire::cli {

class oldest_letters {
public:
    // One letter is kept however large it is.
    oldest_letters(std::size_t count_max, std::size_t bytes_max)
        : count_max_(count_max), bytes_max_(bytes_max) {}

    void add(kafka::record);
    std::vector<kafka::record> take();  // oldest first; once
    std::size_t left_out() const { return left_out_; }
    // The oldest that was left out; none: nothing was.
    std::optional<std::chrono::system_clock::time_point> go_on_from() const { return horizon_; }
    bool out_of_room() const { return out_of_room_; }  // fewer than count_max, for their bytes

private:
    void trim();

    std::size_t count_max_;
    std::size_t bytes_max_;
    std::size_t bytes_ = 0;
    std::size_t left_out_ = 0;
    bool out_of_room_ = false;
    std::vector<kafka::record> kept_;
    // Tried again no sooner: what is of one moment stays, however often it is looked at.
    std::size_t trim_count_ = 2 * count_max_;
    std::size_t trim_bytes_ = 2 * bytes_max_;
    std::optional<std::chrono::system_clock::time_point> horizon_;  // from there on nothing is kept
};

}  // namespace pinwire::cli
