// A telephone number as E.164 has it: 7 to 15 digits, the first not 0, stored without the plus
// (ITU-T E.164; the shortest numbers in use have 7). Never logged whole: masked() is for people.
#pragma once

#include <compare>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace pinwire {

class msisdn {
public:
    msisdn() = default;  // no number

    // Drops a leading '+' or '00', spaces and "-.()"; nullopt when what is left is no E.164 number.
    static std::optional<msisdn> parse(std::string_view text);

    const std::string& digits() const noexcept { return digits_; }
    std::string with_plus() const { return "+" + digits_; }
    // First four and last two digits: 4477******23.
    std::string masked() const;
    bool empty() const noexcept { return digits_.empty(); }

    friend bool operator==(const msisdn&, const msisdn&) = default;
    friend auto operator<=>(const msisdn&, const msisdn&) = default;

private:
    explicit msisdn(std::string digits) : digits_(std::move(digits)) {}
    std::string digits_;
};

}  // namespace pinwire

template <>
struct std::hash<pinwire::msisdn> {
    std::size_t operator()(const pinwire::msisdn& number) const noexcept {
        return std::hash<std::string>{}(number.digits());
    }
};
