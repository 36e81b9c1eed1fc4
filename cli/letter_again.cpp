#include "cli/letter_again.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "cli/letters.hpp"
#include "common/carriers/intake.hpp"
#include "common/carriers/registry.hpp"
#include "common/carriers/reread.hpp"
#include "common/core/dlr.hpp"
#include "common/core/job_codec.hpp"

namespace pinwire::cli {
namespace {

using time_point = std::chrono::system_clock::time_point;
using std::chrono::milliseconds;

constexpr const char* replayed = "pinwire-replayed";
constexpr const char* replayed_from = "pinwire-replayed-from";
constexpr const char* first_time = "x-orig-timestamp";

std::optional<std::int64_t> number_of(const std::string& text) {
    std::int64_t number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return number;
}

void add(kafka::message& to, const char* name, std::string value) {
    kafka::header made;
    made.name = name;
    made.value = std::move(value);
    to.headers.push_back(std::move(made));
}

void mark(kafka::message& one, const kafka::record& letter) {
    std::erase_if(one.headers, [](const kafka::header& header) {
        return header.name == replayed || header.name == replayed_from;
    });
    add(one, replayed, std::to_string(times_replayed(letter) + 1));
    add(one, replayed_from, fmt::format("{}/{}/{}", letter.topic, letter.partition, letter.offset));
}

again staying(std::string why) {
    again made;
    made.stays = std::move(why);
    return made;
}

// As the worker reads it (worker/decode.cpp): never later than the letter itself.
time_point origin_time(const kafka::record& letter) {
    const auto ms = number_of(header_of(letter, first_time));
    const auto own = std::chrono::duration_cast<milliseconds>(letter.timestamp.time_since_epoch());
    if (!ms || *ms <= 0 || *ms >= own.count()) return letter.timestamp;
    return time_point(milliseconds(*ms));
}

kafka::message as_it_was(const kafka::record& letter, const std::string& topic) {
    kafka::message made;
    made.topic = topic;
    made.key = letter.key;
    made.payload = letter.payload;
    for (const auto& header : letter.headers) {
        if (!header.name.starts_with("x-")) made.headers.push_back(header);
    }
    const auto since = origin_time(letter).time_since_epoch();
    add(made, first_time, std::to_string(std::chrono::duration_cast<milliseconds>(since).count()));
    mark(made, letter);
    return made;
}

}  // namespace

int times_replayed(const kafka::record& letter) {
    const auto times = number_of(header_of(letter, replayed));
    return times ? static_cast<int>(std::clamp<std::int64_t>(*times, 0, 1'000'000)) : 0;
}

std::string letter_context(const kafka::record& letter) {
    const auto carrier = header_of(letter, "x-carrier");
    return "dlr:" + (carrier.empty() ? std::string("settle") : carrier);
}

again job_again(const kafka::record& letter, const config::settings& settings, time_point now) {
    const auto& topic = settings.kafka.topics.jobs;
    const auto from = header_of(letter, "x-orig-topic");
    if (!from.empty() && from != topic)
        return staying(fmt::format("it came from {}, not from {}", from, topic));
    if (!letter.payload) return staying("only its hash was kept");
    if (header_of(letter, "x-reason") == "job_id_reused")
        return staying("its job_id is another job's");
    const auto origin = origin_time(letter);
    const auto job = decode_job(*letter.payload, origin);
    if (!job) {
        const auto& error = job.error();
        return staying(fmt::format("still no job: {} {}", error.reason, error.field));
    }
    again made;
    made.late = job->send_by() <= now || origin + settings.postgres.dedupe_horizon < now;
    made.messages.push_back(as_it_was(letter, topic));
    return made;
}

dlr_letters::dlr_letters(const config::settings& settings, const key_ring& keys)
    : settings_(settings), keys_(keys) {
    for (const auto& [name, carrier] : settings.carriers)
        carriers_.emplace(name, carriers::make_carrier(carrier.translator));
}

again dlr_letters::read(const kafka::record& letter) const {
    if (!letter.payload) return staying("it is empty");
    // it might be read as something that it isn't
    if (letter.find_header("x-sha256") != nullptr) return staying("only its beginning was kept");
    const auto clear = keys_.unseal(*letter.payload, letter_context(letter));
    if (!clear) return staying(fmt::format("it can't be unsealed: {}", to_string(clear.error())));
    std::string raw(clear->reveal());
    if (letter.find_header("x-carrier") != nullptr) return reread(letter, raw);
    const auto one = decode_dlr(raw);
    if (!one) return staying("still no report: " + one.error());
    again made;
    kafka::message message;
    message.topic = settings_.kafka.topics.dlrs;
    message.key = letter.key ? *letter.key : carriers::key_of(*one);
    message.payload = std::move(raw);
    mark(message, letter);
    made.messages.push_back(std::move(message));
    return made;
}

again dlr_letters::reread(const kafka::record& letter, const std::string& raw) const {
    const carrier_name name(header_of(letter, "x-carrier"));
    const auto found = carriers_.find(name);
    if (found == carriers_.end()) return staying("there is no carrier of its name any more");
    const auto& carrier = *found->second;
    const auto on = header_of(letter, "x-channel") == "voice" ? channel::voice : channel::sms;
    auto reading = carriers::read_again(carrier, raw, header_of(letter, "x-content-type"), on);
    if (reading.entries.empty()) return staying("its carrier's reports are still not read so");
    // The token proves the attempt only for the one entry of its request. A request that was
    // nothing but its target holds one: letters of versions that didn't say so yet (Kannel's) fit,
    // too.
    const bool only = header_of(letter, "x-alone") == "1" || raw.starts_with('/');
    const bool alone = only && reading.entries.size() == 1 && reading.unreadable.empty();
    again made;
    for (auto& entry : reading.entries) {
        carriers::take_in(entry, carrier.config(), on);
        entry.carrier = name;
        if (alone) entry.token = attempt_id::parse(header_of(letter, "x-attempt"));
        entry.intake_at = letter.timestamp;
        kafka::message message;
        message.topic = settings_.kafka.topics.dlrs;
        message.key = carriers::key_of(entry);
        message.payload = encode_dlr(entry);
        mark(message, letter);
        made.messages.push_back(std::move(message));
    }
    return made;
}

}  // namespace pinwire::cli
