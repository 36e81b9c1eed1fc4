// The two other faces of a job (job_codec.hpp): the text that Postgres keeps, and the hash that
// tells a repeat from a reused id.
#include <fmt/format.h>

#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/core/dlt_codec.hpp"
#include "common/core/hmac.hpp"
#include "common/core/job_codec.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/plan_codec.hpp"
#include "common/core/time_format.hpp"

namespace pinwire {
namespace {

using nlohmann::json;

constexpr int spec_version = 1;

json pin_json(const pin_parameters& pin) {
    json made = json::object();
    made["type"] = to_string(pin.type);
    made["length"] = pin.length;
    made["expires_in"] = pin.expires_in.count();
    made["max_tries"] = pin.max_tries;
    if (pin.single_use) made["single_use"] = true;
    return made;
}

[[noreturn]] void unreadable(const char* field) {
    throw std::runtime_error(fmt::format("a job's stored form can't be read: {}", field));
}

std::string text_of(const json& spec, const char* field) {
    const auto at = spec.find(field);
    if (at == spec.end() || !at->is_string()) unreadable(field);
    return at->get<std::string>();
}

std::int64_t number_of(const json& spec, const char* field, std::int64_t most) {
    const auto at = spec.find(field);
    const auto number = at == spec.end() ? std::nullopt : integer_of(*at, 0, most);
    if (!number) unreadable(field);
    return *number;
}

template <class Value>
Value word_of(
    const json& spec, const char* field, std::optional<Value> (*parse)(std::string_view)
) {
    const auto value = parse(text_of(spec, field));
    if (!value) unreadable(field);
    return *value;
}

pin_parameters pin_of(const json& spec) {
    pin_parameters pin;
    pin.type = word_of(spec, "type", parse_pin_type);
    pin.length = static_cast<std::uint8_t>(number_of(spec, "length", UINT8_MAX));
    pin.expires_in = std::chrono::seconds(number_of(spec, "expires_in", INT32_MAX));
    pin.max_tries = static_cast<std::uint32_t>(number_of(spec, "max_tries", UINT32_MAX));
    if (const auto once = spec.find("single_use"); once != spec.end()) {
        if (!once->is_boolean()) unreadable("single_use");
        pin.single_use = once->get<bool>();
    }
    return pin;
}

voice_options voice_of(const json& spec) {
    voice_options voice;
    voice.language = text_of(spec, "language");
    voice.repeat_dtmf = text_of(spec, "repeat_dtmf");
    voice.voice = text_of(spec, "voice");
    const auto rate = spec.find("speech_rate");
    if (rate == spec.end() || !rate->is_number()) unreadable("speech_rate");
    voice.speech_rate = rate->get<double>();
    return voice;
}

}  // namespace

std::string to_spec(const job& given) {
    json spec = json::object();
    spec["v"] = spec_version;
    spec["account"] = given.account.str();
    spec["job_id"] = given.id.str();
    spec["channel"] = to_string(given.channel);
    spec["to"] = given.to.digits();
    spec["from"] = given.from.str();
    spec["text"] = given.text;
    spec["dialect"] = to_string(given.dialect);
    spec["language"] = given.voice.language;
    spec["speech_rate"] = given.voice.speech_rate;
    spec["repeat_dtmf"] = given.voice.repeat_dtmf;
    spec["voice"] = given.voice.voice;
    if (given.pin) spec["pin_id"] = given.pin->str();
    if (given.pin_given) spec["pin"] = pin_json(*given.pin_given);
    if (given.pin_length > 0) spec["pin_length"] = given.pin_length;
    spec["lookup"] = to_string(given.lookup);
    spec["report_url"] = given.report_url;
    spec["report_format"] = to_string(given.report_format);
    spec["report_refusal"] = given.report_refusal;
    spec["reference"] = given.reference;
    spec["requested_at"] = format_rfc3339(given.requested_at);
    spec["send_within"] = given.send_within.count();
    write_plan(given, spec);
    write_dlt(given.dlt, spec);
    return spec.dump();
}

// The wire's names differ from the stored ones in the policy and the sealed code.
std::string encode_job(const job& given) {
    json made = json::object();
    const auto add = [&made](const char* name, std::string_view value) {
        if (!value.empty()) made[name] = value;
    };
    add("job_id", given.id.view());
    add("account", given.account.view());
    add("channel", to_string(given.channel));
    add("to", given.to.digits());
    add("from", given.from.view());
    add("text", given.text);
    add("dialect", to_string(given.dialect));
    if (given.channel == channel::voice) {
        add("language", given.voice.language);
        made["speech_rate"] = given.voice.speech_rate;
        add("repeat_dtmf", given.voice.repeat_dtmf);
        add("voice", given.voice.voice);
    }
    if (given.pin) add("pin_id", given.pin->view());
    if (given.pin_given) made["pin"] = pin_json(*given.pin_given);
    if (given.pin_length > 0) made["pin_length"] = given.pin_length;
    if (!given.pin_sealed.empty()) made["pin"]["sealed"] = given.pin_sealed;
    if (given.dialect == dialect::infobip)
        made["ncNeeded"] = given.lookup != lookup_policy::skip;
    else
        made["hlr_lookup"] = given.lookup == lookup_policy::skip ? 0 : 1;
    add("report_url", given.report_url);
    made["report_format"] = to_string(given.report_format);
    made["report_refusal"] = given.report_refusal;
    add("reference", given.reference);
    made["requested_at"] = format_rfc3339(given.requested_at);
    if (given.send_within.count() > 0) made["send_within"] = given.send_within.count();
    write_plan(given, made);
    write_dlt(given.dlt, made);
    return made.dump();
}

job from_spec(std::string_view text) {
    json spec;
    if (read_json(text, spec) || !spec.is_object()) unreadable("not a JSON object");
    if (number_of(spec, "v", INT32_MAX) != spec_version) unreadable("v");
    job made;
    made.account = account_name(text_of(spec, "account"));
    made.id = job_id(text_of(spec, "job_id"));
    made.channel = word_of(spec, "channel", parse_channel);
    const auto to = msisdn::parse(text_of(spec, "to"));
    if (!to) unreadable("to");
    made.to = *to;
    made.from = sender_name(text_of(spec, "from"));
    made.text = text_of(spec, "text");
    made.dialect = word_of(spec, "dialect", parse_dialect);
    made.voice = voice_of(spec);
    if (spec.contains("pin_id")) made.pin = pin_id(text_of(spec, "pin_id"));
    if (spec.contains("pin")) made.pin_given = pin_of(spec["pin"]);
    if (spec.contains("pin_length"))
        made.pin_length = static_cast<std::uint8_t>(number_of(spec, "pin_length", UINT8_MAX));
    made.lookup = word_of(spec, "lookup", parse_lookup_policy);
    made.report_url = text_of(spec, "report_url");
    made.report_format = word_of(spec, "report_format", parse_report_format);
    const auto refusal = spec.find("report_refusal");
    if (refusal == spec.end() || !refusal->is_boolean()) unreadable("report_refusal");
    made.report_refusal = refusal->get<bool>();
    made.reference = text_of(spec, "reference");
    const auto requested = parse_rfc3339(text_of(spec, "requested_at"));
    if (!requested) unreadable("requested_at");
    made.requested_at = *requested;
    made.send_within = std::chrono::seconds(number_of(spec, "send_within", INT32_MAX));
    if (read_plan(spec, made)) unreadable("steps");
    if (read_dlt(spec, made.dlt)) unreadable("india_dlt");
    return made;
}

// Its own list, not the stored form: that one may grow with a version, and a job that a producer
// repeats across an upgrade must not look like another.
std::array<std::uint8_t, 32> content_hash(const job& given, std::string_view sealed_digest) {
    std::string content = "pinwire job 1\n";
    const auto add = [&content](std::string_view value) {
        fmt::format_to(std::back_inserter(content), "{}:{}\n", value.size(), value);
    };
    add(given.account.str());
    add(given.id.str());
    add(to_string(given.channel));
    add(given.to.digits());
    add(given.from.str());
    add(given.text);
    add(to_string(given.dialect));
    add(given.voice.language);
    add(fmt::format("{}", given.voice.speech_rate));
    add(given.voice.repeat_dtmf);
    add(given.voice.voice);
    add(given.pin ? given.pin->view() : std::string_view());
    const pin_parameters pin = given.pin_or_default();
    add(to_string(pin.type));
    add(fmt::format("{} {} {}", pin.length, pin.expires_in.count(), pin.max_tries));
    add(sealed_digest);
    add(to_string(given.lookup));
    add(given.report_url);
    add(to_string(given.report_format));
    add(given.report_refusal ? "1" : "0");
    add(given.reference);
    add(fmt::format("{}", given.send_within.count()));
    // added later: without them the hash is what it was
    if (pin.single_use) add("single_use");
    for (const auto& step : given.steps)
        add(fmt::format("step {} {}", to_string(step.channel), step.after.count()));
    if (given.limits != plan_limits())
        add(fmt::format("limits {} {}", given.limits.attempts, given.limits.cost));
    if (!given.dlt.empty()) {
        add("india_dlt");
        add(given.dlt.principal_entity_id);
        add(given.dlt.content_template_id);
        add(given.dlt.telemarketer_id);
    }
    return sha256(content);
}

}  // namespace pinwire
