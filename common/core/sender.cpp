#include "common/core/sender.hpp"

#include <algorithm>

#include "common/core/calling_code.hpp"
#include "common/core/prefixes.hpp"

namespace pinwire {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

}  // namespace

bool is_sender(std::string_view text) {
    constexpr std::size_t digits_max = 15;
    constexpr std::size_t characters_max = 11;
    if (text.empty()) return false;
    if (std::all_of(text.begin(), text.end(), is_digit)) return text.size() <= digits_max;
    if (text.size() > characters_max) return false;
    if (text.front() == ' ' || text.back() == ' ') return false;
    const auto allowed = [](char c) { return is_letter(c) || is_digit(c) || c == ' '; };
    return std::all_of(text.begin(), text.end(), allowed) &&
           std::any_of(text.begin(), text.end(), is_letter);
}

bool is_number(const sender_name& name) {
    return !name.empty() && std::all_of(name.view().begin(), name.view().end(), is_digit);
}

sender_choice choose_sender(
    const sender_wishes& wishes, channel over, std::string_view digits, const sender_rules& rules
) {
    const bool numbers_only =
        over == channel::voice || rules.numbers_only.contains(country_of(digits).code);
    const auto fits = [numbers_only](const sender_name& name) {
        return !name.empty() && (!numbers_only || is_number(name));
    };
    const auto& asked = wishes.job.empty() ? wishes.account : wishes.job;
    sender_choice made;
    const auto* put =
        wishes.of_route != nullptr ? find_by_prefix(*wishes.of_route, digits) : nullptr;
    // what the operator registered for a destination is allowed there
    if (put != nullptr && (over == channel::sms || is_number(*put))) {
        made.sender = *put;
    } else if (fits(wishes.job)) {
        made.sender = wishes.job;
    } else if (fits(wishes.account)) {
        made.sender = wishes.account;
    } else if (fits(wishes.route)) {
        made.sender = wishes.route;
    }
    made.substituted = !asked.empty() && made.sender != asked;
    return made;
}

}  // namespace pinwire
