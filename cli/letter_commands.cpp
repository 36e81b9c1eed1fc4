#include "cli/letter_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/dead_letters.hpp"
#include "cli/letter_replay.hpp"

namespace pinwire::cli {
namespace {

using chosen = std::function<exit_code()>;

constexpr int rate_max = 1000;

void add_topic(CLI::App& to, letter_topic& topic) {
    // By its word alone: an enumeration's option would show, and take, its numbers.
    const auto set = [&topic](const std::string& name) {
        topic = name == "dlrs" ? letter_topic::dlrs : letter_topic::jobs;
    };
    to.add_option_function<std::string>("--topic", set, "Default: jobs")
        ->check(CLI::IsMember({"jobs", "dlrs"}));
}

void add_list(CLI::App& letters, const common_options& common, chosen& run) {
    auto& list = *letters.add_subcommand("list", "The newest, oldest of them first");
    auto options = std::make_shared<list_options>();
    add_topic(list, options->topic);
    list.add_option("--limit", options->limit, "How many")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    list.callback([&common, &run, options] {
        run = [&common, options] { return list_dead_letters(common, *options); };
    });
}

void add_show(CLI::App& letters, const common_options& common, chosen& run) {
    auto& show = *letters.add_subcommand("show", "One of them, with secrets masked");
    auto options = std::make_shared<show_options>();
    show.add_option("PLACE", options->at, "PARTITION:OFFSET, as the list names it")->required();
    add_topic(show, options->topic);
    show.add_flag("--open", options->open, "Unmasked and unsealed: it may show a PIN");
    show.callback([&common, &run, options] {
        run = [&common, options] { return show_dead_letter(common, *options); };
    });
}

void add_replay(CLI::App& letters, const common_options& common, chosen& run) {
    auto& replay = *letters.add_subcommand(
        "replay", "Put them back where they came from; only says what it would do, until --yes"
    );
    auto options = std::make_shared<letter_replay_options>();
    replay.add_option("PLACES", options->places, "PARTITION:OFFSET, as the list names them");
    add_topic(replay, options->topic);
    replay.add_option("--since", options->since, "Those that died since: a time, or 2h ago");
    replay.add_option("--until", options->until, "And before; default: now");
    replay.add_option("--reason", options->reason, "Only those that died of it");
    replay.add_option("--limit", options->limit, "How many at most, oldest first")
        ->check(CLI::Range(1, 100'000))
        ->capture_default_str();
    replay.add_option("--rate", options->rate, "How many a second")
        ->check(CLI::Range(1, rate_max))
        ->capture_default_str();
    replay.add_flag("--late", options->late, "Jobs too late to be sent as well: they end expired");
    auto* yes = replay.add_flag("--yes", options->yes, "Do it");
    replay.add_flag("--dry-run")
        ->excludes(yes)
        ->description("The default: only say what it would do");
    replay.callback([&common, &run, options] {
        run = [&common, options] { return replay_letters(common, *options); };
    });
}

}  // namespace

void add_letter_commands(CLI::App& app, const common_options& common, chosen& run) {
    auto& letters = *app.add_subcommand("dead-letters", "What could not be read");
    letters.require_subcommand(1);
    add_list(letters, common, run);
    add_show(letters, common, run);
    add_replay(letters, common, run);
}

}  // namespace pinwire::cli
