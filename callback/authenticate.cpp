#include "callback/authenticate.hpp"

#include <openssl/crypto.h>

#include "common/core/base64.hpp"
#include "common/core/client_address.hpp"
#include "common/core/hmac.hpp"

namespace pinwire::callback {
namespace {

// Equal without telling where they differ: digests of the same length are compared.
bool same(std::string_view given, std::string_view wanted) {
    const auto left = sha256(given);
    const auto right = sha256(wanted);
    return CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool basic_holds(const http::request& request, const config::dlr_auth_settings& auth) {
    const auto header = request.fields.get("authorization");
    const std::string wanted =
        auth.basic_user + ":" + std::string(auth.basic_password.value.reveal());
    constexpr std::string_view scheme = "Basic ";
    if (header.size() < scheme.size() ||
        !http::equal_no_case(header.substr(0, scheme.size()), scheme)) {
        return false;
    }
    const auto given = base64_decode(header.substr(scheme.size()));
    return given && same(*given, wanted);
}

refusal proofs(
    const http::request& request, const ip_address& client, const config::dlr_auth_settings& auth
) {
    if (!auth.cidrs.empty() && !holds(auth.cidrs, client)) return refusal::forbidden;
    if (!auth.header_name.empty() &&
        !same(request.fields.get(auth.header_name), auth.header_value.value.reveal())) {
        return refusal::forbidden;
    }
    if (!auth.basic_user.empty() && !basic_holds(request, auth)) return refusal::unauthorized;
    return refusal::none;
}

struct path_parts {
    std::string_view carrier;
    std::string_view token;
    std::string_view words;
    bool voice = false;
    bool ours = false;
};

std::string_view next_part(std::string_view& path) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    return part;
}

path_parts split(std::string_view target) {
    path_parts made;
    const auto query = target.find('?');
    auto path = target.substr(0, query);
    const bool say = path.starts_with("/say/");
    if (!say && !path.starts_with("/dlr/")) return made;
    path.remove_prefix(std::string_view("/dlr/").size());
    made.carrier = next_part(path);
    made.token = next_part(path);
    if (say) made.words = next_part(path);
    made.ours = path.empty() && (!say || (!made.token.empty() && !made.words.empty()));
    made.voice = say || (query != std::string_view::npos &&
                         target.substr(query).find("channel=voice") != std::string_view::npos);
    return made;
}

}  // namespace

authentication authenticate(
    const http::request& request,
    const ip_address& client,
    const config::settings& settings,
    const key_ring& keys,
    std::chrono::system_clock::time_point now
) {
    authentication result;
    const auto path = split(request.target);
    result.refused = refusal::no_such_path;
    if (!path.ours) return result;
    result.who.carrier = carrier_name(path.carrier);
    const auto found = settings.carriers.find(result.who.carrier);
    if (found == settings.carriers.end()) return result;
    const auto& carrier = found->second;
    if (path.token.empty() && !(carrier.tokenless && carrier.dlr_auth.any())) return result;
    result.refused = proofs(request, client, carrier.dlr_auth);
    if (result.refused != refusal::none) return result;
    result.who.channel = path.voice ? channel::voice : channel::sms;
    result.who.words = path.words;
    if (path.token.empty()) return result;
    const auto attempt = keys.verify_dlr_token(result.who.carrier, path.token, now);
    if (attempt) {
        result.who.attempt = *attempt;
    } else {
        const bool ours = attempt.error() == token_error::unknown_key;
        result.refused = ours ? refusal::own_trouble : refusal::forbidden;
    }
    return result;
}

}  // namespace pinwire::callback
