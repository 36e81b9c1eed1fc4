#include "common/postgres/result.hpp"

#include <charconv>
#include <utility>

#include "common/core/hex.hpp"
#include "common/postgres/errors.hpp"
#include "common/postgres/result_data.hpp"

namespace pinwire::postgres {
namespace {

template <class Number>
bool read_number(std::string_view text, Number& out) {
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    return error == std::errc() && stop == end;
}

// Reads exactly `count` digits at `at`.
bool digits(std::string_view text, std::size_t at, std::size_t count, int& out) {
    if (at + count > text.size()) return false;
    return read_number(text.substr(at, count), out) && out >= 0;
}

bool is_at(std::string_view text, std::size_t at, char expected) {
    return at < text.size() && text[at] == expected;
}

}  // namespace

std::optional<time_point> parse_timestamptz(std::string_view text) {
    if (text == "infinity") return time_point::max();
    if (text == "-infinity") return time_point::min();
    int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0;
    const bool shape =
        digits(text, 0, 4, year) && is_at(text, 4, '-') && digits(text, 5, 2, month) &&
        is_at(text, 7, '-') && digits(text, 8, 2, day) && is_at(text, 10, ' ') &&
        digits(text, 11, 2, hour) && is_at(text, 13, ':') && digits(text, 14, 2, minute) &&
        is_at(text, 16, ':') && digits(text, 17, 2, second);
    if (!shape) return std::nullopt;
    text.remove_prefix(19);
    if (is_at(text, 0, '.')) {
        const auto end = text.find_first_not_of("0123456789", 1);
        const auto count = (end == std::string_view::npos ? text.size() : end) - 1;
        if (count == 0 || count > 6 || !digits(text, 1, count, fraction)) return std::nullopt;
        for (auto i = count; i < 6; ++i)
            fraction *= 10;
        text.remove_prefix(count + 1);
    }
    if (text != "+00") return std::nullopt;
    const std::chrono::year_month_day date{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second) + std::chrono::microseconds(fraction);
}

std::optional<std::vector<std::string>> parse_text_array(std::string_view text) {
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    std::vector<std::string> out;
    if (text.empty()) return out;
    std::string value;
    bool quoted = false;
    bool was_quoted = false;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ',' && !quoted)) {
            if (quoted || (value.empty() && !was_quoted)) return std::nullopt;
            if (value == "NULL" && !was_quoted) return std::nullopt;
            out.push_back(std::exchange(value, {}));
            was_quoted = false;
        } else if (text[i] == '"') {
            quoted = !quoted;
            was_quoted = true;
        } else if (text[i] == '\\') {
            if (++i == text.size()) return std::nullopt;
            value += text[i];
        } else if (!quoted && (text[i] == '{' || text[i] == '}')) {
            return std::nullopt;  // an array of arrays
        } else {
            value += text[i];
        }
    }
    return out;
}

result::result(std::unique_ptr<data> from)
    : data_(std::move(from)),
      size_(static_cast<std::size_t>(data_->rows.size())),
      columns_(static_cast<int>(data_->rows.columns())) {}
result::result(result&&) noexcept = default;
result& result::operator=(result&&) noexcept = default;
result::~result() = default;

row result::one() const {
    if (size_ != 1) {
        throw unexpected_answer("expected one row, got " + std::to_string(size_));
    }
    return row(*this, 0);
}

namespace {

pqxx::field field_at(const pqxx::result& rows, std::size_t number, int column) {
    return rows[static_cast<pqxx::result::size_type>(number)]
               [static_cast<pqxx::row::size_type>(column)];
}

}  // namespace

void row::bad(int column, const char* expected) const {
    throw unexpected_answer("column " + std::to_string(column) + " holds not " + expected);
}

bool row::is_null(int column) const {
    if (column < 0 || column >= result_->columns_ || number_ >= result_->size_) {
        throw unexpected_answer("there is no column " + std::to_string(column));
    }
    return field_at(result_->data_->rows, number_, column).is_null();
}

std::string_view row::view(int column) const {
    if (column < 0 || column >= result_->columns_ || number_ >= result_->size_) {
        throw unexpected_answer("there is no column " + std::to_string(column));
    }
    const auto field = field_at(result_->data_->rows, number_, column);
    if (field.is_null()) bad(column, "a value but NULL");
    return std::string_view(field.c_str(), static_cast<std::size_t>(field.size()));
}

std::string row::text_or_empty(int column) const {
    return is_null(column) ? std::string() : text(column);
}

std::int16_t row::int16(int column) const {
    std::int16_t value = 0;
    if (!read_number(view(column), value)) bad(column, "a 16-bit integer");
    return value;
}

std::int32_t row::int32(int column) const {
    std::int32_t value = 0;
    if (!read_number(view(column), value)) bad(column, "a 32-bit integer");
    return value;
}

std::int64_t row::int64(int column) const {
    std::int64_t value = 0;
    if (!read_number(view(column), value)) bad(column, "a 64-bit integer");
    return value;
}

bool row::boolean(int column) const {
    const auto value = view(column);
    if (value != "t" && value != "f") bad(column, "a boolean");
    return value == "t";
}

time_point row::time(int column) const {
    const auto value = parse_timestamptz(view(column));
    if (!value) bad(column, "a time in UTC");
    return *value;
}

std::optional<time_point> row::maybe_time(int column) const {
    if (is_null(column)) return std::nullopt;
    return time(column);
}

std::optional<std::int16_t> row::maybe_int16(int column) const {
    if (is_null(column)) return std::nullopt;
    return int16(column);
}

std::vector<std::uint8_t> row::bytes(int column) const {
    const auto value = view(column);
    if (value.substr(0, 2) != "\\x" || value.size() % 2 != 0) bad(column, "bytes");
    std::vector<std::uint8_t> out;
    out.reserve(value.size() / 2 - 1);
    for (std::size_t i = 2; i < value.size(); i += 2) {
        const int high = hex_value(value[i]);
        const int low = hex_value(value[i + 1]);
        if (high < 0 || low < 0) bad(column, "bytes");
        out.push_back(static_cast<std::uint8_t>(high * 16 + low));
    }
    return out;
}

std::vector<std::string> row::texts(int column) const {
    auto value = parse_text_array(view(column));
    if (!value) bad(column, "an array of texts");
    return std::move(*value);
}

}  // namespace pinwire::postgres
