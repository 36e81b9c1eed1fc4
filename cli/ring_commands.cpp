#include "cli/ring_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/command_options.hpp"
#include "cli/key_file.hpp"
#include "cli/key_rotation.hpp"

namespace pinwire::cli {
namespace {

using chosen = std::function<exit_code()>;

void add_make(CLI::App& keys, const common_options& common, chosen& run) {
    auto& make =
        *keys.add_subcommand("make", "Make a key of the ring: a line for a ring, or a new ring");
    auto options = std::make_shared<key_options>();
    make.add_option("--id", options->id, "1 to 6 of a-z 0-9; default: today as YYMMDD");
    make.add_flag("--active", options->active, "It seals and signs from now on");
    make.add_option("--file", options->file, "Write a new ring, mode 0600; never overwrites");
    make.callback([&common, &run, options] {
        run = [&common, options] { return make_key(common, *options); };
    });
}

void add_rotate(CLI::App& keys, const common_options& common, chosen& run) {
    auto& rotate = *keys.add_subcommand(
        "rotate", "Take the ring a step further: spread a key, use it, drop one"
    );
    auto options = options_for<rotate_options>(rotate);
    rotate.add_option("--file", options->file, "The ring")->required();
    rotate.add_option("--id", options->id, "The key; default: a random name, or the next one");
    auto* use = rotate.add_flag("--use", options->use, "The key that is spread seals and signs");
    auto* drop = rotate.add_flag("--drop", options->drop, "Take away a retired key");
    drop->excludes(use);
    rotate.add_flag("--force", options->force, "Without asking whether every process has the key")
        ->needs(use);
    rotate.callback([&common, &run, options] {
        run = [&common, options] { return rotate_keys(common, *options); };
    });
}

}  // namespace

void add_ring_commands(CLI::App& keys, const common_options& common, chosen& run) {
    add_make(keys, common, run);
    add_rotate(keys, common, run);
}

}  // namespace pinwire::cli
