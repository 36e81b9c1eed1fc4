#include "common/carriers/wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "common/core/hex.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/limits.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::carriers::wire {
namespace {

constexpr std::size_t code_word_max = 64;
constexpr std::size_t others_max = 16;
constexpr const char* others = "others";
// What our own URLs, and signatures over them, put into the query.
constexpr std::initializer_list<const char*> our_own = {"channel", "bodySHA256"};
constexpr std::size_t id_max = 128;
constexpr std::int64_t retry_after_max = 86'400;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
char to_lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
char to_upper(char c) {
    return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c;
}

std::optional<std::int64_t> parse_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

std::string without_leading_zeros(std::string id) {
    const auto first = id.find_first_not_of('0');
    if (first == std::string::npos) return id.empty() ? id : "0";
    return id.substr(first);
}

// A number of any length in another base, lower-case, without leading zeros; empty: it is none.
std::string in_other_base(std::string_view digits, int from, int to) {
    std::vector<int> value;  // least significant first
    for (const char c : digits) {
        int carry = hex_value(c);
        if (carry < 0 || carry >= from) return {};
        for (int& digit : value) {
            carry += digit * from;
            digit = carry % to;
            carry /= to;
        }
        for (; carry > 0; carry /= to)
            value.push_back(carry % to);
    }
    std::string text;
    for (auto digit = value.rbegin(); digit != value.rend(); ++digit)
        text += "0123456789abcdef"[*digit];
    return text.empty() && !digits.empty() ? "0" : text;
}

bool is_one_of(std::initializer_list<const char*> list, std::string_view name) {
    return std::any_of(list.begin(), list.end(), [name](const char* one) { return name == one; });
}

// No name is a way for what a text holds: of a form whose text was not escaped, say.
bool is_field_name(std::string_view name) {
    constexpr std::size_t size_max = 40;
    const auto fits = [](char c) { return is_upper(c) || is_lower(c) || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= size_max &&
           std::count_if(name.begin(), name.end(), is_digit) < 3 &&
           std::all_of(name.begin(), name.end(), [&](char c) { return fits(c) || is_digit(c); });
}

}  // namespace

std::string code_word(std::string_view text) {
    std::string word;
    for (const char c : text) {
        if (word.size() == code_word_max) break;
        if (is_digit(c) || is_upper(c) || is_lower(c) || c == '_' || c == '.' || c == '-')
            word += c;
    }
    return word;
}

std::span<const status_class> status_table() {
    static constexpr auto rows = std::to_array<status_class>({
        {429, 429, verdict::not_sent_later},
        {408, 409, verdict::in_doubt},
        {400, 499, verdict::not_sent_next},
        {301, 301, verdict::not_sent_next},
        {307, 308, verdict::not_sent_next},
        {0, 999, verdict::in_doubt},
    });
    return rows;
}

verdict verdict_of_status(unsigned status) {
    for (const status_class& row : status_table())
        if (status >= row.first && status <= row.last) return row.verdict;
    return verdict::in_doubt;
}

const error_class* find_error(std::span<const error_class> table, std::string_view says) {
    for (const error_class& row : table)
        if (row.says == says) return &row;
    return nullptr;
}

const error_class* find_beginning(
    std::span<const error_class> table, unsigned status, std::string_view body
) {
    for (const error_class& row : table)
        if (row.status == status && body.starts_with(row.says)) return &row;
    return nullptr;
}

std::chrono::seconds retry_after(const http_headers& headers) {
    const auto seconds = parse_number(find_header(headers, "retry-after"));
    if (!seconds) return std::chrono::seconds(0);
    return std::chrono::seconds(std::min(*seconds, retry_after_max));
}

answer answer_of_status(const http_response& response, std::string_view word) {
    answer made;
    made.verdict = verdict_of_status(response.status);
    made.retry_after = retry_after(response.headers);
    const std::string clean = code_word(word);
    made.error = (clean.empty() ? "HTTP" : clean) + "(" + std::to_string(response.status) + ")";
    return made;
}

std::string normalise_id(settings::id_form form, std::string_view id) {
    if (id.empty() || id.size() > id_max) return {};
    const auto visible = [](char c) { return c > ' ' && c < 0x7f; };
    if (!std::all_of(id.begin(), id.end(), visible)) return {};
    std::string text(id);
    switch (form) {
        case settings::id_form::as_is:
            break;
        case settings::id_form::lower:
            std::transform(text.begin(), text.end(), text.begin(), to_lower);
            break;
        case settings::id_form::upper:
            std::transform(text.begin(), text.end(), text.begin(), to_upper);
            break;
        case settings::id_form::hex_lower:
            std::erase(text, '-');
            std::transform(text.begin(), text.end(), text.begin(), to_lower);
            return without_leading_zeros(std::move(text));
        case settings::id_form::decimal:
            return without_leading_zeros(std::move(text));
    }
    return text;
}

std::string normalise_report_id(const settings& given, std::string_view id) {
    using base = settings::id_base;
    const std::string plain = normalise_id(given.ids, id);
    if (given.report_ids == base::as_answered) return plain;
    const bool hex = given.report_ids == base::hex;
    std::string digits = plain;
    if (hex) std::erase(digits, '-');
    const std::string other = in_other_base(digits, hex ? 16 : 10, hex ? 10 : 16);
    return other.empty() ? plain : other;
}

bool reports_each_part(const settings& given) {
    using parts = settings::part_reports;
    if (given.parts != parts::by_kind) return given.parts == parts::each;
    return given.kind == "vonage" && given.application.empty();
}

bool absence_counts(const settings& given, const inquiry& about) {
    // a request may have gone out until all patience was over, with a slow connection or as a
    // repeat
    const auto last =
        about.began + std::max<std::chrono::milliseconds>(about.patience, given.idempotency_window);
    return given.absent_after.count() > 0 && about.now >= last + given.absent_after;
}

std::int64_t minutes_of(std::chrono::seconds validity, std::int64_t most) {
    const auto whole = std::chrono::floor<std::chrono::minutes>(validity).count();
    return std::clamp<std::int64_t>(whole, 1, most);
}

std::string text_of(const nlohmann::json& object, const char* key) {
    if (!object.is_object()) return {};
    const auto found = object.find(key);
    if (found == object.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number_integer()) return found->dump();
    return {};
}

std::optional<std::int64_t> number_of(const nlohmann::json& object, const char* key) {
    return parse_number(text_of(object, key));
}

pull_reading read_pulled_list(
    const http_response& response, const char* name, const entry_reader& read_entry
) {
    pull_reading made;
    nlohmann::json body;
    const bool object =
        response.status == 200 && !read_json(response.body, body) && body.is_object();
    const auto list = object ? body.find(name) : body.end();
    made.readable = object && list != body.end() && list->is_array();
    if (!made.readable) {
        made.word = http_word(response);
        return made;
    }
    for (const auto& element : *list)
        if (auto read = read_entry(element)) made.entries.push_back(std::move(*read));
    return made;
}

std::string http_word(const http_response& response) {
    return "HTTP(" + std::to_string(response.status) + ")";
}

const nlohmann::json& object_of(const nlohmann::json& object, const char* key) {
    static const nlohmann::json none = nlohmann::json::object();
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    if (found == object.end() || !found->is_object()) return none;
    return *found;
}

std::string raw_dump(const nlohmann::json& value) {
    // ASCII only, so that cutting can't break a character.
    std::string text = value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
    if (text.size() > limits::raw_dlr_bytes_max) text.resize(limits::raw_dlr_bytes_max);
    return text;
}

std::string raw_of(const nlohmann::json& entry, names kept, names dropped) {
    nlohmann::json made = nlohmann::json::object();
    std::vector<std::string_view> unlisted;
    for (const auto& [name, value] : entry.items()) {
        if (is_one_of(kept, name))
            made[name] = value;
        else if (!is_one_of(dropped, name))
            unlisted.push_back(name);
    }
    name_others(made, unlisted);
    return raw_dump(made);
}

std::string raw_of(const form& fields, names kept, names dropped) {
    nlohmann::json made = nlohmann::json::object();
    std::vector<std::string_view> unlisted;
    for (const auto& [name, value] : fields.all()) {
        if (is_one_of(kept, name))
            made.emplace(name, value);  // the first of that name is the one that counts
        else if (!is_one_of(dropped, name) && !is_one_of(our_own, name))
            unlisted.push_back(name);
    }
    name_others(made, unlisted);
    return raw_dump(made);
}

void name_others(nlohmann::json& kept, const std::vector<std::string_view>& given) {
    std::set<std::string> sorted;
    for (const auto name : given)
        if (sorted.size() < others_max) sorted.emplace(is_field_name(name) ? name : "?");
    if (!sorted.empty()) kept[others] = sorted;
}

bool names_others(std::string_view raw) {
    return raw.find("\"" + std::string(others) + "\":[") != std::string_view::npos;
}

std::optional<form> parameters_of(const dlr_request& request) {
    if (request.method == "POST" && !request.body.empty()) return form::parse(request.body);
    return form::parse(query_of(request.target));
}

std::optional<std::chrono::system_clock::time_point> short_time(
    std::string_view text, std::chrono::seconds offset
) {
    if (text.size() != 10 && text.size() != 12) return std::nullopt;
    const auto two = [text](std::size_t at) { return std::string(text.substr(at, 2)); };
    const std::string seconds = text.size() == 12 ? two(10) : "00";
    const auto day = "20" + two(0) + "-" + two(2) + "-" + two(4);
    return parse_plain(day + " " + two(6) + ":" + two(8) + ":" + seconds, offset);
}

std::string header_value(std::string_view text) {
    std::string value;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x20 && byte != 0x7f) value += c;
    }
    return value;
}

}  // namespace pinwire::carriers::wire
