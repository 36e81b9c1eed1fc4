// Percent-encoding, query strings and application/x-www-form-urlencoded bodies. Reading is bounded:
// a text with more than the given number of parameters, or with a broken escape, is refused whole.
// Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pinwire {

inline constexpr std::size_t form_parameters_max = 64;

// Everything but A-Z a-z 0-9 - . _ ~ as %XX.
std::string percent_encode(std::string_view text);
std::string form_encode(std::string_view text);                    // likewise, a space as '+'
std::optional<std::string> percent_decode(std::string_view text);  // '+' stays '+'

// In order of appearance; names may repeat.
class form {
public:
    using parameter = std::pair<std::string, std::string>;

    form() = default;

    // Reads "a=1&b=2"; '+' is a space. Empty pieces between & are skipped.
    static std::optional<form> parse(std::string_view text, std::size_t max = form_parameters_max);

    void add(std::string name, std::string value);
    const std::string* find(std::string_view name) const;  // first of that name, or null
    const std::vector<parameter>& all() const { return parameters_; }

    std::string encode() const;  // space as '+'

private:
    std::vector<parameter> parameters_;
};

// The parts of a request target.
std::string_view path_of(std::string_view target);
std::string_view query_of(std::string_view target);  // without '?'

}  // namespace pinwire
