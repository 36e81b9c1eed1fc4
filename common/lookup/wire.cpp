#include "common/lookup/wire.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

namespace pinwire::lookup::wire {
namespace {

using nlohmann::json;

constexpr std::size_t word_max = 64;
constexpr std::size_t digits_in_row_max = 7;
constexpr std::int64_t one = 1'000'000;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_word(char c) {
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

// Six digits before the point at most, and any number behind it, of which six count.
std::optional<std::int64_t> micros_of(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, point);
    const auto part = point < text.size() ? text.substr(point + 1) : std::string_view();
    const auto all_digits = [](std::string_view some) {
        return std::all_of(some.begin(), some.end(), is_digit);
    };
    if (whole.empty() || whole.size() > 6 || !all_digits(whole) || !all_digits(part))
        return std::nullopt;
    std::int64_t made = 0;
    for (const char c : whole)
        made = made * 10 + (c - '0');
    for (std::size_t at = 0; at < 6; ++at)
        made = made * 10 + (at < part.size() ? part[at] - '0' : 0);
    return made;
}

}  // namespace

const json& member(const json& object, const char* key) {
    static const json none = json::object();
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

std::string text(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_number_integer() ? value.dump() : std::string();
}

std::string text_of(const json& object, const char* key) {
    return text(member(object, key));
}

bool flag_of(const json& object, const char* key) {
    const json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

std::string code_word(std::string_view text) {
    std::string word;
    std::size_t row = 0;  // digits at its end
    for (const char c : text) {
        if (!is_word(c)) continue;
        row = is_digit(c) ? row + 1 : 0;
        if (row <= digits_in_row_max) {
            word += c;
        } else if (row == digits_in_row_max + 1) {
            word.resize(word.size() - digits_in_row_max);
            word += '#';
        }
        if (word.size() >= word_max + digits_in_row_max) break;
    }
    if (word.size() > word_max) word.resize(word_max);
    return word;
}

std::string mccmnc(std::string_view text) {
    const bool good =
        (text.size() == 5 || text.size() == 6) && std::all_of(text.begin(), text.end(), is_digit);
    return good ? std::string(text) : std::string();
}

std::optional<std::int64_t> micros(const json& value) {
    if (value.is_string()) return micros_of(value.get_ref<const std::string&>());
    if (value.is_number_integer()) return micros_of(value.dump());
    if (!value.is_number_float()) return std::nullopt;
    const auto amount = value.get<double>();
    if (!(amount >= 0 && amount < static_cast<double>(one))) return std::nullopt;
    return std::llround(amount * static_cast<double>(one));
}

bool is_number(std::string_view text, const msisdn& asked) {
    return msisdn::parse(text) == asked;
}

void unreadable(lookup_result& into) {
    into.outcome = lookup_outcome::unknown;
    into.error = "UNREADABLE_ANSWER";
    into.trouble = true;
}

void refused(unsigned status, lookup_result& into) {
    into.outcome = lookup_outcome::unknown;
    into.error = "HTTP(" + std::to_string(status) + ")";
    into.trouble = status != 400 && status != 404 && status != 422;
}

}  // namespace pinwire::lookup::wire
