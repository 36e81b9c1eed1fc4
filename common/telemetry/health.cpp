#include "common/telemetry/health.hpp"

#include <algorithm>

namespace pinwire::telemetry {

struct health::check::entry {
    std::string name;
    health::state now = health::state::failing;
    std::string text;
};

namespace {

std::string_view word(health::state state) {
    switch (state) {
        case health::state::failing:
            return "failing";
        case health::state::warning:
            return "warning";
        case health::state::passing:
            break;
    }
    return "ok";
}

}  // namespace

void health::check::pass(std::string text) const {
    if (!inner_) return;
    inner_->now = state::passing;
    inner_->text = std::move(text);
}

void health::check::warn(std::string text) const {
    if (!inner_) return;
    inner_->now = state::warning;
    inner_->text = std::move(text);
}

void health::check::fail(std::string text) const {
    if (!inner_) return;
    inner_->now = state::failing;
    inner_->text = std::move(text);
}

bool health::check::passing() const {
    return inner_ && inner_->now != state::failing;
}

health::health() {
    readiness_.try_emplace("");
}

health::~health() = default;

health::check health::add(std::string readiness, std::string name, std::string text) {
    auto& checks = readiness_[std::move(readiness)];
    for (const auto& one : checks)
        if (one->name == name) return check(one.get());
    checks.push_back(std::make_unique<check::entry>());
    checks.back()->name = std::move(name);
    checks.back()->text = std::move(text);
    return check(checks.back().get());
}

bool health::knows(std::string_view readiness) const {
    return readiness_.find(readiness) != readiness_.end();
}

bool health::ready(std::string_view readiness) const {
    const auto found = readiness_.find(readiness);
    if (found == readiness_.end()) return false;
    const auto& checks = found->second;
    return std::all_of(checks.begin(), checks.end(), [](const auto& one) {
        return one->now != state::failing;
    });
}

std::string health::describe(std::string_view readiness) const {
    const auto found = readiness_.find(readiness);
    if (found == readiness_.end()) return "unknown\n";
    std::string text = ready(readiness) ? "ready\n" : "not ready\n";
    for (const auto& one : found->second) {
        text += one->name + ": " + std::string(word(one->now));
        if (!one->text.empty()) text += ": " + one->text;
        text += '\n';
    }
    return text;
}

}  // namespace pinwire::telemetry
