#include "api/nrs360/decode.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "common/core/json_reader.hpp"
#include "common/core/pin.hpp"
#include "common/core/text.hpp"
#include "common/core/url.hpp"

namespace pinwire::api::nrs360 {
namespace {

using nlohmann::json;

constexpr std::size_t custom_max = 32;
constexpr std::int64_t pin_life_max = 366L * 24 * 3600;
constexpr std::int64_t tries_max = 1'000'000;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// application/json in any case, whatever parameters follow.
bool is_json(std::string_view content_type) {
    constexpr std::string_view wanted = "application/json";
    const auto kind = trimmed(content_type.substr(0, content_type.find(';')));
    return std::equal(kind.begin(), kind.end(), wanted.begin(), wanted.end(), [](char a, char b) {
        return lower(a) == b;
    });
}

// A JSON integer, or a string of digits that says one.
std::optional<std::int64_t> integer_or_digits(
    const json& value, std::int64_t least, std::int64_t most
) {
    if (!value.is_string()) return integer_of(value, least, most);
    const auto& text = *value.get_ptr<const std::string*>();
    if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
    std::int64_t number = 0;
    const auto end = text.data() + text.size();
    const auto got = std::from_chars(text.data(), end, number);
    if (got.ec != std::errc{} || got.ptr != end) return std::nullopt;
    if (number < least || number > most) return std::nullopt;
    return number;
}

// The members of one call. `bad` is the first of the wrong ones, in the order they are asked for.
class parameters {
public:
    static read<parameters> of(std::string_view content_type, std::string_view body) {
        if (!is_json(content_type)) return fault{error_id::invalid_content_type, {}};
        parameters made;
        if (read_json(body, made.root_) || !made.root_.is_object())
            return fault{error_id::json_parse_error, {}};
        return made;
    }

    const json* find(const char* name) const {
        const auto at = root_.find(name);
        return at == root_.end() ? nullptr : &*at;
    }

    // The first name that isn't there.
    std::optional<fault> missing(std::initializer_list<const char*> names) const {
        for (const char* name : names)
            if (find(name) == nullptr) return fault{error_id::missing_params, name};
        return std::nullopt;
    }

    std::optional<std::string> text(const char* name) {
        const json* at = find(name);
        if (at == nullptr) return std::nullopt;
        if (at->is_string()) return at->get<std::string>();
        mark_bad(name);
        return std::nullopt;
    }

    // A string, or an integer of 0 and up as its digits.
    std::string text_or_integer(const char* name) {
        const json* at = find(name);
        if (at != nullptr && at->is_number_unsigned()) return at->dump();
        return text(name).value_or("");
    }

    // The same, but a negative integer is of the right type: it is only no telephone number.
    std::string telephone_number(const char* name) {
        const json* at = find(name);
        const bool negative = at != nullptr && at->is_number_integer() && !at->is_number_unsigned();
        return negative ? std::string() : text_or_integer(name);
    }

    void mark_bad(const char* name) {
        if (!bad_) bad_ = fault{error_id::bad_params, name};
    }

    const std::optional<fault>& bad() const { return bad_; }

private:
    json root_;
    std::optional<fault> bad_;
};

std::optional<bool> read_hlr_lookup(const json& value) {
    if (value.is_string()) {
        const auto& text = *value.get_ptr<const std::string*>();
        if (text == "1" || text == "0") return text == "1";
        return std::nullopt;
    }
    const auto number = integer_of(value, 0, 1);
    if (!number) return std::nullopt;
    return *number == 1;
}

// numeric, alpha and alphanumeric: the documents know no hex.
std::optional<pin_type> read_type(const json& value) {
    if (!value.is_string()) return std::nullopt;
    const auto type = parse_pin_type(*value.get_ptr<const std::string*>());
    return type == pin_type::hex ? std::nullopt : type;
}

// 4 to 16 of 0-9 A-Z, upper-cased; empty: it is none.
secret read_code(const json& value) {
    std::string code;
    if (value.is_string())
        code = value.get<std::string>();
    else if (value.is_number_unsigned())
        code = value.dump();
    upper_case(code);
    return is_code(code) ? secret(std::move(code)) : secret();
}

fault bad_pin(const char* field) {
    return fault{error_id::invalid_pin_params, field};
}

// A code decides type and length; those that were written beside it must not say otherwise.
std::optional<fault> settle_code(asked_pin& pin) {
    const auto code = pin.code.reveal();
    const auto type = narrowest_type(code);
    if (!pin.type) pin.type = type;
    if (*pin.type != type && *pin.type != pin_type::alphanumeric) return bad_pin("pin_params.type");
    if (pin.length && *pin.length != code.size()) return bad_pin("pin_params.length");
    pin.length = static_cast<std::uint8_t>(code.size());
    return std::nullopt;
}

std::optional<fault> read_pin_members(const json& given, asked_pin& pin) {
    if (const auto at = given.find("type"); at != given.end()) {
        pin.type = read_type(*at);
        if (!pin.type) return bad_pin("pin_params.type");
    }
    if (const auto at = given.find("length"); at != given.end()) {
        const auto length = integer_or_digits(*at, 4, 16);
        if (!length) return bad_pin("pin_params.length");
        pin.length = static_cast<std::uint8_t>(*length);
    }
    if (const auto at = given.find("expires_in"); at != given.end()) {
        const auto seconds = integer_or_digits(*at, 0, pin_life_max);
        if (!seconds) return bad_pin("pin_params.expires_in");
        pin.expires_in = std::chrono::seconds(*seconds);
    }
    if (const auto at = given.find("max_tries"); at != given.end()) {
        const auto tries = integer_or_digits(*at, 0, tries_max);
        if (!tries) return bad_pin("pin_params.max_tries");
        pin.max_tries = static_cast<std::uint32_t>(*tries);
    }
    if (const auto at = given.find("code"); at != given.end()) {
        pin.code = read_code(*at);
        if (pin.code.empty()) return bad_pin("pin_params.code");
        return settle_code(pin);
    }
    return std::nullopt;
}

// An object, or an array that holds just one.
std::optional<fault> read_pin_params(const json& given, asked_pin& pin) {
    if (given.is_object()) return read_pin_members(given, pin);
    if (given.is_array() && given.size() == 1 && given.front().is_object())
        return read_pin_members(given.front(), pin);
    return bad_pin("pin_params");
}

std::optional<fault> read_own_errors(const parameters& from, asked_request& made) {
    if (const json* hlr = from.find("hlr_lookup")) {
        const auto wanted = read_hlr_lookup(*hlr);
        if (!wanted) return fault{error_id::invalid_hlr_lookup_param, "hlr_lookup"};
        made.hlr_lookup = *wanted;
    }
    const json* pin = from.find("pin_params");
    return pin == nullptr ? std::nullopt : read_pin_params(*pin, made.pin);
}

bool is_custom(std::string_view text) {
    return characters_in(text) <= custom_max && !has_control_characters(text);
}

}  // namespace

void throw_exception_from_error(const fault& what, const boost::source_location&) {
    throw std::runtime_error("360NRS: an unread call was taken for a read one: " + what.field);
}

read<asked_request> read_request(std::string_view content_type, std::string_view body) {
    auto got = parameters::of(content_type, body);
    if (!got) return got.error();
    auto& from = *got;
    if (auto missing = from.missing({"api_key", "msisdn"})) return *missing;
    asked_request made;
    made.sender_missing = from.find("sender") == nullptr;
    made.api_key = secret(from.text("api_key").value_or(""));
    made.msisdn = from.telephone_number("msisdn");
    made.sender = from.text("sender");
    made.sms_text = from.text("sms_text");
    made.report_url = from.text("report_url").value_or("");
    if (!made.report_url.empty() && !url::parse(made.report_url)) from.mark_bad("report_url");
    made.custom = from.text("custom").value_or("");
    if (!is_custom(made.custom)) from.mark_bad("custom");
    made.bad = from.bad();
    made.own = read_own_errors(from, made);
    return made;
}

read<asked_verify> read_verify(std::string_view content_type, std::string_view body) {
    auto got = parameters::of(content_type, body);
    if (!got) return got.error();
    auto& from = *got;
    if (auto missing = from.missing({"api_key", "msisdn", "pin"})) return *missing;
    asked_verify made;
    made.api_key = secret(from.text("api_key").value_or(""));
    made.msisdn = from.telephone_number("msisdn");
    auto pin = from.text_or_integer("pin");
    // an empty field of a form is no guess and costs no try
    if (trimmed(pin).empty()) from.mark_bad("pin");
    made.pin = secret(std::move(pin));
    made.bad = from.bad();
    return made;
}

}  // namespace pinwire::api::nrs360
