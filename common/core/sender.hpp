// What may stand as the sender on the handset: at most 11 of letters, digits and space with one
// letter at least, or at most 15 digits. ASCII only; no leading or trailing space. Pure.
#pragma once

#include <string_view>

namespace pinwire {

bool is_sender(std::string_view text);

}  // namespace pinwire
