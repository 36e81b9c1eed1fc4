// The rows of one answer, as text, with checked getters. A row is a light view: it must not
// outlive its result. A getter on NULL, on a column that isn't there or on text that is no such
// value throws unexpected_answer (the optional forms take NULL). Not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/core/ids.hpp"
#include "common/postgres/types.hpp"

namespace pinwire::postgres {

class result;

class row {
public:
    bool is_null(int column) const;
    std::string_view view(int column) const;  // lives as long as the result
    std::string text(int column) const { return std::string(view(column)); }
    std::string text_or_empty(int column) const;
    std::int16_t int16(int column) const;
    std::int32_t int32(int column) const;
    std::int64_t int64(int column) const;
    bool boolean(int column) const;
    time_point time(int column) const;
    std::optional<time_point> maybe_time(int column) const;
    std::optional<std::int16_t> maybe_int16(int column) const;
    std::vector<std::uint8_t> bytes(int column) const;
    std::vector<std::string> texts(int column) const;  // of text[]; no NULL among them

    template <class Id>
    Id id(int column) const {
        const auto parsed = Id::parse(view(column));
        if (!parsed) bad(column, "a uuid");
        return *parsed;
    }
    template <class Id>
    std::optional<Id> maybe_id(int column) const {
        if (is_null(column)) return std::nullopt;
        return id<Id>(column);
    }

private:
    friend class result;
    row(const result& of, std::size_t number) : result_(&of), number_(number) {}
    [[noreturn]] void bad(int column, const char* expected) const;

    const result* result_;
    std::size_t number_;
};

class result {
public:
    struct data;  // libpqxx's own; private to the module
    explicit result(std::unique_ptr<data>);
    result(result&&) noexcept;
    result& operator=(result&&) noexcept;
    ~result();

    std::size_t size() const noexcept { return size_; }
    bool empty() const noexcept { return size_ == 0; }
    row operator[](std::size_t number) const { return row(*this, number); }
    row one() const;  // exactly one row, else unexpected_answer

private:
    friend class row;
    std::unique_ptr<data> data_;
    std::size_t size_ = 0;
    int columns_ = 0;
};

// The two text forms that getters read; nullopt when it is none. Sessions run in UTC.
std::optional<time_point> parse_timestamptz(std::string_view text);
std::optional<std::vector<std::string>> parse_text_array(std::string_view text);

}  // namespace pinwire::postgres
