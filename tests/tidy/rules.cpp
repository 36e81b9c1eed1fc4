#include "tests/tidy/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <regex>
#include <set>

#include "tests/tidy/code_scan.hpp"

namespace pinwire::tidy {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t line_columns_max = 100;
constexpr int function_lines_max = 70;

constexpr std::array<std::string_view, 6> programs{
    "worker", "callback", "api", "cli", "sim", "broker"};
constexpr std::array<std::string_view, 4> pure_modules{
    "common/core", "common/carriers", "common/lookup", "common/reports"};

bool below_any(const source& file, const std::vector<std::string_view>& folders) {
    return std::any_of(folders.begin(), folders.end(), [&](auto folder) {
        return file.is_below(folder);
    });
}

bool is_pure(const source& file) {
    return below_any(file, {pure_modules.begin(), pure_modules.end()});
}

bool is_product(const source& file) {
    return file.is_below("common") || below_any(file, {programs.begin(), programs.end()});
}

std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // UTF-8: count first bytes only
    }));
}

struct banned_word {
    std::string_view word;
    std::string_view instead;
    std::vector<std::string_view> only_in;  // empty: everywhere
    std::vector<std::string_view> not_in;
};

const std::vector<banned_word>& banned_words() {
    static const std::vector<std::string_view> no_loop{"tests", "worker", "callback", "api"};
    static const std::vector<std::string_view> pure{pure_modules.begin(), pure_modules.end()};
    static const std::vector<std::string_view> services{"common", "worker", "callback", "api"};
    static const std::vector<banned_word> words{
        {"detached", "runtime's task_group, which waits for what it starts", {}, {}},
        {"using namespace std;", "the full name", {}, {}},
        {"awaitable_operators", "runtime's race: `op || timer` waits for the timer", {}, {}},
        {"cout", "the log", services, {}},
        {"printf", "fmt", {}, {}},
        {"sprintf", "fmt::format", {}, {}},
        {"strcpy", "std::string", {}, {}},
        {"strcat", "std::string", {}, {}},
        {"strtok", "std::string_view", {}, {}},
        {"atoi", "std::from_chars", {}, {}},
        {"rand", "random bytes that come in as an argument", {}, {}},
        {"this_thread::sleep_for",
         "eventually() in tests, a timer elsewhere",
         no_loop,
         {"tests/support"}},
        {"this_thread::sleep_until",
         "eventually() in tests, a timer elsewhere",
         no_loop,
         {"tests/support"}},
        {"usleep", "eventually() in tests, a timer elsewhere", {}, {}},
        {"getenv", "an argument: pure code reads no environment", pure, {}},
        {"::now", "`now` as an argument: pure code has no clock", pure, {}},
        {"system_clock::now",
         "database_clock::now(): the machine's own may be set an hour off",
         {"worker", "callback", "api"},
         {}},
        {"random_device", "random bytes as an argument: pure code draws nothing", pure, {}},
        {"RAND_bytes", "random bytes as an argument: pure code draws nothing", pure, {}},
    };
    return words;
}

struct fenced_include {
    std::string_view prefix;                // of what stands in the quotes
    std::vector<std::string_view> allowed;  // below tests/ and bench/ always
};

const std::vector<fenced_include>& fenced_includes() {
    static const std::vector<fenced_include> fences{
        {"<librdkafka/", {"common/kafka", "broker"}},
        {"<pqxx", {"common/postgres"}},
        {"<libpq", {"common/postgres"}},
        {"<toml++/", {"common/config"}},
        {"<prometheus/", {"common/telemetry"}},
        {"<spdlog/", {"common/telemetry"}},
    };
    return fences;
}

constexpr std::array<std::string_view, 11> impure_includes{
    "<boost/asio",
    "<boost/beast",
    "<random>",
    "<thread>",
    "<iostream>",
    "<fstream>",
    "<filesystem",
    "<sys/socket",
    "<unistd.h>",
    "<openssl/rand.",
    "<openssl/ssl.h>"};

// common/NAME → the modules that it may include, by the DEPS of CMakeLists.txt and theirs in turn.
std::map<std::string, std::set<std::string>> module_dependencies(const source_tree& tree) {
    static const std::regex form(R"(pinwire_module\((\w+)\s+DEPS([^)]*)\))");
    static const std::regex dependency(R"(pinwire::(\w+))");
    std::map<std::string, std::set<std::string>> result;
    for (const auto& file : tree.texts) {
        if (file.path != "CMakeLists.txt") continue;
        for (std::sregex_iterator i(file.text.begin(), file.text.end(), form), end; i != end; ++i) {
            const auto deps = (*i)[2].str();
            auto& mine = result[(*i)[1].str()];
            for (std::sregex_iterator d(deps.begin(), deps.end(), dependency); d != end; ++d) {
                const auto name = (*d)[1].str();
                mine.insert(name);
                mine.insert(result[name].begin(), result[name].end());  // listed bottom to top
            }
        }
    }
    return result;
}

std::string first_folder(std::string_view path) {
    return std::string(path.substr(0, path.find('/')));
}

// "core" of common/core/pin.hpp.
std::string module_of(std::string_view path) {
    const auto rest = path.substr(std::min(path.find('/') + 1, path.size()));
    return first_folder(rest);
}

// Why the file may not include the header, by the direction of the arrows; empty if it may.
std::string wrong_direction(
    const source& file,
    const std::string& header,
    const std::map<std::string, std::set<std::string>>& dependencies
) {
    const auto from = first_folder(file.path);
    const auto to = first_folder(header);
    if (to == "tests" || to == "bench") return "the product does not know its tests";
    const bool to_program = std::find(programs.begin(), programs.end(), to) != programs.end();
    if (to_program && to != from) return fmt::format("{}/ does not know {}/", from, to);
    if (from != "common" || to != "common") return {};
    const auto mine = module_of(file.path);
    const auto theirs = module_of(header);
    const auto known = dependencies.find(mine);
    if (mine == theirs || known == dependencies.end() || known->second.contains(theirs)) return {};
    return fmt::format("common/{} does not know common/{} (CMakeLists.txt)", mine, theirs);
}

// Where the next function's body starts at or behind `position`, not looking into bodies; npos:
// none.
std::size_t next_function_body(
    const std::string& code, const std::vector<std::size_t>& partners, std::size_t position
) {
    for (; position < code.size(); ++position) {
        if (code[position] == '(' && partners[position] != npos)
            position = partners[position];  // arguments: no bodies of our own there
        if (code[position] != '{' || partners[position] == npos) continue;
        const auto start = code.find_last_of(";{}", position == 0 ? 0 : position - 1);
        const auto begin = start == npos ? 0 : start + 1;
        const auto head = std::string_view(code).substr(begin, position - begin);
        const auto kind = classify_brace(code, partners, position);
        const auto is_type = [&](std::string_view word) { return !find_word(head, word).empty(); };
        const bool container = kind == brace_kind::block && head.find('(') == npos &&
                               (is_type("namespace") || is_type("class") || is_type("struct") ||
                                is_type("union") || is_type("extern"));
        if (kind != brace_kind::initialiser && !container) return position;
        if (!container) position = partners[position];
    }
    return npos;
}

}  // namespace

offences check_line_length(const source_tree& tree) {
    offences result;
    for (const auto& file : tree.files) {
        int number = 0;
        for (const auto line : file.lines()) {
            ++number;
            if (columns(line) > line_columns_max)
                result.push_back(
                    {file.path, number, fmt::format("{} columns (100 at most)", columns(line))}
                );
        }
    }
    return result;
}

offences check_function_length(const source_tree& tree) {
    offences result;
    for (const auto& file : tree.files) {
        const auto partners = match_brackets(file.code);
        auto body = next_function_body(file.code, partners, 0);
        while (body != npos) {
            const int first = file.line_of(body);
            const int length = file.line_of(partners[body]) - first + 1;
            if (length > function_lines_max)
                result.push_back(
                    {file.path, first, fmt::format("a function of {} lines (70 at most)", length)}
                );
            body = next_function_body(file.code, partners, partners[body] + 1);
        }
    }
    return result;
}

offences check_banned_words(const source_tree& tree) {
    offences result;
    for (const auto& file : tree.files) {
        for (const auto& ban : banned_words()) {
            const bool concerned = ban.only_in.empty() || below_any(file, ban.only_in);
            if (!concerned || below_any(file, ban.not_in)) continue;
            for (const auto position : find_word(file.code, ban.word))
                result.push_back(
                    {file.path,
                     file.line_of(position),
                     fmt::format("`{}`: use {}", ban.word, ban.instead)}
                );
        }
    }
    return result;
}

offences check_leftover_markers(const source_tree& tree) {
    // Written so that this file does not offend itself.
    static const std::array<std::string, 4> markers{
        "TO"
        "DO",
        "FIX"
        "ME",
        "XX"
        "X",
        "HA"
        "CK"};
    offences result;
    for (const auto* files : {&tree.files, &tree.texts})
        for (const auto& file : *files)
            for (const auto& marker : markers)
                for (const auto position : find_word(file.text, marker))
                    result.push_back(
                        {file.path,
                         file.line_of(position),
                         marker + ": do it, or make an issue of it"}
                    );
    return result;
}

offences check_layers(const source_tree& tree) {
    const auto dependencies = module_dependencies(tree);
    offences result;
    for (const auto& file : tree.files) {
        if (!is_product(file)) continue;
        for (const auto& [line, header] : file.includes()) {
            const auto starts = [&, &name = header](std::string_view prefix) {
                return name.starts_with(prefix);
            };
            if (is_pure(file) &&
                std::any_of(impure_includes.begin(), impure_includes.end(), starts))
                result.push_back({file.path, line, header + " in a pure module"});
            for (const auto& fence : fenced_includes())
                if (starts(fence.prefix) && !below_any(file, fence.allowed))
                    result.push_back(
                        {file.path,
                         line,
                         fmt::format("{}: only below {}", header, fmt::join(fence.allowed, ", "))}
                    );
            if (header.front() != '"') continue;
            const auto path = header.substr(1, header.size() - 2);
            if (auto why = wrong_direction(file, path, dependencies); !why.empty())
                result.push_back({file.path, line, std::move(why)});
        }
    }
    return result;
}

offences check_headers(const source_tree& tree) {
    std::set<std::string> included;
    for (const auto& file : tree.files)
        for (const auto& [line, header] : file.includes())
            included.insert(header.substr(1, header.size() - 2));
    offences result;
    for (const auto& file : tree.files) {
        if (!file.is_header()) continue;
        if (!file.text.starts_with("// "))
            result.push_back({file.path, 1, "does not open with a comment that says what it is for"}
            );
        if (file.text.find("#pragma once\n") == npos)
            result.push_back({file.path, 1, "lacks #pragma once"});
        if (!included.contains(file.path)) result.push_back({file.path, 1, "is included nowhere"});
    }
    return result;
}

offences check_includes_exist(const source_tree& tree) {
    std::set<std::string> known;
    for (const auto& file : tree.files)
        known.insert(file.path);
    offences result;
    for (const auto& file : tree.files)
        for (const auto& [line, header] : file.includes())
            if (header.front() == '"' && !known.contains(header.substr(1, header.size() - 2)))
                result.push_back(
                    {file.path, line, header + " is no file: write the path from the root"}
                );
    return result;
}

}  // namespace pinwire::tidy
