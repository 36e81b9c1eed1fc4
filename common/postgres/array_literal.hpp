// Builds PostgreSQL array literals, so that a whole batch travels as one text parameter:
// {"(a,b,\"c\")",...} for an array of a composite type, {a,b} for ids and numbers, {"a","b"} for
// texts. Escapes quotes, backslashes, commas and parentheses; tells an empty string from NULL.
// Text must be free of NUL (the session refuses it). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/core/ids.hpp"
#include "common/core/strong.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

// One row after the other; fields in the order of the composite type, every field of each row.
class row_array {
public:
    row_array() { out_ = "{"; }

    row_array& begin_row();
    row_array& text(std::string_view value);          // "" is the empty string
    row_array& text_or_null(std::string_view value);  // "" is NULL
    row_array& number(std::int64_t value);
    row_array& boolean(bool value);
    row_array& time(time_point value);
    row_array& bytes(std::span<const std::uint8_t> value);
    row_array& null();
    row_array& end_row();

    template <class Tag>
    row_array& id(const id128<Tag>& value) {
        return raw(value.hex());
    }
    template <class Id>
    row_array& id(const std::optional<Id>& value) {
        return value ? id(*value) : null();
    }
    template <class Tag>
    row_array& text(const named<Tag>& value) {
        return text(value.view());
    }
    row_array& time(const std::optional<time_point>& value) {
        return value ? time(*value) : null();
    }
    template <class Enum>
    row_array& status(Enum value) {
        return number(static_cast<std::int64_t>(value));
    }
    template <class Enum>
    row_array& status(const std::optional<Enum>& value) {
        return value ? status(*value) : null();
    }

    std::string take();  // ends the literal; the builder is empty then

private:
    row_array& raw(std::string_view plain);  // needs no escaping
    void separate();

    std::string out_;
    bool first_row_ = true;
    bool first_field_ = true;
};

// RFC 3339 (time_format.hpp), infinity or -infinity.
std::string timestamptz_text(time_point);
std::string interval_text(std::chrono::milliseconds);

template <class Id>
std::string id_array(std::span<const Id> ids) {
    std::string out = "{";
    for (const auto& id : ids) {
        if (out.size() > 1) out += ',';
        out += id.hex();
    }
    return out += '}';
}
std::string number_array(std::span<const std::int64_t> numbers);
std::string text_array(std::span<const std::string> texts);

}  // namespace pinwire::postgres
