#include "cli/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "cli/connect.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"
#include "cli/table.hpp"
#include "cli/topic_plan.hpp"

namespace pinwire::cli {
namespace {

constexpr auto nothing_needed =
    "The embedded broker has no admin interface: it makes a topic when it is first used. Nothing "
    "is needed.\n";

constexpr auto usable_within = std::chrono::seconds(10);
constexpr auto ask_again_after = std::chrono::milliseconds(100);

bool has_leaders(const kafka::settings& where, const std::string& topic) {
    try {
        return !kafka::end_offsets(where, topic).empty();
    } catch (const std::runtime_error&) {
        return false;
    }
}

config::settings settings_for_kafka(const common_options& common) {
    needed_secrets needed;
    needed.kafka = true;
    return load_settings(common, needed);
}

std::string_view word_of(kafka::topic_created outcome) {
    switch (outcome) {
        case kafka::topic_created::created:
            return "created";
        case kafka::topic_created::existed:
            return "existed";
        case kafka::topic_created::unavailable:
            return "unavailable";
        case kafka::topic_created::failed:
            break;
    }
    return "failed";
}

void tell(const common_options& common, const std::vector<kafka::create_result>& results) {
    if (common.json) {
        auto all = nlohmann::ordered_json::array();
        for (const auto& one : results) {
            nlohmann::ordered_json row;
            row["topic"] = one.name;
            row["outcome"] = word_of(one.outcome);
            if (!one.error.empty()) row["error"] = one.error;
            all.push_back(std::move(row));
        }
        return print_json(all);
    }
    table rows({"TOPIC", "OUTCOME", "WHY"});
    for (const auto& one : results)
        rows.add({one.name, std::string(word_of(one.outcome)), one.error});
    print(rows.text());
}

// A topic has no leader for a moment after it was made, and a script's next command would stumble
// over that. Past the bound they exist all the same.
void wait_until_usable(
    const kafka::settings& where, const std::vector<kafka::create_result>& results
) {
    const auto by = std::chrono::steady_clock::now() + usable_within;
    for (const auto& one : results) {
        if (one.outcome != kafka::topic_created::created) continue;
        while (!has_leaders(where, one.name)) {
            if (std::chrono::steady_clock::now() > by) return;
            std::this_thread::sleep_for(ask_again_after);
        }
    }
}

nlohmann::ordered_json json_of(const kafka::topic_description& one) {
    nlohmann::ordered_json row;
    row["topic"] = one.name;
    row["exists"] = one.exists;
    row["partitions"] = one.partitions;
    row["replication"] = one.replication;
    for (const auto& [name, value] : one.config)
        row["config"][name] = value;
    return row;
}

std::vector<std::string> cells_of(const kafka::topic_description& one) {
    if (!one.exists) return {one.name, "missing", "", "", "", "", ""};
    const auto said = [&one](const char* name) {
        const auto at = one.config.find(name);
        return at == one.config.end() ? std::string("-") : at->second;
    };
    return {
        one.name,
        std::to_string(one.partitions),
        std::to_string(one.replication),
        said("retention.ms"),
        said("cleanup.policy"),
        said("min.insync.replicas"),
        said("message.timestamp.type")};
}

}  // namespace

exit_code create_topics(const common_options& common) {
    const auto settings = settings_for_kafka(common);
    const auto results = with_kafka(settings, [&settings](const kafka::settings& where) {
        auto made = kafka::create_topics(where, planned_topics(settings));
        wait_until_usable(where, made);
        return made;
    });
    const auto is = [](kafka::topic_created outcome) {
        return [outcome](const kafka::create_result& one) { return one.outcome == outcome; };
    };
    const bool without =
        std::all_of(results.begin(), results.end(), is(kafka::topic_created::unavailable));
    if (without && settings.kafka.embedded && !common.json) {
        print(nothing_needed);
        return exit_code::ok;
    }
    tell(common, results);
    if (without && settings.kafka.embedded) return exit_code::ok;
    if (without) {
        throw failure(
            exit_code::failed,
            "this broker has no admin interface; is it the embedded one? kafka.embedded = true "
            "says so"
        );
    }
    const bool any_failed =
        std::any_of(results.begin(), results.end(), is(kafka::topic_created::failed));
    return any_failed ? exit_code::failed : exit_code::ok;
}

exit_code show_topics(const common_options& common) {
    const auto settings = settings_for_kafka(common);
    std::vector<std::string> names;
    for (const auto& one : planned_topics(settings))
        names.push_back(one.name);
    const auto found = with_kafka(settings, [&names](const kafka::settings& where) {
        return kafka::describe_topics(where, names);
    });
    const auto findings =
        settings.kafka.embedded ? std::vector<finding>() : compare_topics(settings, found);
    const bool all_there =
        std::all_of(found.begin(), found.end(), [](const auto& one) { return one.exists; });
    const auto code = all_there || settings.kafka.embedded ? exit_code::ok : exit_code::failed;
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["topics"] = nlohmann::ordered_json::array();
        for (const auto& one : found)
            answer["topics"].push_back(json_of(one));
        answer["findings"] = nlohmann::ordered_json::array();
        for (const auto& one : findings)
            answer["findings"].push_back(one.topic + " " + one.text);
        print_json(answer);
        return code;
    }
    table rows({"TOPIC", "PARTITIONS", "REPLICAS", "RETENTION MS", "CLEANUP", "MIN ISR", "TIME"});
    for (const auto& one : found)
        rows.add(cells_of(one));
    print(rows.text());
    for (const auto& one : findings)
        print(fmt::format("{} {}\n", one.topic, one.text));
    return code;
}

}  // namespace pinwire::cli
