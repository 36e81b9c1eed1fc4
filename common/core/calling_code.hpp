// Which country a number belongs to, as far as its first digits say: the calling codes of ITU-T
// E.164, with the parts of the shared ones (1 and 7) that are countries of their own. Several codes
// can be one country's (Puerto Rico has two). Pure.
#pragma once

#include <string_view>

namespace pinwire {

struct country {
    std::string_view code;  // digits; empty: no country's
    std::string_view name;  // ISO 3166-1; "US/CA" share the rest of 1. For people
};

// By the longest code that the number begins with.
country country_of(std::string_view digits);

// Whether it is exactly one country's code.
bool is_calling_code(std::string_view digits);

}  // namespace pinwire
