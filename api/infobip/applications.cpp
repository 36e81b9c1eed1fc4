#include "api/infobip/applications.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "api/infobip/members.hpp"
#include "common/core/text.hpp"

namespace pinwire::api {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using std::chrono::milliseconds;

constexpr std::size_t name_max = 255;
constexpr std::int64_t attempts_max = 1'000'000;   // of guesses: the job's own bound
constexpr std::int64_t count_max = 1'000'000'000;  // of a limit
constexpr milliseconds year = std::chrono::hours(366 * 24);
constexpr milliseconds day = std::chrono::hours(24);
constexpr std::size_t form_max = 64;

// A limit's two faces.
struct limit_names {
    const char* text;
    const char* most;    // on /1
    const char* within;  // on /1
    milliseconds longest;
};
constexpr limit_names verify_limit{
    "verifyPinLimit", "verificationAttempts", "verificationIntervalLength", day};
constexpr limit_names number_limit{
    "sendPinPerPhoneNumberLimit", "initiationAttempts", "initiationIntervalLength", year};
constexpr limit_names application_limit{
    "sendPinPerApplicationLimit",
    "overallInitiationAttempts",
    "overallInitiationIntervalLength",
    year};

void read_limit(
    const infobip_members& from, const limit_names& names, bool split_too, rate_limit& into
) {
    if (const auto text = from.text(names.text, form_max)) {
        const auto read = parse_rate_limit(*text);
        if (read && read->most <= count_max && read->within <= names.longest)
            into = *read;
        else
            from.fault(
                names.text,
                names.longest == day ? "must be like 1/3s, at most a day long"
                                     : "must be like 3/1d, at most a year long"
            );
    }
    if (!split_too) return;
    if (const auto most = from.integer(names.most, 1, count_max)) into.most = *most;
    if (const auto within = from.integer(names.within, 1, names.longest.count()))
        into.within = milliseconds(*within);
}

void read_time_to_live(
    const infobip_members& from, const infobip_reading& how, milliseconds& into
) {
    constexpr const char* name = "pinTimeToLive";
    const auto* given = from.find(name);
    if (given == nullptr) return;
    if (how.version == infobip_version::v1 && given->is_number()) {
        const auto length = from.integer(name, 1, year.count());
        if (!length) return;
        into = milliseconds(*length);
    } else {
        const auto text = from.text(name, form_max);
        if (!text) return;
        const auto length = parse_length_of_time(*text);
        if (!length) return from.fault(name, "must be like 15m, at most a year");
        into = *length;
    }
    if (how.strict && into > infobip_strict_life_max) from.fault(name, "at most 10m");
}

void read_configuration(
    const json& object,
    const infobip_reading& how,
    infobip_faults& faults,
    postgres::application& into
) {
    const infobip_members from(object, faults, "configuration.");
    const bool v1 = how.version == infobip_version::v1;
    if (const auto attempts = from.integer("pinAttempts", 1, attempts_max))
        into.pin_attempts = static_cast<std::int32_t>(*attempts);
    if (const auto allow = from.boolean("allowMultiplePinVerifications"))
        into.allow_multiple_verifications = *allow;
    read_time_to_live(from, how, into.pin_time_to_live);
    read_limit(from, verify_limit, v1, into.verify_pin_limit);
    read_limit(from, application_limit, v1, into.send_per_application);
    read_limit(from, number_limit, v1, into.send_per_number);
    if (!v1) return;
    // Nothing of ours grows or waits with each refusal: only their neutral values can be kept.
    from.integer("initiationThrottlingProlongationFactor", 1, 1);
    from.integer("initiationThrottlingWaitPeriod", 0, 0);
}

ordered_json configuration_v2(const postgres::application& of) {
    ordered_json made = ordered_json::object();
    made["pinAttempts"] = of.pin_attempts;
    made["allowMultiplePinVerifications"] = of.allow_multiple_verifications;
    made["pinTimeToLive"] = length_of_time_text(of.pin_time_to_live);
    made[verify_limit.text] = to_string(of.verify_pin_limit);
    made[application_limit.text] = to_string(of.send_per_application);
    made[number_limit.text] = to_string(of.send_per_number);
    return made;
}

ordered_json configuration_v1(const postgres::application& of) {
    ordered_json made = ordered_json::object();
    made["pinTimeToLive"] = of.pin_time_to_live.count();
    made["pinAttempts"] = of.pin_attempts;
    const auto split = [&made](const limit_names& names, const rate_limit& limit) {
        made[names.most] = limit.most;
        made[names.within] = limit.within.count();
    };
    split(verify_limit, of.verify_pin_limit);
    split(number_limit, of.send_per_number);
    split(application_limit, of.send_per_application);
    made["initiationThrottlingProlongationFactor"] = 1;
    made["initiationThrottlingWaitPeriod"] = 0;
    return made;
}

}  // namespace

infobip_faults read_infobip_application(
    const json& body, const infobip_reading& how, postgres::application& into
) {
    infobip_faults faults;
    const infobip_members from(body, faults);
    if (how.creating) from.require("name");
    if (how.creating && how.strict)
        into.pin_time_to_live =
            std::min<milliseconds>(into.pin_time_to_live, infobip_strict_life_max);
    if (const auto name = from.text("name", name_max)) {
        if (name->empty() || has_control_characters(*name))
            from.fault("name", "must be text without control characters");
        into.name = *name;
    }
    if (const auto enabled = from.boolean("enabled")) into.enabled = *enabled;
    if (const auto* configuration = from.object("configuration"))
        read_configuration(*configuration, how, faults, into);
    return faults;
}

ordered_json infobip_application_json(const postgres::application& of, infobip_version version) {
    const bool v1 = version == infobip_version::v1;
    ordered_json made = ordered_json::object();
    made["applicationId"] = of.id;
    made["name"] = of.name;
    made["configuration"] = v1 ? configuration_v1(of) : configuration_v2(of);
    made["enabled"] = of.enabled;
    if (v1) made["processId"] = of.id;  // one process for each application
    return made;
}

}  // namespace pinwire::api
