#include "cli/describe.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "cli/output.hpp"

namespace pinwire::cli {
namespace {

// A command with the words that lead to it: "pinwire topics create".
struct command {
    std::string path;
    const CLI::App* app;
};

bool shown(const CLI::App* app) {
    return !app->get_name().empty() && !app->get_group().empty();
}

bool shown(const CLI::Option* option) {
    return !option->get_group().empty();
}

// It and all below it, in the order of the help.
void collect(const CLI::App& app, const std::string& path, std::vector<command>& into) {
    into.push_back({path, &app});
    for (const auto* below : app.get_subcommands(
             std::function<bool(const CLI::App*)>([](const CLI::App* one) { return shown(one); })
         ))
        collect(*below, path + " " + below->get_name(), into);
}

std::vector<command> commands_of(const CLI::App& app) {
    std::vector<command> found;
    collect(app, "pinwire", found);
    return found;
}

// Those with dashes. Every command has --help: the program's own stands for all.
std::vector<const CLI::Option*> options_of(const CLI::App& app) {
    return app.get_options([&app](const CLI::Option* option) {
        const bool inherited = option == app.get_help_ptr() && app.get_parent() != nullptr;
        return shown(option) && option->nonpositional() && !inherited;
    });
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& app) {
    return app.get_options([](const CLI::Option* option) {
        return shown(option) && option->get_positional();
    });
}

bool wants_value(const CLI::Option& option) {
    return option.get_items_expected_max() > 0;
}

constexpr std::string_view completion_code = R"(    local at=pinwire value='' word i
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        if [[ $value ]]; then
            [[ $word == '=' ]] || value=''
        elif [[ " ${options[pinwire]} ${options[$at]} " == *" $word= "* ]]; then
            value=wanted
        elif [[ " ${below[$at]} " == *" $word "* ]]; then
            at+=" $word"
        fi
    done
    local cur=${COMP_WORDS[COMP_CWORD]} offered
    if [[ $value ]]; then
        [[ $cur != '=' ]] || cur=''
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$cur")
        return
    fi
    offered=${below[$at]}
    [[ $cur != -* ]] || offered="${options[$at]//=/} ${options[pinwire]//=/}"
    mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$cur")
}
complete -F _pinwire pinwire
)";

// As roff shows it: a dash that can be copied, no line that is a request.
std::string roff(std::string_view text) {
    std::string made;
    for (const char c : text) {
        if (c == '\\')
            made += "\\e";
        else if (c == '-')
            made += "\\-";
        else
            made += c;
    }
    if (made.starts_with('.') || made.starts_with('\'')) made.insert(0, "\\&");
    return made;
}

std::string tagged(const std::string& tag, const std::string& text) {
    return fmt::format(".TP\n{}\n{}\n", tag, text.empty() ? "\\&" : roff(text));
}

std::string manual_of(const CLI::Option& option) {
    std::string tag;
    for (const auto& name : option.get_snames())
        tag += fmt::format("{}\\fB\\-{}\\fR", tag.empty() ? "" : ", ", roff(name));
    for (const auto& name : option.get_lnames())
        tag += fmt::format("{}\\fB\\-\\-{}\\fR", tag.empty() ? "" : ", ", roff(name));
    if (wants_value(option)) tag += " \\fIVALUE\\fR";
    return tagged(tag, option.get_description());
}

// Options that many commands have are told once.
std::set<std::string> shared_options(const std::vector<command>& all) {
    constexpr int many = 4;
    std::map<std::string, int> seen;
    for (const auto& one : all)
        for (const auto* option : options_of(*one.app))
            ++seen[manual_of(*option)];
    std::set<std::string> shared;
    for (const auto& [text, times] : seen)
        if (times >= many) shared.insert(text);
    return shared;
}

std::string manual_of(const command& one, const std::set<std::string>& shared) {
    std::string heading = one.path.substr(one.path.find(' ') + 1);
    std::string arguments;
    for (const auto* option : positionals_of(*one.app)) {
        const auto name = option->get_name(true);
        heading += option->get_required() ? " " + name : " [" + name + "]";
        arguments += tagged("\\fI" + roff(name) + "\\fR", option->get_description());
    }
    std::string options, also;
    for (const auto* option : options_of(*one.app)) {
        const auto text = manual_of(*option);
        if (shared.contains(text))
            also += fmt::format(
                "{}\\fB\\-\\-{}\\fR", also.empty() ? "" : ", ", roff(option->get_lnames().front())
            );
        else
            options += text;
    }
    if (!also.empty()) also = ".PP\nAlso: " + also + ".\n";
    return fmt::format(
        ".SS \"{}\"\n{}\n{}{}{}",
        roff(heading),
        roff(one.app->get_description()),
        arguments,
        options,
        also
    );
}

}  // namespace

std::string bash_completion(const CLI::App& app) {
    std::string below, options;
    for (const auto& [path, one] : commands_of(app)) {
        std::string names;
        for (const auto* sub :
             one->get_subcommands(std::function<bool(const CLI::App*)>([](const CLI::App* each) {
                 return shown(each);
             })))
            names += (names.empty() ? "" : " ") + sub->get_name();
        if (!names.empty()) below += fmt::format("        ['{}']='{}'\n", path, names);
        std::string flags;
        for (const auto* option : options_of(*one))
            for (const auto& name : option->get_lnames())
                flags += fmt::format(
                    "{}--{}{}", flags.empty() ? "" : " ", name, wants_value(*option) ? "=" : ""
                );
        if (!flags.empty()) options += fmt::format("        ['{}']='{}'\n", path, flags);
    }
    return "# Completion of pinwire's commands in bash, made by the program itself.\n"
           "_pinwire() {\n"
           "    # What may stand behind a command.\n"
           "    local -A below=(\n" +
           below +
           "    )\n"
           "    # Its options; those with = want a value, which is completed as a file.\n"
           "    local -A options=(\n" +
           options + "    )\n" + std::string(completion_code);
}

std::string manual_of_commands(const CLI::App& app) {
    const auto all = commands_of(app);
    const auto shared = shared_options(all);
    std::string made = ".SH OPTIONS\n";
    for (const auto* option : options_of(app))
        made += manual_of(*option);
    if (!shared.empty()) made += ".PP\nOf many commands, which name them:\n";
    for (const auto& text : shared)
        made += text;
    made += ".SH COMMANDS\n";
    for (const auto& one : all) {
        // what only leads to others is no command
        if (one.app->get_parent() == nullptr || one.app->get_require_subcommand_min() > 0) continue;
        made += manual_of(one, shared);
    }
    return made;
}

void add_describe_command(CLI::App& app, std::function<exit_code()>& run) {
    auto& describe = *app.add_subcommand("describe", "For the build: the commands as text");
    describe.group("");
    auto form = std::make_shared<std::string>();
    describe.add_option("FORM", *form, "bash or manual")
        ->required()
        ->check(CLI::IsMember({"bash", "manual"}));
    describe.callback([&app, &run, form] {
        run = [&app, form] {
            print(*form == "bash" ? bash_completion(app) : manual_of_commands(app));
            return exit_code::ok;
        };
    });
}

}  // namespace pinwire::cli
