// What all commands about dead letters share: where the letters stand, and how one is named and
// read without touching a committed offset. Blocking; what goes wrong is a failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.hpp"
#include "common/config/settings.hpp"
#include "common/kafka/record.hpp"
#include "common/kafka/settings.hpp"
#include "common/kafka/topic_reader.hpp"

namespace pinwire::cli {

enum class letter_topic { jobs, dlrs };

// With the secrets for Kafka, and the key ring if asked.
config::settings letter_settings(const common_options&, bool keys);

const std::string& letter_topic_name(letter_topic, const config::settings&);
failure no_topic(const std::string& name);

struct letter_place {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
};
letter_place parse_letter_place(const std::string& text);  // PARTITION:OFFSET

kafka::record read_letter(
    const kafka::settings& where, const std::string& topic, const letter_place& wanted
);

// From each partition the last `newest` records, or all of them. No such topic: a failure.
std::vector<kafka::offset_range> letter_ranges(
    const kafka::settings& where, const std::string& topic, std::optional<std::int64_t> newest = {}
);
void sort_by_age(std::vector<kafka::record>& all);  // oldest first

std::string header_of(const kafka::record& one, std::string_view name);  // empty: there is none

// A report's carrier or a job's id, as far as it can be read; nothing secret.
std::string about(const kafka::record& one);

}  // namespace pinwire::cli
