#include "common/core/plan_codec.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "common/core/json_reader.hpp"
#include "common/core/limits.hpp"
#include "common/core/plan.hpp"

namespace pinwire {
namespace {

using nlohmann::json;
using fault = std::optional<plan_fault>;

constexpr std::int64_t cost_max = 1'000'000'000'000;  // a million of the account's currency

fault read_after(const json& step, const std::string& name, bool last, plan_step& into) {
    const auto at = step.find("after");
    if (at == step.end()) {
        if (last) return std::nullopt;
        return plan_fault{"missing_field", name, "required of every step but the last"};
    }
    if (last) return plan_fault{"bad_value", name, "not of the last step: nothing follows"};
    if (!at->is_number_integer()) return plan_fault{"wrong_type", name, "an integer"};
    const auto seconds = integer_of(*at, 1, plan_after_max.count());
    if (!seconds) return plan_fault{"bad_value", name, "1 to 3600 seconds"};
    into.after = std::chrono::seconds(*seconds);
    return std::nullopt;
}

fault read_step(const json& step, const std::string& name, bool last, plan_step& into) {
    if (!step.is_object()) return plan_fault{"wrong_type", name, "an object"};
    const auto channel = step.find("channel");
    if (channel != step.end()) {
        const auto field = name + ".channel";
        if (!channel->is_string()) return plan_fault{"wrong_type", field, "a string"};
        const auto parsed = parse_channel(*channel->get_ptr<const std::string*>());
        if (!parsed) return plan_fault{"bad_value", field, "sms or voice"};
        into.channel = *parsed;
    }
    return read_after(step, name + ".after", last, into);
}

fault read_limit(
    const json& given, const char* name, std::int64_t most, const char* rule, std::int64_t& into
) {
    const auto at = given.find(name);
    if (at == given.end()) return std::nullopt;
    const auto field = fmt::format("limits.{}", name);
    if (!at->is_number_integer()) return plan_fault{"wrong_type", field, "an integer"};
    const auto number = integer_of(*at, 1, most);
    if (!number) return plan_fault{"bad_value", field, rule};
    into = *number;
    return std::nullopt;
}

fault read_limits(const json& given, plan_limits& into) {
    if (!given.is_object()) return plan_fault{"wrong_type", "limits", "an object"};
    std::int64_t attempts = 0;
    auto wrong = read_limit(given, "attempts", limits::attempts_per_job_max, "1 to 32", attempts);
    if (!wrong) wrong = read_limit(given, "cost", cost_max, "1 to 10^12 micro-units", into.cost);
    into.attempts = static_cast<int>(attempts);
    return wrong;
}

}  // namespace

fault read_plan(const json& root, job& into) {
    const auto steps = root.find("steps");
    const auto bounds = root.find("limits");
    if (steps == root.end()) {
        if (bounds == root.end()) return std::nullopt;
        return plan_fault{"missing_field", "steps", "required with limits"};
    }
    if (!steps->is_array()) return plan_fault{"wrong_type", "steps", "an array"};
    if (steps->empty() || steps->size() > plan_steps_max)
        return plan_fault{"bad_value", "steps", "1 to 8 steps"};
    for (std::size_t i = 0; i < steps->size(); ++i) {
        plan_step made;
        const bool last = i + 1 == steps->size();
        if (auto wrong = read_step((*steps)[i], fmt::format("steps[{}]", i), last, made))
            return wrong;
        into.steps.push_back(made);
    }
    return bounds == root.end() ? std::nullopt : read_limits(*bounds, into.limits);
}

void write_plan(const job& given, json& into) {
    if (given.steps.empty()) return;
    auto& steps = into["steps"] = json::array();
    for (const auto& step : given.steps) {
        json made = json::object();
        made["channel"] = to_string(step.channel);
        if (step.after.count() > 0) made["after"] = step.after.count();
        steps.push_back(std::move(made));
    }
    if (given.limits == plan_limits()) return;
    auto& bounds = into["limits"] = json::object();
    if (given.limits.attempts > 0) bounds["attempts"] = given.limits.attempts;
    if (given.limits.cost > 0) bounds["cost"] = given.limits.cost;
}

}  // namespace pinwire
