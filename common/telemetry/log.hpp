// One line an event, key=value or JSON, to stderr for journald. An event has a short name and
// fields; sentences belong into a field. Secrets have no overload, telephone numbers are masked,
// long values are cut, control and non-ASCII characters are escaped: a line is always one line.
// open_log() comes first in main; afterwards everything here may be called from any thread.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "common/core/ids.hpp"
#include "common/core/msisdn.hpp"
#include "common/core/secret.hpp"
#include "common/core/strong.hpp"

namespace pinwire::telemetry {

enum class log_level { debug, info, warn, error };
enum class log_format { text, json };

// A key and a value. Text is borrowed: build fields in the call that logs them.
class field {
public:
    using value_type =
        std::variant<std::string_view, std::string, std::int64_t, std::uint64_t, double, bool>;

    field(std::string_view key, std::string_view value) : key_(key), value_(value) {}
    field(std::string_view key, const std::string& value)
        : key_(key), value_(std::string_view(value)) {}
    field(std::string_view key, std::string&& value) : key_(key), value_(std::move(value)) {}
    field(std::string_view key, const char* value)
        : key_(key), value_(std::string_view(value ? value : "")) {}
    field(std::string_view key, bool value) : key_(key), value_(value) {}
    field(std::string_view key, double value) : key_(key), value_(value) {}
    template <std::signed_integral Integer>
    field(std::string_view key, Integer value) : key_(key), value_(std::int64_t{value}) {}
    template <std::unsigned_integral Integer>
    requires(!std::same_as<Integer, bool>) field(std::string_view key, Integer value)
        : key_(key), value_(std::uint64_t{value}) {}
    template <class Tag>
    field(std::string_view key, const named<Tag>& value) : key_(key), value_(value.view()) {}
    template <class Tag>
    field(std::string_view key, const id128<Tag>& value) : key_(key), value_(value.hex()) {}
    field(std::string_view key, const msisdn& value) : key_(key), value_(value.masked()) {}
    field(std::string_view key, const secret&) = delete;
    template <class Pointed>
    field(std::string_view key, const Pointed*) = delete;

    std::string_view key() const noexcept { return key_; }
    const value_type& value() const noexcept { return value_; }

private:
    std::string_view key_;
    value_type value_;
};

using fields = std::initializer_list<field>;

struct log_options {
    log_level level = log_level::info;  // what is below isn't written
    log_format format = log_format::text;
    std::function<void(std::string_view)> sink;  // empty: stderr; a line without its newline
};

// May be called again (tests do).
void open_log(log_options options);
bool log_enabled(log_level level);

void log(log_level level, std::string_view event, fields what = {});
inline void log_debug(std::string_view event, fields what = {}) {
    log(log_level::debug, event, what);
}
inline void log_info(std::string_view event, fields what = {}) {
    log(log_level::info, event, what);
}
inline void log_warn(std::string_view event, fields what = {}) {
    log(log_level::warn, event, what);
}
inline void log_error(std::string_view event, fields what = {}) {
    log(log_level::error, event, what);
}

// For errors that repeat: at most one line a second for each key; the next one that is written says
// how many were not (`suppressed`). The key is code's word, never a stranger's text.
void log_limited(log_level level, std::string_view key, std::string_view event, fields what = {});

// The judge behind log_limited; pure, not thread-safe.
class log_limiter {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::size_t keys_max = 1024;  // above: all further keys share one

    // The number suppressed since the last line if this one may be written, else nothing.
    std::optional<std::uint64_t> admit(std::string_view key, time_point now);

private:
    struct entry {
        time_point last;
        std::uint64_t suppressed = 0;
    };
    std::unordered_map<std::string, entry> entries_;
};

// One line without its newline; pure.
std::string format_line(
    log_format format,
    std::chrono::system_clock::time_point now,
    log_level level,
    std::string_view event,
    std::span<const field> what
);

std::string_view to_string(log_level level);

}  // namespace pinwire::telemetry
