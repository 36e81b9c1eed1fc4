#include "cli/dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "cli/connect.hpp"
#include "cli/masking.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "common/core/time_format.hpp"
#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"

namespace pinwire::cli {
namespace {

config::settings settings_for(const common_options& common, bool keys) {
    needed_secrets needed;
    needed.kafka = true;
    needed.keys = keys;
    return load_settings(common, needed);
}

const std::string& name_of(letter_topic topic, const config::settings& settings) {
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

std::vector<kafka::record> newest(
    const kafka::settings& where, const std::string& topic, std::int64_t limit
) {
    const auto partitions = kafka::end_offsets(where, topic);
    if (partitions.empty()) throw no_topic(topic);
    std::vector<kafka::offset_range> ranges;
    for (const auto& one : partitions) {
        kafka::offset_range range;
        range.at = one.at;
        range.from = std::max(one.first, one.end - limit);
        range.end = one.end;
        ranges.push_back(std::move(range));
    }
    std::vector<kafka::record> found;
    kafka::read_ranges(where, ranges, [&found](kafka::record one) {
        found.push_back(std::move(one));
    });
    std::stable_sort(found.begin(), found.end(), [](const auto& left, const auto& right) {
        return left.timestamp < right.timestamp;
    });
    const auto wanted = static_cast<std::size_t>(limit);
    if (found.size() > wanted) {
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(wanted));
    }
    return found;
}

std::string about(const kafka::record& one) {
    if (const auto carrier = header_of(one, "x-carrier"); !carrier.empty()) return carrier;
    const auto job = masked_job(one.payload.value_or(std::string()));
    if (job.is_null() || !job.contains("job_id") || !job["job_id"].is_string()) return "-";
    return job["job_id"].get<std::string>();
}

nlohmann::ordered_json summary_of(const kafka::record& one) {
    nlohmann::ordered_json out;
    out["topic"] = one.topic;
    out["partition"] = one.partition;
    out["offset"] = one.offset;
    out["at"] = format_rfc3339(one.timestamp);
    out["key"] = nullptr;
    if (one.key) out["key"] = masked_key(*one.key);
    out["bytes"] = one.payload ? one.payload->size() : 0;
    out["about"] = about(one);
    for (const auto& header : one.headers)
        out["headers"][header.name] = header.value;
    return out;
}

// What the listener and the settler bound their seals to.
std::string seal_context(const kafka::record& one) {
    const auto carrier = header_of(one, "x-carrier");
    return "dlr:" + (carrier.empty() ? std::string("settle") : carrier);
}

std::string unseal(const kafka::record& one, const key_ring& ring) {
    const auto clear = ring.unseal(*one.payload, seal_context(one));
    if (clear) return std::string(clear->reveal());
    throw failure(
        exit_code::failed,
        fmt::format(
            "{}:{} can't be opened with keys.ring_file: {}",
            one.partition,
            one.offset,
            to_string(clear.error())
        )
    );
}

struct place {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};

place parse_place(const std::string& text) {
    place made;
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

kafka::record read_one(
    const kafka::settings& where, const std::string& topic, const place& wanted
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

// The body as it may be shown: text, or JSON, or why it isn't shown.
nlohmann::ordered_json body_of(
    const kafka::record& one, const show_options& options, const config::settings& settings
) {
    if (!one.payload) return nullptr;
    if (options.topic == letter_topic::dlrs) {
        if (!options.open) return "(sealed: --open unseals it)";
        return unseal(one, *settings.keys.ring);
    }
    if (options.open) return *one.payload;
    auto masked = masked_job(*one.payload);
    if (masked.is_null()) return "(can't be masked: --open shows it as it is)";
    return masked;
}

}  // namespace

exit_code list_dead_letters(const common_options& common, const list_options& options) {
    const auto settings = settings_for(common, false);
    const auto& topic = name_of(options.topic, settings);
    const auto found = with_kafka(settings, [&](const kafka::settings& where) {
        return newest(where, topic, options.limit);
    });
    table rows({"PARTITION:OFFSET", "AT", "KEY", "ABOUT", "REASON", "FIELD", "BYTES"});
    for (const auto& one : found) {
        if (common.json) {
            print_json(summary_of(one));
            continue;
        }
        rows.add(
            {fmt::format("{}:{}", one.partition, one.offset),
             format_plain(one.timestamp),
             one.key ? masked_key(*one.key) : "-",
             about(one),
             header_of(one, "x-reason"),
             header_of(one, "x-field"),
             std::to_string(one.payload ? one.payload->size() : 0)}
        );
    }
    if (common.json) return exit_code::ok;
    print(rows.empty() ? fmt::format("{} is empty.\n", topic) : rows.text());
    return exit_code::ok;
}

exit_code show_dead_letter(const common_options& common, const show_options& options) {
    const auto wanted = parse_place(options.at);
    const auto settings = settings_for(common, options.open && options.topic == letter_topic::dlrs);
    const auto one = with_kafka(settings, [&](const kafka::settings& where) {
        return read_one(where, name_of(options.topic, settings), wanted);
    });
    auto shown = summary_of(one);
    if (options.open && one.key) shown["key"] = *one.key;
    shown["body"] = body_of(one, options, settings);
    if (common.json) {
        print_json(shown);
        return exit_code::ok;
    }
    std::string text;
    for (const char* name : {"topic", "partition", "offset", "at", "key", "bytes"}) {
        const auto& value = shown[name];
        const auto written = value.is_string() ? value.get<std::string>() : value.dump();
        text += fmt::format("{:<18} {}\n", name, printable(written));
    }
    for (const auto& header : one.headers)
        text += fmt::format("{:<18} {}\n", printable(header.name), printable(header.value));
    const auto& body = shown["body"];
    text += "\n" + printable(body.is_string() ? body.get<std::string>() : body.dump()) + "\n";
    print(text);
    return exit_code::ok;
}

}  // namespace pinwire::cli
