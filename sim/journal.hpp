// The log that test oracles read: one JSON line for every send, lookup, posted report and customer
// report, in the order in which they happened, numbered without gaps from 1. Kept in memory up to a
// bound (the oldest go first, and are counted) and, if asked for, appended to a file. Finds
// accepted sends by number and by reference. Single-threaded; the clock comes in as an argument.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/json_text.hpp"

namespace pinwire::sim {

class journal {
public:
    journal(std::size_t entries_max, const std::string& file);  // throws if the file can't be had

    // The body's members follow seq, type and at_us. Returns the entry's number.
    std::uint64_t add(std::string_view type, std::uint64_t at_us, json_object& body);
    // The same for an accepted send, which can then be found by number and reference.
    std::uint64_t add_accepted(
        std::uint64_t at_us, json_object& body, std::string_view number, std::string_view reference
    );
    // What a call said that had to ask for it.
    std::uint64_t add_spoken(std::uint64_t at_us, json_object& body, std::string_view number);

    // Lines from that number on, at most so many; with the line ends.
    std::string lines(std::uint64_t from, std::size_t max, std::string_view type) const;
    // Accepted sends, oldest first, as lines without ends; either key may be empty, not both.
    std::vector<std::string_view> accepted(std::string_view number, std::string_view reference)
        const;

    // Accepted sends, and what was said in calls, to that number, oldest first.
    std::vector<std::string_view> heard(std::string_view number) const;

    std::uint64_t first_seq() const { return next_seq_ - entries_.size(); }
    std::uint64_t next_seq() const { return next_seq_; }
    std::uint64_t dropped() const { return dropped_; }

    void clear();  // numbers go on
    void flush();  // what the file has not yet

private:
    struct entry {
        std::string type;
        std::string line;
        std::string number;     // of accepted sends and what was spoken
        std::string reference;  // of accepted sends
    };
    // Numbers of entries, oldest first; what stands before `head` is gone from memory.
    struct places {
        std::vector<std::uint64_t> seqs;
        std::size_t head = 0;
    };
    using index = std::unordered_map<std::string, places>;

    std::uint64_t append(entry added);
    void drop_oldest();
    static void forget(index& from, const std::string& key);

    std::size_t entries_max_;
    std::deque<entry> entries_;
    std::uint64_t next_seq_ = 1;
    std::uint64_t dropped_ = 0;
    index by_number_;
    index by_reference_;
    std::ofstream file_;
    std::string unwritten_;
};

}  // namespace pinwire::sim
