#include "cli/check_config.hpp"

#include <fmt/format.h>

#include "cli/online_checks.hpp"
#include "cli/output.hpp"
#include "cli/settings_file.hpp"

namespace pinwire::cli {
namespace {

nlohmann::ordered_json json_of(const config::mistake& one) {
    nlohmann::ordered_json out;
    out["file"] = one.file;
    out["line"] = one.line;
    out["key"] = one.key;
    out["what"] = one.what;
    out["allowed"] = one.allowed;
    return out;
}

nlohmann::ordered_json json_of(const online_finding& one) {
    nlohmann::ordered_json out;
    out["where"] = one.where;
    out["what"] = one.text;
    return out;
}

void tell_as_json(
    const config::load_result& loaded,
    const std::vector<online_finding>& online,
    const std::string& settings
) {
    nlohmann::ordered_json answer;
    answer["mistakes"] = nlohmann::ordered_json::array();
    answer["warnings"] = nlohmann::ordered_json::array();
    for (const auto& one : loaded.mistakes)
        answer["mistakes"].push_back(json_of(one));
    for (const auto& one : loaded.warnings)
        answer["warnings"].push_back(json_of(one));
    for (const auto& one : online)
        answer[one.refuses ? "mistakes" : "warnings"].push_back(json_of(one));
    if (!settings.empty()) answer["settings"] = settings;
    print_json(answer);
}

void tell_as_text(const config::load_result& loaded, const std::vector<online_finding>& online) {
    std::string text;
    for (const auto& one : loaded.mistakes)
        text += one.to_string() + "\n";
    for (const auto& one : loaded.warnings)
        text += "warning: " + one.to_string() + "\n";
    for (const auto& one : online)
        text += fmt::format("{}{}: {}\n", one.refuses ? "" : "warning: ", one.where, one.text);
    print(text);
}

failure unasked(const std::vector<failure>& all, bool refused) {
    std::string text;
    for (const auto& one : all)
        text += fmt::format("{}{}", text.empty() ? "" : "\npinwire: ", one.what());
    return failure(refused ? exit_code::wrong : all.front().code(), text);
}

}  // namespace

exit_code check_config(const common_options& common, const check_options& options) {
    const auto loaded = config::load(common.config_file, load_options_of(options.secrets));
    online_result online;
    std::size_t refused = loaded.mistakes.size();
    if (loaded && options.online) online = check_online(common, options.database);
    for (const auto& one : online.findings)
        refused += one.refuses ? 1 : 0;
    std::string settings;
    if (loaded && options.effective) settings = config::print_settings(*loaded.settings);
    if (common.json) {
        tell_as_json(loaded, online.findings, settings);
    } else {
        tell_as_text(loaded, online.findings);
        const auto file = common.config_file.string();
        if (refused == 0 && online.unasked.empty()) {
            print(fmt::format("{} can be used.\n", file));
        } else if (refused > 0) {
            print(fmt::format("{} mistake{} in {}.\n", refused, refused == 1 ? "" : "s", file));
        }
        print(settings);
    }
    if (!online.unasked.empty()) throw unasked(online.unasked, refused > 0);
    return refused == 0 ? exit_code::ok : exit_code::wrong;
}

}  // namespace pinwire::cli
