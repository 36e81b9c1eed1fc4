#include "common/core/job_codec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "common/core/deadlines.hpp"
#include "common/core/dlt_codec.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/placeholder.hpp"
#include "common/core/plan_codec.hpp"
#include "common/core/sender.hpp"
#include "common/core/text.hpp"
#include "common/core/time_format.hpp"
#include "common/core/url.hpp"

namespace pinwire {
namespace {

using nlohmann::json;
using clock = std::chrono::system_clock;

constexpr std::size_t reference_max = 100;
constexpr std::size_t voice_max = 64;
constexpr std::size_t dtmf_max = 8;
constexpr std::size_t sealed_max = 256;
constexpr std::int64_t pin_life_max = 366L * 24 * 3600;
constexpr std::int64_t tries_max = 1'000'000;

bool is_dtmf(std::string_view text) {
    return !text.empty() && text.size() <= dtmf_max &&
           text.find_first_not_of("0123456789*#") == std::string_view::npos;
}

// v1.KID.base64url: the form only; the key ring opens it.
bool is_sealed(std::string_view text) {
    if (!text.starts_with("v1.") || text.size() > sealed_max) return false;
    const auto dot = text.find('.', 3);
    return dot != std::string_view::npos && dot > 3 && dot + 1 < text.size() &&
           text.find_first_not_of(
               "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", dot + 1
           ) == std::string_view::npos;
}

bool is_utc(std::string_view text) {
    return text.ends_with('Z') || text.ends_with('z') || text.ends_with("+00:00") ||
           text.ends_with("-00:00");
}

// Reads the fields of one message into a job. Each step returns false after noting the error.
class job_reader {
public:
    job_reader(const json& root, clock::time_point recorded_at, const job_defaults& defaults)
        : root_(root), recorded_at_(recorded_at), defaults_(defaults) {}

    bool read() {
        return read_names() && read_destination() && read_kind() && read_text() && read_voice() &&
               read_pin() && read_policy() && read_report() && read_times() && take_dlt();
    }

    pinwire::job take_job() { return std::move(job_); }
    decode_error take_error() { return std::move(error_); }

private:
    const json* find(const char* field) const {
        const auto at = root_.find(field);
        return at == root_.end() ? nullptr : &*at;
    }

    bool fail(std::string_view reason, std::string_view field, std::string_view rule) {
        error_.reason = reason;
        error_.field = field;
        error_.rule = rule;
        return false;
    }

    // A string field of the whole message: `value` stays null when it is absent.
    bool get_string(const char* field, const std::string*& value) {
        const json* at = find(field);
        if (at == nullptr) return true;
        if (!at->is_string()) return fail("wrong_type", field, "a string");
        value = at->get_ptr<const std::string*>();
        return true;
    }

    bool get_identifier(const char* field, const std::string*& value) {
        if (!get_string(field, value)) return false;
        if (value == nullptr || is_identifier(*value)) return true;
        value = nullptr;
        return fail("bad_value", field, "1 to 64 of A-Z a-z 0-9 . _ -");
    }

    bool get_bool(const char* field, bool& value) {
        const json* at = find(field);
        if (at == nullptr) return true;
        if (!at->is_boolean()) return fail("wrong_type", field, "true or false");
        value = at->get<bool>();
        return true;
    }

    // Both are tried even if one fails: the dead letter's event wants what could be read.
    bool read_names() {
        const std::string* account = nullptr;
        const std::string* id = nullptr;
        const bool id_read = get_identifier("job_id", id);
        const decode_error first = error_;
        const bool account_read = get_identifier("account", account);
        if (!id_read) error_ = first;
        if (account != nullptr) error_.account = *account;
        if (id != nullptr) error_.job_id = *id;
        if (!id_read || !account_read) return false;
        if (id == nullptr) return fail("missing_field", "job_id", "required");
        if (account == nullptr) return fail("missing_field", "account", "required");
        job_.id = pinwire::job_id(*id);
        job_.account = account_name(*account);
        return true;
    }

    bool read_destination() {
        constexpr const char* rule = "an E.164 number of 7 to 15 digits";
        const json* at = find("to");
        if (at == nullptr) return fail("missing_field", "to", "required");
        std::optional<msisdn> to;
        if (at->is_string()) {
            to = msisdn::parse(*at->get_ptr<const std::string*>());
        } else if (at->is_number()) {
            const auto number = integer_of(*at, 1, 999'999'999'999'999);
            if (number) to = msisdn::parse(std::to_string(*number));
        } else {
            return fail("wrong_type", "to", "a string or an integer");
        }
        if (!to) return fail("bad_value", "to", rule);
        job_.to = *std::move(to);

        const std::string* from = nullptr;
        if (!get_string("from", from)) return false;
        if (from == nullptr) return true;
        if (!is_sender(*from))
            return fail("bad_value", "from", "11 of letters, digits, space; or 15 digits");
        job_.from = sender_name(*from);
        return true;
    }

    template <class Value>
    bool get_word(
        const char* field,
        std::optional<Value> (*parse)(std::string_view),
        Value& value,
        const char* allowed
    ) {
        const std::string* text = nullptr;
        if (!get_string(field, text)) return false;
        if (text == nullptr) return true;
        const auto parsed = parse(*text);
        if (!parsed) return fail("bad_value", field, allowed);
        value = *parsed;
        return true;
    }

    bool read_kind() {
        return get_word("channel", parse_channel, job_.channel, "sms or voice") &&
               get_word("dialect", parse_dialect, job_.dialect, "360nrs or infobip") && take_plan();
    }

    // Without a channel of its own the job has its first step's.
    bool take_plan() {
        if (auto fault = read_plan(root_, job_))
            return fail(fault->reason, fault->field, fault->rule);
        if (job_.steps.empty()) return true;
        if (find("channel") != nullptr && job_.channel != job_.steps.front().channel)
            return fail("bad_value", "channel", "the first step's");
        job_.channel = job_.steps.front().channel;
        return true;
    }

    bool read_text() {
        const bool infobip = job_.dialect == dialect::infobip;
        const std::string* text = nullptr;
        if (!get_string("text", text)) return false;
        if (text == nullptr) {
            job_.text = infobip ? defaults_.text_infobip : defaults_.text_360nrs;
            return true;
        }
        if (characters_in(*text) > message_text_max)
            return fail("bad_value", "text", "at most 1600 characters");
        if (!is_message_text(*text)) return fail("bad_value", "text", "no control characters");
        if (!has_valid_placeholders(job_.dialect, *text))
            return fail("bad_value", "text", infobip ? "{{pin}} at least once" : "{PIN} once");
        job_.text = *text;
        return true;
    }

    // Checked for SMS too, where they have no effect.
    bool read_voice() {
        const std::string* language = nullptr;
        const std::string* dtmf = nullptr;
        const std::string* voice = nullptr;
        if (!get_string("language", language) || !get_string("repeat_dtmf", dtmf) ||
            !get_string("voice", voice))
            return false;
        if (language != nullptr && !is_language(*language))
            return fail("bad_value", "language", "one of the documented languages");
        if (dtmf != nullptr && !is_dtmf(*dtmf))
            return fail("bad_value", "repeat_dtmf", "1 to 8 of 0-9 * #");
        if (voice != nullptr &&
            (characters_in(*voice) > voice_max || voice->empty() || has_control_characters(*voice)))
            return fail("bad_value", "voice", "1 to 64 characters, no control characters");
        if (language != nullptr) job_.voice.language = *language;
        if (dtmf != nullptr) job_.voice.repeat_dtmf = *dtmf;
        if (voice != nullptr) job_.voice.voice = *voice;
        return read_speech_rate();
    }

    bool read_speech_rate() {
        const json* at = find("speech_rate");
        if (at == nullptr) return true;
        if (!at->is_number()) return fail("wrong_type", "speech_rate", "a number");
        const double rate = at->get<double>();
        if (!(rate >= 0.5 && rate <= 2.0)) return fail("bad_value", "speech_rate", "0.5 to 2");
        job_.voice.speech_rate = rate;
        return true;
    }

    bool read_pin() {
        const std::string* id = nullptr;
        if (!get_identifier("pin_id", id)) return false;
        if (id != nullptr) job_.pin = pinwire::pin_id(*id);
        if (!read_pin_length()) return false;
        const json* at = find("pin");
        if (at == nullptr) return true;
        if (!at->is_object()) return fail("wrong_type", "pin", "an object");
        if (job_.pin_length > 0) return fail("bad_value", "pin_length", "not with pin");
        return read_pin_parameters(*at) && read_sealed(*at);
    }

    bool read_pin_length() {
        const json* at = find("pin_length");
        if (at == nullptr) return true;
        if (!at->is_number_integer()) return fail("wrong_type", "pin_length", "an integer");
        const auto length = integer_of(*at, 4, 16);
        if (!length) return fail("bad_value", "pin_length", "4 to 16");
        if (!job_.pin) return fail("missing_field", "pin_id", "required with pin_length");
        job_.pin_length = static_cast<std::uint8_t>(*length);
        return true;
    }

    // Nothing if absent, -1 after an error.
    std::optional<std::int64_t> pin_number(
        const json& pin, const char* key, std::int64_t least, std::int64_t most
    ) {
        const auto at = pin.find(key);
        if (at == pin.end()) return std::nullopt;
        const std::string field = std::string("pin.") + key;
        if (!at->is_number_integer()) {
            fail("wrong_type", field, "an integer");
            return -1;
        }
        const auto number = integer_of(*at, least, most);
        if (number) return number;
        fail("bad_value", field, fmt::format("{} to {}", least, most));
        return -1;
    }

    bool read_pin_parameters(const json& pin) {
        pin_parameters given;
        const auto type = pin.find("type");
        if (type != pin.end()) {
            if (!type->is_string()) return fail("wrong_type", "pin.type", "a string");
            const auto parsed = parse_pin_type(*type->get_ptr<const std::string*>());
            if (!parsed)
                return fail("bad_value", "pin.type", "numeric, alpha, alphanumeric or hex");
            given.type = *parsed;
        }
        const auto length = pin_number(pin, "length", 4, 16);
        if (length == -1) return false;
        const auto expires_in = pin_number(pin, "expires_in", 0, pin_life_max);
        if (expires_in == -1) return false;
        const auto tries = pin_number(pin, "max_tries", 0, tries_max);
        if (tries == -1) return false;
        if (length) given.length = static_cast<std::uint8_t>(*length);
        if (expires_in) given.expires_in = std::chrono::seconds(*expires_in);
        if (tries) given.max_tries = static_cast<std::uint32_t>(*tries);
        const auto single_use = pin.find("single_use");
        if (single_use != pin.end()) {
            if (!single_use->is_boolean())
                return fail("wrong_type", "pin.single_use", "true or false");
            given.single_use = single_use->get<bool>();
        }
        if (type != pin.end() || length || expires_in || tries || single_use != pin.end())
            job_.pin_given = given;
        return true;
    }

    bool read_sealed(const json& pin) {
        const auto at = pin.find("sealed");
        if (at == pin.end()) return true;
        if (!at->is_string()) return fail("wrong_type", "pin.sealed", "a string");
        const auto& sealed = *at->get_ptr<const std::string*>();
        if (!is_sealed(sealed)) return fail("bad_value", "pin.sealed", "v1.KID.base64url");
        if (!job_.pin) return fail("missing_field", "pin_id", "required with pin.sealed");
        job_.pin_sealed = sealed;
        return true;
    }

    bool read_policy() {
        const json* hlr = find("hlr_lookup");
        const json* nc = find("ncNeeded");
        if (hlr != nullptr && nc != nullptr)
            return fail("both_policies", "", "hlr_lookup or ncNeeded, not both");
        if (hlr != nullptr) return read_hlr_lookup(*hlr);
        if (nc != nullptr) {
            bool needed = false;
            if (!get_bool("ncNeeded", needed)) return false;
            job_.lookup = needed ? lookup_policy::nc_needed : lookup_policy::skip;
            return true;
        }
        if (job_.channel == channel::voice)
            job_.lookup = lookup_policy::skip;
        else if (job_.dialect == dialect::infobip)
            job_.lookup = lookup_policy::nc_needed;
        else
            job_.lookup = lookup_policy::hlr_lookup;
        return true;
    }

    bool read_hlr_lookup(const json& value) {
        bool one = false;
        if (value.is_string()) {
            const auto& text = *value.get_ptr<const std::string*>();
            if (text != "0" && text != "1") return fail("bad_value", "hlr_lookup", "1 or 0");
            one = text == "1";
        } else if (value.is_number_integer()) {
            const auto number = integer_of(value, 0, 1);
            if (!number) return fail("bad_value", "hlr_lookup", "1 or 0");
            one = *number == 1;
        } else {
            return fail("wrong_type", "hlr_lookup", "1 or 0");
        }
        job_.lookup = one ? lookup_policy::hlr_lookup : lookup_policy::skip;
        return true;
    }

    bool read_report() {
        job_.report_format =
            job_.dialect == dialect::infobip ? report_format::infobip : report_format::nrs360;
        if (!get_word(
                "report_format",
                parse_report_format,
                job_.report_format,
                "360nrs, infobip, standard"
            ) ||
            !get_bool("report_refusal", job_.report_refusal))
            return false;
        const std::string* where = nullptr;
        const std::string* reference = nullptr;
        if (!get_string("report_url", where) || !get_string("reference", reference)) return false;
        if (where != nullptr) {
            const auto parsed = url::parse(*where);
            if (!parsed) return fail("bad_value", "report_url", to_string(parsed.error()));
            job_.report_url = *where;
        }
        if (reference == nullptr) return true;
        if (characters_in(*reference) > reference_max || has_control_characters(*reference))
            return fail("bad_value", "reference", "at most 100 characters, no control characters");
        job_.reference = *reference;
        return true;
    }

    bool read_times() {
        job_.requested_at = recorded_at_;
        const std::string* requested = nullptr;
        if (!get_string("requested_at", requested)) return false;
        if (requested != nullptr) {
            const auto at = is_utc(*requested) ? parse_rfc3339(*requested) : std::nullopt;
            if (!at) return fail("bad_value", "requested_at", "an RFC 3339 time in UTC");
            job_.requested_at = std::min(*at, recorded_at_);
        }
        job_.send_within = default_send_within(job_.pin_or_default().expires_in);
        const json* within = find("send_within");
        if (within == nullptr) return true;
        if (!within->is_number_integer()) return fail("wrong_type", "send_within", "an integer");
        const auto seconds = integer_of(*within, 1, send_within_max.count());
        if (!seconds) return fail("bad_value", "send_within", "1 to 604800 seconds");
        job_.send_within = std::chrono::seconds(*seconds);
        return true;
    }

    bool take_dlt() {
        const auto fault = read_dlt(root_, job_.dlt);
        return !fault || fail(fault->reason, fault->field, fault->rule);
    }

    const json& root_;
    clock::time_point recorded_at_;
    const job_defaults& defaults_;
    pinwire::job job_;
    decode_error error_;
};

decode_error whole_message(std::string_view reason, std::string_view rule) {
    decode_error error;
    error.reason = reason;
    error.rule = rule;
    return error;
}

}  // namespace

void throw_exception_from_error(const decode_error& error, const boost::source_location&) {
    throw std::runtime_error(fmt::format("job: {} {} ({})", error.reason, error.field, error.rule));
}

boost::system::result<job, decode_error> decode_job(
    std::string_view bytes, clock::time_point recorded_at
) {
    return decode_job(bytes, recorded_at, job_defaults());
}

boost::system::result<job, decode_error> decode_job(
    std::string_view bytes, clock::time_point recorded_at, const job_defaults& defaults
) {
    if (bytes.size() > job_bytes_max) return whole_message("too_large", "at most 65536 bytes");
    json root;
    if (const auto fault = read_json(bytes, root))
        return whole_message(to_string(*fault), "a JSON object, names once, at most 16 levels");
    if (!root.is_object()) return whole_message("not_object", "a JSON object");
    job_reader reader(root, recorded_at, defaults);
    if (!reader.read()) return reader.take_error();
    return reader.take_job();
}

}  // namespace pinwire
