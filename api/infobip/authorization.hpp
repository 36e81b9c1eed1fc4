// `Authorization: App KEY`, or Basic with the account's name and one of its keys as the password.
// The scheme's case doesn't matter.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/caller.hpp"

namespace pinwire::api {

struct infobip_credentials {
    std::string account;  // empty: App
    secret key;
};

// Nothing when the header is missing or says neither. Pure.
std::optional<infobip_credentials> infobip_credentials_of(std::string_view authorization);

// An address that isn't on the account's list is told the same as a wrong key: a stolen key
// isn't confirmed.
gate::verdict infobip_admit(gate&, const call&);

}  // namespace pinwire::api
