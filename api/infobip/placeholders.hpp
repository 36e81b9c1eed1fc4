// Infobip's own placeholders: {{name}} in a template's text, filled from a map of the request.
// {{pin}} is none of them: it stays for whoever sends. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/infobip/members.hpp"

namespace pinwire::api {

using infobip_placeholders = std::map<std::string, std::string>;

// Nothing when the member is absent, or wrong (a fault is noted): none is named "pin", no braces in
// a name, at most 50 of them, all text.
std::optional<infobip_placeholders> read_infobip_placeholders(const infobip_members& from);

// Each {{name}} that has a value; the others stay as they are. Values are put in as they are, never
// filled again. Nothing when the result is no text that can be sent: too long, or with another
// number of {{pin}} than the template has.
std::optional<std::string> fill_infobip_text(
    std::string_view text, const infobip_placeholders& values
);

}  // namespace pinwire::api
