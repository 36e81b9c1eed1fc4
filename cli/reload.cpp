#include "cli/reload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <sstream>

#include "cli/output.hpp"
#include "cli/running_instance.hpp"
#include "cli/settings_file.hpp"

namespace pinwire::cli {
namespace {

using std::chrono::steady_clock;
using namespace std::chrono_literals;

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

struct answer {
    std::string name;
    std::string result;  // applied, refused, failed; ended, silent
    std::vector<std::string> why;
    std::int64_t pause_ms = -1;
};

answer read_answer(const std::string& name, const std::string& text) {
    answer made;
    made.name = name;
    const auto json = nlohmann::json::parse(text, nullptr, false);
    made.result = json.is_object() ? json.value("result", "") : "";
    if (made.result.empty()) {
        made.result = "silent";
        made.why.push_back("its answer can't be read");
        return made;
    }
    for (const auto& one : json.value("why", std::vector<std::string>()))
        made.why.push_back(one);
    made.pause_ms = json.value("pause_ms", std::int64_t{-1});
    return made;
}

answer ask(
    const running_instance& one, const std::filesystem::path& file, std::chrono::seconds limit
) {
    const auto before = read(file);
    const auto by = steady_clock::now() + limit;
    one.signal(SIGHUP);
    do {
        const auto now = read(file);
        if (now != before) return read_answer(one.name(), now);
        if (one.wait_for_end(50ms)) {
            answer ended;
            ended.name = one.name();
            ended.result = "ended";
            ended.why.push_back("the process ended; its journal says why");
            return ended;
        }
    } while (steady_clock::now() < by);
    answer silent;
    silent.name = one.name();
    silent.result = "silent";
    silent.why.push_back(fmt::format(
        "no answer within {} s: it still drains, or waits for the database", limit.count()
    ));
    return silent;
}

void tell(const common_options& common, const answer& one) {
    if (common.json) {
        nlohmann::ordered_json out;
        out["instance"] = one.name;
        out["result"] = one.result;
        if (one.pause_ms >= 0) out["pause_ms"] = one.pause_ms;
        out["why"] = one.why;
        return print_json(out);
    }
    auto text = fmt::format("{}: {}", one.name, one.result);
    if (one.pause_ms >= 0) text += fmt::format(" (paused for {} ms)", one.pause_ms);
    text += "\n";
    for (const auto& why : one.why)
        text += "  " + why + "\n";
    print(text);
}

bool is_wanted(const reload_options& options, const std::string& name) {
    const auto& wanted = options.instances;
    return wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end();
}

}  // namespace

exit_code reload(const common_options& common, const reload_options& options) {
    const auto settings = load_settings(common, needed_secrets());
    const auto& state = settings.worker.state_dir;
    std::vector<running_instance> asked;
    for (auto& one : running_instances(state))
        if (is_wanted(options, one.name())) asked.push_back(std::move(one));
    for (const auto& name : options.instances) {
        const auto found = std::any_of(asked.begin(), asked.end(), [&name](const auto& one) {
            return one.name() == name;
        });
        if (!found)
            throw failure(
                exit_code::failed, fmt::format("{} doesn't run here ({})", name, state.string())
            );
    }
    if (asked.empty())
        throw failure(
            exit_code::failed, fmt::format("no service holds a lock below {}", state.string())
        );
    for (std::size_t i = 0; i < asked.size(); ++i) {
        const auto file = state / asked[i].name() / "reload.json";
        const auto said = ask(asked[i], file, std::chrono::seconds(options.wait_seconds));
        tell(common, said);
        if (said.result == "applied") continue;
        std::string rest;
        for (auto at = i + 1; at < asked.size(); ++at)
            rest += " " + asked[at].name();
        if (!rest.empty()) std::fprintf(stderr, "pinwire: not asked any more:%s\n", rest.c_str());
        return exit_code::failed;
    }
    return exit_code::ok;
}

}  // namespace pinwire::cli
