#include "api/infobip/order.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "api/infobip/applications.hpp"
#include "api/infobip/messages.hpp"
#include "common/core/dlt_codec.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/pin.hpp"

namespace pinwire::api {
namespace {

using nlohmann::json;

constexpr int repeat_version = 1;

const json& member(const json& of, const char* name, json::value_t type) {
    const auto at = of.find(name);
    if (at == of.end() || at->type() != type)
        throw std::runtime_error(std::string("a PIN's first sending can't be read: ") + name);
    return *at;
}

std::string text_member(const json& of, const char* name) {
    return member(of, name, json::value_t::string).get<std::string>();
}

}  // namespace

std::string infobip_repeat_text(const infobip_repeat& of) {
    json made = json::object();
    made["v"] = repeat_version;
    made["text"] = of.text;
    made["placeholders"] = of.placeholders;
    made["from"] = of.from;
    made["nc_needed"] = of.nc_needed;
    made["language"] = of.voice.language;
    made["speech_rate"] = of.voice.speech_rate;
    made["repeat_dtmf"] = of.voice.repeat_dtmf;
    made["voice"] = of.voice.voice;
    write_dlt(of.dlt, made);
    return made.dump();
}

infobip_repeat parse_infobip_repeat(std::string_view text) {
    json read;
    if (read_json(text, read) || !read.is_object())
        throw std::runtime_error("a PIN's first sending can't be read");
    if (!integer_of(member(read, "v", json::value_t::number_unsigned), 1, repeat_version))
        throw std::runtime_error("a PIN's first sending can't be read: another version's");
    infobip_repeat made;
    made.text = text_member(read, "text");
    for (const auto& [name, value] : member(read, "placeholders", json::value_t::object).items()) {
        if (value.is_string()) made.placeholders.emplace(name, value.get<std::string>());
    }
    made.from = text_member(read, "from");
    made.nc_needed = member(read, "nc_needed", json::value_t::boolean).get<bool>();
    made.voice.language = text_member(read, "language");
    // A database may have written 1.0 as 1.
    const auto rate = read.find("speech_rate");
    if (rate != read.end() && rate->is_number()) made.voice.speech_rate = rate->get<double>();
    made.voice.repeat_dtmf = text_member(read, "repeat_dtmf");
    made.voice.voice = text_member(read, "voice");
    if (const auto wrong = read_dlt(read, made.dlt))
        throw std::runtime_error("a PIN's first sending can't be read: " + wrong->field);
    return made;
}

infobip_repeat infobip_first_sending(
    const postgres::message_template& says, const infobip_send_request& asked
) {
    infobip_repeat made;
    made.text = says.text;
    made.placeholders = asked.placeholders;
    made.from = asked.from.empty() ? says.sender : asked.from;
    made.nc_needed = asked.nc_needed;
    made.voice.language = infobip_language(says.language).value_or("en");
    made.voice.speech_rate = says.speech_rate.value_or(1.0);
    made.voice.repeat_dtmf = says.repeat_dtmf;
    made.voice.voice = says.voice_name;
    made.dlt = infobip_dlt(says.regional);
    return made;
}

pin_parameters infobip_pin_parameters(
    const postgres::application& of,
    const postgres::message_template& says,
    const secret& own_code,
    bool strict
) {
    auto life = of.pin_time_to_live;
    pin_parameters made;
    made.type = says.pin_type;
    made.length = says.pin_length;
    if (strict) {
        life = std::min<std::chrono::milliseconds>(life, infobip_strict_life_max);
        made.length = std::max(made.length, infobip_strict_length_min);
    }
    if (!own_code.empty()) {
        made.type = narrowest_type(own_code.reveal());
        made.length = static_cast<std::uint8_t>(own_code.reveal().size());
    }
    // Never 0, which would mean for ever.
    made.expires_in =
        std::max(std::chrono::ceil<std::chrono::seconds>(life), std::chrono::seconds(1));
    made.max_tries = static_cast<std::uint32_t>(std::max(of.pin_attempts, 1));
    made.single_use = !of.allow_multiple_verifications;
    return made;
}

order infobip_order(
    const account_name& account,
    const postgres::application& of,
    const infobip_repeat& first,
    std::string text,
    pinwire::channel channel,
    const msisdn& to,
    std::chrono::system_clock::time_point now
) {
    order made;
    made.job.account = account;
    made.job.channel = channel;
    made.job.to = to;
    made.job.from = sender_name(first.from);
    made.job.text = std::move(text);
    made.job.dialect = dialect::infobip;
    made.job.voice = first.voice;
    made.job.dlt = first.dlt;
    const bool looked_up = channel == channel::sms && first.nc_needed;
    made.job.lookup = looked_up ? lookup_policy::nc_needed : lookup_policy::skip;
    made.job.report_format = report_format::infobip;
    made.job.requested_at = now;
    made.answer = answer_when::outcome;
    made.application = of.id;
    made.per_application = of.send_per_application;
    made.per_number = of.send_per_number;
    return made;
}

std::string_view infobip_resend_refusal(
    const postgres::pin_story& story, std::chrono::system_clock::time_point now
) {
    if (story.cancelled_at) return "PIN is cancelled";
    if (story.expires_at && *story.expires_at <= now) return "PIN is expired";
    if (story.tries_left && *story.tries_left <= 0) return "PIN has no attempts left";
    if (story.single_use && story.verified_at) return "PIN is already verified";
    return {};
}

}  // namespace pinwire::api
