#include "cli/topic_plan.hpp"

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>

#include "common/config/loader.hpp"

namespace pinwire::cli {
namespace {

using milliseconds = std::chrono::milliseconds;

kafka::topic_spec spec_of(
    const config::settings& from, const std::string& name, milliseconds retention
) {
    const auto& topics = from.kafka.topics;
    kafka::topic_spec made;
    made.name = name;
    made.partitions = topics.partitions;
    made.replication = topics.replication;
    made.config["retention.ms"] = std::to_string(retention.count());
    made.config["cleanup.policy"] = "delete";
    // A replica that lacks acknowledged records never leads, whatever the cluster's own value is.
    made.config["unclean.leader.election.enable"] = "false";
    // A write is safe once two have it; with fewer replicas the cluster's own value stands.
    if (topics.replication >= 3) made.config["min.insync.replicas"] = "2";
    return made;
}

std::optional<std::int64_t> number_in(const kafka::topic_description& of, const char* name) {
    const auto at = of.config.find(name);
    if (at == of.config.end()) return std::nullopt;
    std::int64_t value = 0;
    const auto& text = at->second;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{}) return std::nullopt;
    return value;
}

std::string text_in(const kafka::topic_description& of, const char* name) {
    const auto at = of.config.find(name);
    return at == of.config.end() ? std::string() : at->second;
}

// One topic's findings, in the order of what hurts.
class comparison {
public:
    comparison(
        const config::settings& from,
        const kafka::topic_spec& planned,
        const kafka::topic_description& found,
        std::vector<finding>& to
    )
        : settings_(from), planned_(planned), found_(found), to_(to) {}

    void run() {
        if (!found_.exists) return warn("isn't there: `pinwire topics create` makes it");
        if (found_.partitions != planned_.partitions)
            warn(fmt::format(
                "has {} partitions; kafka.topics.partitions is {}",
                found_.partitions,
                planned_.partitions
            ));
        if (found_.replication < 3)
            warn(fmt::format(
                "has {} replica{}: what a broker loses is lost; at least 3",
                found_.replication,
                found_.replication == 1 ? "" : "s"
            ));
        // Without them nothing is known of what follows: silence would pass for "as planned". The
        // embedded broker has none.
        if (!found_.config_available) {
            if (!settings_.kafka.embedded)
                warn("has settings that can't be read: Kafka must allow DescribeConfigs on it");
            return;
        }
        compare_safety();
        compare_retention();
        compare_time();
    }

private:
    void warn(std::string text) { add(false, std::move(text)); }
    void add(bool refuses, std::string text) {
        finding made;
        made.refuses = refuses;
        made.topic = planned_.name;
        made.text = std::move(text);
        to_.push_back(std::move(made));
    }

    void compare_safety() {
        if (text_in(found_, "cleanup.policy").find("compact") != std::string::npos)
            warn("is compacted: records would vanish; cleanup.policy=delete");
        const auto in_sync = number_in(found_, "min.insync.replicas");
        if (in_sync && *in_sync < 2)
            warn(fmt::format(
                "has min.insync.replicas {}: one broker's word counts as durable; at least 2",
                *in_sync
            ));
        if (text_in(found_, "unclean.leader.election.enable") == "true")
            warn(
                "has unclean.leader.election.enable true: a replica that lacks acknowledged "
                "records may lead; false"
            );
    }

    void compare_retention() {
        const auto said = number_in(found_, "retention.ms");
        if (!said) return;
        const bool forever = *said < 0;
        const auto kept = milliseconds(forever ? std::numeric_limits<std::int64_t>::max() : *said);
        const auto words = forever ? std::string("for ever") : config::to_duration_text(kept);
        const auto wanted = milliseconds(number_of_plan());
        if (kept < wanted)
            warn(fmt::format(
                "keeps records {}; the configuration says {}",
                words,
                config::to_duration_text(wanted)
            ));
        const auto& topics = settings_.kafka.topics;
        if (planned_.name == topics.jobs) compare_jobs(kept, words);
        if (planned_.name == topics.jobs_dead && kept > topics.jobs_retention)
            warn(fmt::format(
                "keeps records {}, longer than {}: it may hold what a producer wrote in clear",
                words,
                topics.jobs
            ));
    }

    void compare_jobs(milliseconds kept, const std::string& words) {
        const auto& database = settings_.postgres;
        if (kept > database.keep_jobs)
            add(true,
                fmt::format(
                    "keeps records {}, longer than postgres.keep_jobs ({}): a replay could be sent "
                    "again",
                    words,
                    config::to_duration_text(database.keep_jobs)
                ));
        else if (kept > database.dedupe_horizon)
            warn(fmt::format(
                "keeps records {}, longer than postgres.dedupe_horizon ({}): older ones end "
                "expired",
                words,
                config::to_duration_text(database.dedupe_horizon)
            ));
    }

    void compare_time() {
        const auto wanted = planned_.config.find("message.timestamp.type");
        if (wanted == planned_.config.end()) return;
        const auto type = text_in(found_, "message.timestamp.type");
        if (!type.empty() && type != wanted->second)
            warn(fmt::format("keeps the producers' time ({}); {}", type, wanted->second));
    }

    std::int64_t number_of_plan() const { return std::stoll(planned_.config.at("retention.ms")); }

    const config::settings& settings_;
    const kafka::topic_spec& planned_;
    const kafka::topic_description& found_;
    std::vector<finding>& to_;
};

}  // namespace

std::vector<kafka::topic_spec> planned_topics(const config::settings& from) {
    const auto& names = from.kafka.topics;
    std::vector<kafka::topic_spec> all;
    all.push_back(spec_of(from, names.jobs, names.jobs_retention));
    all.push_back(spec_of(from, names.jobs_dead, names.jobs_dead_retention));
    // "Never later than the broker's time" needs the broker's time.
    for (auto& one : all)
        one.config["message.timestamp.type"] = "LogAppendTime";
    all.push_back(spec_of(from, names.dlrs, names.dlrs_retention));
    all.push_back(spec_of(from, names.dlrs_dead, names.dlrs_dead_retention));
    all.push_back(spec_of(from, names.events, names.events_retention));
    return all;
}

std::vector<finding> compare_topics(
    const config::settings& from, const std::vector<kafka::topic_description>& found
) {
    std::vector<finding> all;
    for (const auto& planned : planned_topics(from)) {
        for (const auto& one : found) {
            if (one.name == planned.name) comparison(from, planned, one, all).run();
        }
    }
    return all;
}

}  // namespace pinwire::cli
