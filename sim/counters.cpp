#include "sim/counters.hpp"

#include "sim/json_text.hpp"

namespace pinwire::sim {

namespace {

std::string counts_json(const outcome_counts& counts) {
    json_object text;
    for (const auto& [name, count] : counts)
        text.add(name, count);
    return text.take();
}

std::string groups_json(const std::map<std::string, outcome_counts, std::less<>>& groups) {
    json_object text;
    for (const auto& [name, counts] : groups)
        text.add_raw(name, counts_json(counts));
    return text.take();
}

}  // namespace

void counters::bump(groups& in, std::string_view group, std::string_view outcome, std::uint64_t n) {
    auto found = in.find(group);
    if (found == in.end()) {
        // Names come with requests: a stranger's flood of them must not grow without end.
        const std::string_view name = in.size() < groups_max ? group : "others";
        found = in.try_emplace(std::string(name)).first;
    }
    const auto count = found->second.find(outcome);
    if (count != found->second.end()) {
        count->second += n;
    } else {
        found->second.emplace(std::string(outcome), n);
    }
}

std::uint64_t counters::read(const groups& in, std::string_view group, std::string_view outcome) {
    const auto found = in.find(group);
    if (found == in.end()) return 0;
    const auto count = found->second.find(outcome);
    return count == found->second.end() ? 0 : count->second;
}

std::uint64_t counters::send_count(std::string_view group, std::string_view outcome) const {
    return read(sends_, group, outcome);
}

std::uint64_t counters::lookup_count(std::string_view group, std::string_view outcome) const {
    return read(lookups_, group, outcome);
}

std::uint64_t counters::customer_count(std::string_view name, std::string_view what) const {
    return read(customers_, name, what);
}

std::string counters::to_json(std::size_t dlrs_waiting) const {
    json_object posted;
    posted.add("posts", dlrs.posts).add("tries", dlrs.tries).add("taken", dlrs.taken);
    posted.add("not_taken", dlrs.not_taken).add("unanswered", dlrs.unanswered);
    posted.add("retries", dlrs.retries).add("given_up", dlrs.given_up);
    posted.add("dropped", dlrs.dropped).add("waiting", std::uint64_t{dlrs_waiting});
    json_object text;
    text.add_raw("sends", groups_json(sends_)).add_raw("lookups", groups_json(lookups_));
    text.add_raw("dlrs", posted.take()).add_raw("customers", groups_json(customers_));
    return text.take();
}

}  // namespace pinwire::sim
