#include "cli/masking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "common/core/ids.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/msisdn.hpp"

namespace pinwire::cli {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr auto hidden = "(masked)";

// Known fields that say nothing secret; every other name's value is masked.
constexpr std::array<std::string_view, 24> harmless = {
    "job_id",        "account",        "channel",    "from",       "dialect",      "language",
    "speech_rate",   "repeat_dtmf",    "voice",      "pin_id",     "hlr_lookup",   "ncNeeded",
    "report_format", "report_refusal", "reference",  "report_url", "requested_at", "send_within",
    "type",          "length",         "expires_in", "max_tries",  "pin",          "to"};

bool is_harmless(const std::string& name) {
    return std::find(harmless.begin(), harmless.end(), name) != harmless.end();
}

std::string masked_number(const json& value) {
    const auto text = value.is_string() ? value.get<std::string>() : value.dump();
    const auto number = msisdn::parse(text);
    return number ? number->masked() : std::string(hidden);
}

ordered_json masked_object(const json& from, bool top) {
    auto out = ordered_json::object();
    for (const auto& [name, value] : from.items()) {
        if (!is_harmless(name)) {
            out[name] = hidden;
        } else if (name == "to") {
            out[name] = masked_number(value);
        } else if (value.is_object()) {
            out[name] = top && name == "pin" ? masked_object(value, false) : ordered_json(hidden);
        } else if (name == "pin" || value.is_array()) {
            out[name] = hidden;
        } else {
            out[name] = ordered_json(value);
        }
    }
    return out;
}

}  // namespace

ordered_json masked_job(std::string_view bytes) {
    json read;
    if (read_json(bytes, read) || !read.is_object()) return nullptr;
    return masked_object(read, true);
}

std::string masked_key(std::string_view key) {
    if (parse_hex128(key)) return std::string(key);
    if (const auto number = msisdn::parse(key)) return number->masked();
    return fmt::format("({} bytes)", key.size());
}

std::string without_number(std::string text, const msisdn& number) {
    const auto& digits = number.digits();
    if (digits.empty()) return text;
    const auto shown = number.masked();
    for (auto at = text.find(digits); at != std::string::npos; at = text.find(digits, at)) {
        text.replace(at, digits.size(), shown);
        at += shown.size();
    }
    return text;
}

}  // namespace pinwire::cli
