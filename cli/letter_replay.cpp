#include "cli/letter_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <utility>

#include "cli/connect.hpp"
#include "cli/letter_again.hpp"
#include "cli/oldest_letters.hpp"
#include "cli/output.hpp"
#include "cli/table.hpp"
#include "cli/times.hpp"
#include "common/core/time_format.hpp"
#include "common/kafka/topic_reader.hpp"
#include "common/kafka/topics.hpp"
#include "common/runtime/deadline.hpp"

namespace pinwire::cli {
namespace {

using clock = std::chrono::system_clock;

constexpr auto read_limit = std::chrono::minutes(5);
constexpr std::size_t letters_bytes_max = 64 << 20;
constexpr const char* too_late = "too late to be sent: --late ends it expired";

struct decided {
    kafka::record letter;  // without what was in it
    std::string about;
    again becomes;
    std::size_t messages = 0;  // that it becomes
};

struct chosen_letters {
    std::vector<kafka::record> all;
    std::size_t more = 0;      // that match
    clock::time_point next{};  // the oldest of those
    bool out_of_room = false;  // not --limit left them out, but what memory holds
};

chosen_letters letters_between(
    const kafka::settings& where,
    const std::string& topic,
    const letter_replay_options& options,
    clock::time_point now
) {
    const auto since = time_given(options.since, "--since", now);
    const auto until = options.until.empty() ? now : time_given(options.until, "--until", now);
    if (until <= since) throw failure(exit_code::wrong, "--until: not after --since");
    const auto ranges = kafka::begun_at(where, letter_ranges(where, topic), since);
    oldest_letters oldest(static_cast<std::size_t>(options.limit), letters_bytes_max);
    const auto take = [&](kafka::record one) {
        if (one.timestamp < since || one.timestamp >= until) return;
        if (!options.reason.empty() && header_of(one, "x-reason") != options.reason) return;
        oldest.add(std::move(one));
    };
    kafka::read_ranges(where, ranges, take, read_limit);
    chosen_letters found;
    found.all = oldest.take();
    found.more = oldest.left_out();
    found.next = oldest.go_on_from().value_or(until);
    found.out_of_room = oldest.out_of_room();
    return found;
}

chosen_letters letters_at(
    const kafka::settings& where, const std::string& topic, const std::vector<letter_place>& places
) {
    chosen_letters found;
    for (const auto& one : places)
        found.all.push_back(read_letter(where, topic, one));
    return found;
}

std::vector<decided> decide(
    std::vector<kafka::record> letters,
    const letter_replay_options& options,
    const config::settings& settings,
    clock::time_point now
) {
    std::unique_ptr<dlr_letters> reports;
    if (options.topic == letter_topic::dlrs)
        reports = std::make_unique<dlr_letters>(settings, *settings.keys.ring);
    std::vector<decided> made;
    for (auto& letter : letters) {
        decided one;
        one.becomes = reports ? reports->read(letter) : job_again(letter, settings, now);
        if (one.becomes.late && !options.late) {
            one.becomes.stays = too_late;
            one.becomes.messages.clear();
        }
        one.messages = one.becomes.messages.size();
        one.about = about(letter);
        one.letter = std::move(letter);
        one.letter.payload.reset();  // it stands in the messages
        made.push_back(std::move(one));
    }
    return made;
}

struct progress {
    std::size_t sent = 0;
    std::string error;
};

// In their order, a tenth of a second's worth at a time; ends at the first that Kafka refuses.
awaitable<void> put_back(
    kafka::producer& to, std::vector<kafka::message> all, int rate, progress& done
) {
    const auto batch = std::max<std::size_t>(1, static_cast<std::size_t>(rate) / 10);
    const auto every = std::chrono::microseconds(std::chrono::seconds(1)) *
                       static_cast<std::int64_t>(batch) / rate;
    auto next = std::chrono::steady_clock::now();
    for (std::size_t at = 0; at < all.size(); at += batch) {
        std::vector<kafka::message> some;
        for (std::size_t i = at; i < std::min(at + batch, all.size()); ++i)
            some.push_back(std::move(all[i]));
        const auto results = co_await to.produce_all(std::move(some));
        for (const auto& one : results) {
            if (one.ok) ++done.sent;
            if (!one.ok) done.error = one.name;
        }
        if (!done.error.empty()) co_return;
        next += every;
        const auto now = std::chrono::steady_clock::now();
        if (at + batch < all.size() && next > now) co_await sleep_for(next - now);
    }
}

progress produce(
    const kafka::settings& where,
    const config::settings& settings,
    std::vector<kafka::message> messages,
    int rate
) {
    boost::asio::io_context io(1);
    kafka::producer_settings how;
    how.delivery_timeout = settings.kafka.produce_timeout;
    kafka::producer producer(io.get_executor(), where, how);
    progress done;
    std::exception_ptr failed;
    boost::asio::co_spawn(
        io,
        put_back(producer, std::move(messages), rate, done),
        [&](std::exception_ptr error) {
            failed = std::move(error);
            io.stop();
        }
    );
    io.run();
    if (failed) std::rethrow_exception(failed);
    return done;
}

std::vector<kafka::message> take_messages(std::vector<decided>& all) {
    std::vector<kafka::message> made;
    for (auto& one : all) {
        for (auto& message : one.becomes.messages)
            made.push_back(std::move(message));
        one.becomes.messages.clear();
    }
    return made;
}

std::string fate_of(const decided& one) {
    const auto& becomes = one.becomes;
    if (!becomes.stays.empty()) return "stays: " + becomes.stays;
    if (becomes.late) return "goes back, to end expired";
    if (one.messages == 1) return "goes back";
    return fmt::format("goes back as {} reports", one.messages);
}

nlohmann::ordered_json row_of(const decided& one) {
    nlohmann::ordered_json row;
    row["partition"] = one.letter.partition;
    row["offset"] = one.letter.offset;
    row["at"] = format_rfc3339(one.letter.timestamp);
    row["about"] = one.about;
    row["reason"] = header_of(one.letter, "x-reason");
    row["replayed_before"] = times_replayed(one.letter);
    row["messages"] = one.messages;
    row["late"] = one.becomes.late;
    row["stays"] = one.becomes.stays;
    return row;
}

void tell(
    const common_options& common,
    const letter_replay_options& options,
    const std::vector<decided>& all,
    const chosen_letters& from,
    const std::string& topic
) {
    std::size_t letters = 0;
    std::size_t messages = 0;
    table rows({"PARTITION:OFFSET", "AT", "ABOUT", "REASON", "REPLAYED", "WHAT"});
    nlohmann::ordered_json listed = nlohmann::ordered_json::array();
    for (const auto& one : all) {
        letters += one.messages == 0 ? 0 : 1;
        messages += one.messages;
        if (common.json) listed.push_back(row_of(one));
        rows.add(
            {fmt::format("{}:{}", one.letter.partition, one.letter.offset),
             format_plain(one.letter.timestamp),
             one.about,
             header_of(one.letter, "x-reason"),
             std::to_string(times_replayed(one.letter)),
             fate_of(one)}
        );
    }
    if (common.json) {
        nlohmann::ordered_json answer;
        answer["topic"] = topic;
        answer["letters"] = letters;
        answer["messages"] = messages;
        answer["stay"] = all.size() - letters;
        answer["more"] = from.more;
        answer["out_of_room"] = from.out_of_room;
        answer["next"] = from.more == 0 ? nlohmann::ordered_json()
                                        : nlohmann::ordered_json(format_rfc3339(from.next));
        answer["rate"] = options.rate;
        answer["replayed"] = options.yes;
        answer["rows"] = std::move(listed);
        return print_json(answer);
    }
    print(rows.text());
    print(fmt::format(
        "{} letter{} {} to {} as {} message{}, {} stay; {} a second{}\n",
        letters,
        letters == 1 ? "" : "s",
        options.yes ? "went back" : "would go back",
        topic,
        messages,
        messages == 1 ? "" : "s",
        all.size() - letters,
        options.rate,
        options.yes ? "" : ". Nothing was done: say --yes"
    ));
    if (from.more == 0) return;
    print(fmt::format(
        "{} more match and were left for the next time{}: --since {}\n",
        from.more,
        from.out_of_room ? fmt::format(" ({} MiB are read at a time)", letters_bytes_max >> 20)
                         : std::string(),
        format_rfc3339(from.next)
    ));
}

void expect_selection(const letter_replay_options& options) {
    const bool places = !options.places.empty();
    if (places != options.since.empty())
        throw failure(exit_code::wrong, "which letters? PARTITION:OFFSET ..., or --since TIME");
    if (places && !(options.until.empty() && options.reason.empty()))
        throw failure(exit_code::wrong, "--until and --reason go with --since");
}

}  // namespace

exit_code replay_letters(const common_options& common, const letter_replay_options& options) {
    expect_selection(options);
    std::vector<letter_place> places;
    for (const auto& one : options.places)
        places.push_back(parse_letter_place(one));
    const auto settings = letter_settings(common, options.topic == letter_topic::dlrs);
    const auto& dead = letter_topic_name(options.topic, settings);
    const auto now = clock::now();
    auto letters = with_kafka(settings, [&](const kafka::settings& where) {
        return places.empty() ? letters_between(where, dead, options, now)
                              : letters_at(where, dead, places);
    });
    if (letters.all.empty())
        throw failure(exit_code::failed, fmt::format("{} has no such letter", dead));
    auto all = decide(std::move(letters.all), options, settings, now);
    const auto& topics = settings.kafka.topics;
    const auto& back = options.topic == letter_topic::jobs ? topics.jobs : topics.dlrs;
    auto messages = take_messages(all);
    const auto wanted = messages.size();
    progress done;
    if (options.yes && wanted > 0) {
        done = with_kafka(settings, [&](const kafka::settings& where) {
            return produce(where, settings, std::move(messages), options.rate);
        });
    }
    if (done.error.empty()) {
        tell(common, options, all, letters, back);
        // Asked for by its place, and not done.
        const bool nothing = options.yes && !places.empty() && wanted == 0;
        return nothing ? exit_code::failed : exit_code::ok;
    }
    throw failure(
        exit_code::failed,
        fmt::format(
            "{} took {} of {} and then refused one: {}. Run it again: a second copy does no harm",
            back,
            done.sent,
            wanted,
            done.error
        )
    );
}

}  // namespace pinwire::cli
