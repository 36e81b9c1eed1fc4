#include "cli/letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "cli/masking.hpp"
#include "cli/settings_file.hpp"
#include "common/kafka/topics.hpp"

namespace pinwire::cli {

config::settings letter_settings(const common_options& common, bool keys) {
    needed_secrets needed;
    needed.kafka = true;
    needed.keys = keys;
    return load_settings(common, needed);
}

const std::string& letter_topic_name(letter_topic topic, const config::settings& settings) {
    const auto& topics = settings.kafka.topics;
    return topic == letter_topic::jobs ? topics.jobs_dead : topics.dlrs_dead;
}

std::string header_of(const kafka::record& one, std::string_view name) {
    const auto* value = one.find_header(name);
    return value == nullptr ? std::string() : *value;
}

failure no_topic(const std::string& name) {
    return failure(
        exit_code::failed,
        fmt::format("there is no topic {}: `pinwire topics create` makes it", name)
    );
}

std::vector<kafka::offset_range> letter_ranges(
    const kafka::settings& where, const std::string& topic, std::optional<std::int64_t> newest
) {
    const auto partitions = kafka::end_offsets(where, topic);
    if (partitions.empty()) throw no_topic(topic);
    std::vector<kafka::offset_range> ranges;
    for (const auto& one : partitions) {
        kafka::offset_range range;
        range.at = one.at;
        range.from = newest ? std::max(one.first, one.end - *newest) : one.first;
        range.end = one.end;
        ranges.push_back(std::move(range));
    }
    return ranges;
}

void sort_by_age(std::vector<kafka::record>& all) {
    std::stable_sort(all.begin(), all.end(), [](const auto& left, const auto& right) {
        return left.timestamp < right.timestamp;
    });
}

std::string about(const kafka::record& one) {
    if (const auto carrier = header_of(one, "x-carrier"); !carrier.empty()) return carrier;
    const auto job = masked_job(one.payload.value_or(std::string()));
    if (job.is_null() || !job.contains("job_id") || !job["job_id"].is_string()) return "-";
    return job["job_id"].get<std::string>();
}

letter_place parse_letter_place(const std::string& text) {
    letter_place made;
    const char* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, made.partition);
    if (first.ec == std::errc{} && first.ptr != end && *first.ptr == ':') {
        const auto second = std::from_chars(first.ptr + 1, end, made.offset);
        if (second.ec == std::errc{} && second.ptr == end && made.partition >= 0 &&
            made.offset >= 0)
            return made;
    }
    throw failure(
        exit_code::wrong,
        fmt::format("\"{}\" is no PARTITION:OFFSET; `pinwire dead-letters list` shows them", text)
    );
}

kafka::record read_letter(
    const kafka::settings& where, const std::string& topic, const letter_place& wanted
) {
    std::vector<kafka::record> found;
    bool there = false;
    for (const auto& one : kafka::end_offsets(where, topic)) {
        if (one.at.partition != wanted.partition) continue;
        there = wanted.offset >= one.first && wanted.offset < one.end;
        kafka::offset_range range;
        range.at = one.at;
        range.from = wanted.offset;
        range.end = wanted.offset + 1;
        if (!there) continue;
        kafka::read_ranges(where, {range}, [&found](kafka::record record) {
            found.push_back(std::move(record));
        });
    }
    if (there && !found.empty() && found.front().offset == wanted.offset) return found.front();
    throw failure(
        exit_code::failed,
        fmt::format("{} has no record {}:{} (any more)", topic, wanted.partition, wanted.offset)
    );
}

}  // namespace pinwire::cli
