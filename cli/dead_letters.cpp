#include "cli/dead_letters.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/connect.hpp"
#include "cli/letter_again.hpp"
#include "cli/masking.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "common/core/time_format.hpp"
#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"

namespace pinwire::cli {
namespace {

std::vector<kafka::record> newest(
    const kafka::settings& where, const std::string& topic, std::int64_t limit
) {
    std::vector<kafka::record> found;
    kafka::read_ranges(where, letter_ranges(where, topic, limit), [&found](kafka::record one) {
        found.push_back(std::move(one));
    });
    sort_by_age(found);
    const auto wanted = static_cast<std::size_t>(limit);
    if (found.size() > wanted) {
        found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(wanted));
    }
    return found;
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

std::string unseal(const kafka::record& one, const key_ring& ring) {
    const auto clear = ring.unseal(*one.payload, letter_context(one));
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
    const auto settings = letter_settings(common, false);
    const auto& topic = letter_topic_name(options.topic, settings);
    const auto found = with_kafka(settings, [&](const kafka::settings& where) {
        return newest(where, topic, options.limit);
    });
    table rows({"PARTITION:OFFSET", "AT", "KEY", "ABOUT", "REASON", "FIELD", "REPLAYED", "BYTES"});
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
             std::to_string(times_replayed(one)),
             std::to_string(one.payload ? one.payload->size() : 0)}
        );
    }
    if (common.json) return exit_code::ok;
    print(rows.empty() ? fmt::format("{} is empty.\n", topic) : rows.text());
    return exit_code::ok;
}

exit_code show_dead_letter(const common_options& common, const show_options& options) {
    const auto wanted = parse_letter_place(options.at);
    const auto settings =
        letter_settings(common, options.open && options.topic == letter_topic::dlrs);
    const auto one = with_kafka(settings, [&](const kafka::settings& where) {
        return read_letter(where, letter_topic_name(options.topic, settings), wanted);
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
