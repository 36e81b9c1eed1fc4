#include "api/infobip/authorization.hpp"

#include "common/core/base64.hpp"

namespace pinwire::api {

std::optional<infobip_credentials> infobip_credentials_of(std::string_view authorization) {
    const auto space = authorization.find(' ');
    if (space == std::string_view::npos) return std::nullopt;
    const auto scheme = authorization.substr(0, space);
    const auto start = authorization.find_first_not_of(' ', space);
    if (start == std::string_view::npos) return std::nullopt;
    const auto rest = authorization.substr(start);
    infobip_credentials made;
    if (http::equal_no_case(scheme, "App")) {
        made.key = secret(std::string(rest));
        return made;
    }
    if (!http::equal_no_case(scheme, "Basic")) return std::nullopt;
    const auto clear = base64_decode(rest);
    if (!clear) return std::nullopt;
    const auto colon = clear->find(':');
    if (colon == 0 || colon == std::string::npos) return std::nullopt;
    made.account = clear->substr(0, colon);
    made.key = secret(clear->substr(colon + 1));
    return made;
}

gate::verdict infobip_admit(gate& at, const call& from) {
    const auto given = infobip_credentials_of(from.request.fields.get("Authorization"));
    if (!given || given->key.empty()) return gate::verdict();
    if (given->account.empty()) return at.admit(given->key, from);
    return at.admit_basic(given->account, given->key, from);
}

}  // namespace pinwire::api
