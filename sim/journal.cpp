#include "sim/journal.hpp"

#include <stdexcept>

namespace pinwire::sim {

namespace {

constexpr std::size_t unwritten_max = 1 << 20;

}  // namespace

journal::journal(std::size_t entries_max, const std::string& file)
    : entries_max_(entries_max == 0 ? 1 : entries_max) {
    if (file.empty()) return;
    file_.open(file, std::ios::app | std::ios::binary);
    if (!file_) throw std::runtime_error("can't open the log file " + file);
}

std::uint64_t journal::append(entry added) {
    if (file_.is_open()) {
        unwritten_ += added.line;
        unwritten_ += '\n';
        if (unwritten_.size() > unwritten_max) flush();
    }
    entries_.push_back(std::move(added));
    const std::uint64_t seq = next_seq_++;
    while (entries_.size() > entries_max_)
        drop_oldest();
    return seq;
}

namespace {

std::string whole_line(
    std::uint64_t seq, std::string_view type, std::uint64_t at_us, json_object& body
) {
    json_object head;
    head.add("seq", seq).add("type", type).add("at_us", at_us);
    std::string line = head.take();
    const std::string rest = body.take();
    if (rest.size() > 2) {  // more than {}
        line.back() = ',';
        line += std::string_view(rest).substr(1);
    }
    return line;
}

}  // namespace

std::uint64_t journal::add(std::string_view type, std::uint64_t at_us, json_object& body) {
    entry added;
    added.type = type;
    added.line = whole_line(next_seq_, type, at_us, body);
    return append(std::move(added));
}

std::uint64_t journal::add_accepted(
    std::uint64_t at_us, json_object& body, std::string_view number, std::string_view reference
) {
    entry added;
    added.type = "accepted";
    added.line = whole_line(next_seq_, added.type, at_us, body);
    added.number = number;
    added.reference = reference;
    by_number_[added.number].seqs.push_back(next_seq_);
    if (!added.reference.empty()) by_reference_[added.reference].seqs.push_back(next_seq_);
    return append(std::move(added));
}

std::uint64_t journal::add_spoken(std::uint64_t at_us, json_object& body, std::string_view number) {
    entry added;
    added.type = "spoken";
    added.line = whole_line(next_seq_, added.type, at_us, body);
    added.number = number;
    by_number_[added.number].seqs.push_back(next_seq_);
    return append(std::move(added));
}

void journal::forget(index& from, const std::string& key) {
    const auto found = from.find(key);
    if (found == from.end()) return;
    places& known = found->second;
    ++known.head;
    if (known.head == known.seqs.size()) {
        from.erase(found);
    } else if (known.head * 2 > known.seqs.size()) {
        known.seqs.erase(
            known.seqs.begin(), known.seqs.begin() + static_cast<std::ptrdiff_t>(known.head)
        );
        known.head = 0;
    }
}

void journal::drop_oldest() {
    const entry& oldest = entries_.front();
    if (!oldest.number.empty()) forget(by_number_, oldest.number);
    if (!oldest.reference.empty()) forget(by_reference_, oldest.reference);
    entries_.pop_front();
    ++dropped_;
}

std::string journal::lines(std::uint64_t from, std::size_t max, std::string_view type) const {
    std::string out;
    const std::uint64_t first = first_seq();
    std::size_t at = from > first ? static_cast<std::size_t>(from - first) : 0;
    for (std::size_t taken = 0; at < entries_.size() && taken < max; ++at) {
        if (!type.empty() && entries_[at].type != type) continue;
        out += entries_[at].line;
        out += '\n';
        ++taken;
    }
    return out;
}

std::vector<std::string_view> journal::accepted(std::string_view number, std::string_view reference)
    const {
    std::vector<std::string_view> found;
    const index& by = reference.empty() ? by_number_ : by_reference_;
    const auto known = by.find(std::string(reference.empty() ? number : reference));
    if (known == by.end()) return found;
    const places& where = known->second;
    for (std::size_t at = where.head; at < where.seqs.size(); ++at) {
        const entry& one = entries_[static_cast<std::size_t>(where.seqs[at] - first_seq())];
        if (!number.empty() && one.number != number) continue;
        if (one.type == "accepted") found.emplace_back(one.line);
    }
    return found;
}

std::vector<std::string_view> journal::heard(std::string_view number) const {
    std::vector<std::string_view> found;
    const auto known = by_number_.find(std::string(number));
    if (known == by_number_.end()) return found;
    const places& where = known->second;
    for (std::size_t at = where.head; at < where.seqs.size(); ++at)
        found.emplace_back(entries_[static_cast<std::size_t>(where.seqs[at] - first_seq())].line);
    return found;
}

void journal::clear() {
    entries_.clear();
    by_number_.clear();
    by_reference_.clear();
    dropped_ = 0;
}

void journal::flush() {
    if (!file_.is_open() || unwritten_.empty()) return;
    file_.write(unwritten_.data(), static_cast<std::streamsize>(unwritten_.size()));
    file_.flush();
    unwritten_.clear();
}

}  // namespace pinwire::sim
