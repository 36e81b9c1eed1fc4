#include "sim/rules.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/json_text.hpp"

namespace pinwire::sim {

namespace {

using json = nlohmann::json;
constexpr std::uint64_t delay_max_ms = 600'000;

// Reads one member into the place given; returns what is wrong with it.
std::string read_text(const json& body, const char* name, std::string& into) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null()) return {};
    if (!found->is_string()) return std::string(name) + " must be a string";
    into = found->get<std::string>();
    return {};
}

std::string read_count(
    const json& body, const char* name, std::uint64_t max, std::optional<std::uint64_t>& into
) {
    const auto found = body.find(name);
    if (found == body.end() || found->is_null()) return {};
    if (!found->is_number_unsigned() || found->get<std::uint64_t>() > max)
        return std::string(name) + " must be a whole number from 0 to " + std::to_string(max);
    into = found->get<std::uint64_t>();
    return {};
}

bool known_kind(std::string_view kind) {
    return kind == "infobip" || kind == "360nrs" || kind == "kannel" || kind == "jasmin" ||
           kind == "twilio" || kind == "vonage" || kind == "lookup" || kind == "customer" ||
           kind == "inquiry";
}

std::string check_fit(rule& read, const std::string& action) {
    if (read.kind.empty() && !action_fits(action, request_kind::sms) &&
        !action_fits(action, request_kind::voice))
        read.kind = "lookup";  // an action that only a lookup knows
    if (!read.kind.empty() && !known_kind(read.kind))
        return "kind must be infobip, 360nrs, kannel, jasmin, twilio, vonage, lookup, customer or "
               "inquiry";
    if (!read.channel.empty() && read.channel != "sms" && read.channel != "voice")
        return "channel must be sms or voice";
    bool fits = action_fits(action, request_kind::sms) || action_fits(action, request_kind::voice);
    if (read.channel == "sms") fits = action_fits(action, request_kind::sms);
    if (read.channel == "voice") fits = action_fits(action, request_kind::voice);
    if (read.kind == "lookup") fits = action_fits(action, request_kind::lookup);
    if (read.kind == "customer") fits = action_fits(action, request_kind::customer);
    if (read.kind == "inquiry") fits = action_fits(action, request_kind::inquiry);
    return fits ? std::string{} : "action " + action + " does not fit this kind or channel";
}

std::string read_figures(const json& body, const std::string& action, rule& read) {
    std::optional<std::uint64_t> delay_ms, retry_after, status, seed;
    std::string fault = read_count(body, "times", 1'000'000'000, read.times_left);
    if (fault.empty()) fault = read_count(body, "delay_ms", delay_max_ms, delay_ms);
    if (fault.empty()) fault = read_count(body, "retry_after_s", 86'400, retry_after);
    if (fault.empty()) fault = read_count(body, "status", 599, status);
    if (fault.empty()) fault = read_count(body, "seed", UINT64_MAX, seed);
    if (!fault.empty()) return fault;
    if (delay_ms) {
        const std::chrono::milliseconds delay(*delay_ms);
        if (delays_answer(action)) {
            read.does.answer_delay = delay;
        } else {
            read.does.dlr_delay = delay;
        }
    }
    if (retry_after) read.does.retry_after_s = static_cast<unsigned>(*retry_after);
    if (status && *status < 200) return "status must be from 200 to 599";
    if (status && read.does.answer != answer_kind::status)
        return "status goes only with the actions that answer with one";
    if (status) read.does.status = static_cast<unsigned>(*status);
    read.seed = seed.value_or(0);
    read.draws.seed(read.seed);
    return {};
}

std::string read_odds(const json& body, rule& read) {
    const auto odds = body.find("probability");
    if (odds != body.end()) {
        if (!odds->is_number()) return "probability must be a number";
        read.probability = odds->get<double>();
        if (!(read.probability >= 0 && read.probability <= 1))
            return "probability must be from 0 to 1";
    }
    const auto accept = body.find("accept");
    if (accept != body.end()) {
        if (!accept->is_boolean()) return "accept must be true or false";
        if (read.does.answer == answer_kind::ordinary || read.does.answer == answer_kind::refuse ||
            read.does.answer == answer_kind::refuse_destination)
            return "accept goes only with actions that leave it open";
        read.does.takes = accept->get<bool>();
    }
    return {};
}

std::string unknown_member(const json& body) {
    constexpr std::string_view known[] = {
        "instance",
        "kind",
        "channel",
        "number_suffix",
        "action",
        "times",
        "delay_ms",
        "probability",
        "seed",
        "status",
        "retry_after_s",
        "accept"};
    for (const auto& member : body.items())
        if (std::find(std::begin(known), std::end(known), member.key()) == std::end(known))
            return "unknown member " + member.key();
    return {};
}

}  // namespace

bool rule::matches(const request_facts& facts) const {
    if (times_left && *times_left == 0) return false;
    const bool is_send = facts.what == request_kind::sms || facts.what == request_kind::voice;
    if (kind.empty() ? !is_send : kind != facts.kind) return false;
    if (!instance.empty() && instance != facts.instance) return false;
    if (!channel.empty() && channel != to_string(facts.what)) return false;
    if (!action_fits(does.name, facts.what)) return false;
    return number_suffix.empty() || facts.number.ends_with(number_suffix);
}

bool rule::same_selector(const rule& other) const {
    return instance == other.instance && kind == other.kind && channel == other.channel &&
           number_suffix == other.number_suffix;
}

std::variant<rule, std::string> parse_rule(std::string_view text) {
    const json body = json::parse(text, nullptr, false);
    if (!body.is_object()) return std::string("the body must be a JSON object");
    rule read;
    std::string action;
    std::string fault = unknown_member(body);
    if (fault.empty()) fault = read_text(body, "instance", read.instance);
    if (fault.empty()) fault = read_text(body, "kind", read.kind);
    if (fault.empty()) fault = read_text(body, "channel", read.channel);
    if (fault.empty()) fault = read_text(body, "number_suffix", read.number_suffix);
    if (fault.empty()) fault = read_text(body, "action", action);
    if (!fault.empty()) return fault;
    const auto does = find_action(action);
    if (!does) return "unknown action '" + action + "'";
    read.does = *does;
    fault = check_fit(read, action);
    if (fault.empty()) fault = read_figures(body, action, read);
    if (fault.empty()) fault = read_odds(body, read);
    if (!fault.empty()) return fault;
    return read;
}

bool rule_book::put(rule added) {
    std::erase_if(rules_, [&](const rule& old) { return old.same_selector(added); });
    if (rules_.size() >= rules_max) return false;
    rules_.push_back(std::move(added));
    return true;
}

behaviour rule_book::decide(const request_facts& facts) {
    for (auto candidate = rules_.rbegin(); candidate != rules_.rend(); ++candidate) {
        if (!candidate->matches(facts)) continue;
        if (candidate->probability < 1) {
            // 53 random bits, as a double in [0, 1): the same on every library.
            const double drawn = static_cast<double>(candidate->draws() >> 11) * 0x1.0p-53;
            if (drawn >= candidate->probability) continue;
        }
        ++candidate->hits;
        if (candidate->times_left) --*candidate->times_left;
        return candidate->does;
    }
    return behaviour_of_number(facts.number, facts.what);
}

std::string rule_book::to_json() const {
    std::string text = "[";
    for (const rule& shown : rules_) {
        if (text.size() > 1) text += ',';
        json_object line;
        line.add("instance", shown.instance).add("kind", shown.kind);
        line.add("channel", shown.channel).add("number_suffix", shown.number_suffix);
        line.add("action", shown.does.name).add("hits", shown.hits);
        if (shown.times_left) line.add("times_left", *shown.times_left);
        text += line.take();
    }
    return text + "]";
}

}  // namespace pinwire::sim
