#include "common/postgres/array_literal.hpp"

#include <fmt/format.h>

#include <utility>

#include "common/core/hex.hpp"
#include "common/core/time_format.hpp"

namespace pinwire::postgres {

row_array& row_array::begin_row() {
    if (!first_row_) out_ += ',';
    first_row_ = false;
    first_field_ = true;
    out_ += "\"(";
    return *this;
}

row_array& row_array::end_row() {
    out_ += ")\"";
    return *this;
}

void row_array::separate() {
    if (!first_field_) out_ += ',';
    first_field_ = false;
}

// A field inside a row inside an array: both levels have quotes and backslashes of their own, so
// that a quote becomes \"\" and a backslash \\\\.
row_array& row_array::text(std::string_view value) {
    separate();
    out_ += "\\\"";
    std::size_t plain = 0;
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value[i] != '"' && value[i] != '\\') continue;
        out_.append(value, plain, i - plain);
        out_ += value[i] == '"' ? "\\\"\\\"" : "\\\\\\\\";
        plain = i + 1;
    }
    out_.append(value, plain, value.size() - plain);
    out_ += "\\\"";
    return *this;
}

row_array& row_array::text_or_null(std::string_view value) {
    return value.empty() ? null() : text(value);
}

row_array& row_array::number(std::int64_t value) {
    return raw(fmt::format_int(value).c_str());
}

row_array& row_array::boolean(bool value) {
    return raw(value ? "t" : "f");
}

row_array& row_array::time(time_point value) {
    return raw(timestamptz_text(value));
}

row_array& row_array::bytes(std::span<const std::uint8_t> value) {
    separate();
    out_ += "\\\"\\\\\\\\x";  // \\x at the row's level, \x at the field's
    out_ += hex_encode(value);
    out_ += "\\\"";
    return *this;
}

row_array& row_array::null() {
    separate();
    return *this;
}

row_array& row_array::raw(std::string_view plain) {
    separate();
    out_ += plain;
    return *this;
}

std::string row_array::take() {
    out_ += '}';
    first_row_ = true;
    return std::exchange(out_, "{");
}

std::string timestamptz_text(time_point at) {
    if (at == time_point::max()) return "infinity";
    if (at == time_point::min()) return "-infinity";
    return format_rfc3339(at);
}

std::string interval_text(std::chrono::milliseconds span) {
    return fmt::format("{} milliseconds", span.count());
}

std::string number_array(std::span<const std::int64_t> numbers) {
    return fmt::format("{{{}}}", fmt::join(numbers, ","));
}

std::string text_array(std::span<const std::string> texts) {
    std::string out = "{";
    for (const auto& text : texts) {
        if (out.size() > 1) out += ',';
        out += '"';
        for (const char letter : text) {
            if (letter == '"' || letter == '\\') out += '\\';
            out += letter;
        }
        out += '"';
    }
    return out += '}';
}

}  // namespace pinwire::postgres
