#include "callback/authenticate.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <vector>

#include "common/carriers/signatures.hpp"
#include "common/core/base64.hpp"
#include "common/core/client_address.hpp"
#include "common/core/dlr_token.hpp"
#include "common/core/hmac.hpp"
#include "common/core/text.hpp"

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

// Without parameters, lower-case.
std::string content_type_of(const http::request& request) {
    const auto field = request.fields.get("content-type");
    std::string type(trimmed(field.substr(0, field.find(';'))));
    for (auto& c : type)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return type;
}

using signature_kind = config::dlr_auth_settings::signature_kind;

// Each line of the file is one: while a secret is changed, the old and the new both hold.
std::vector<secret> live_secrets(const secret& file) {
    std::vector<secret> made;
    std::string_view rest = file.reveal();
    while (!rest.empty()) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = trimmed(rest.substr(0, end));
        if (!line.empty()) made.emplace_back(std::string(line));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return made;
}

bool signature_holds(
    const http::request& request,
    const secret& key,
    const config::settings& settings,
    const config::dlr_auth_settings& auth,
    std::chrono::system_clock::time_point now
) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(auth.signature_age);
    const std::string url = settings.callback.public_url + request.target;
    const std::string type = content_type_of(request);
    const carriers::signed_post post{url, type, request.body};
    const auto header = [&request](std::string_view name) { return request.fields.get(name); };
    switch (auth.signature) {
        case signature_kind::none:
            return false;
        case signature_kind::twilio:
            return carriers::twilio_signature_holds(key, post, header("x-twilio-signature"));
        case signature_kind::vonage:
            return carriers::vonage_signature_holds(
                key, header("authorization"), request.body, now, age
            );
        case signature_kind::vonage_sms:
            return carriers::vonage_sig_holds(key, post, now, age);
    }
    return false;
}

bool is_signed(
    const http::request& request,
    const config::settings& settings,
    const config::dlr_auth_settings& auth,
    std::chrono::system_clock::time_point now
) {
    if (auth.signature == signature_kind::none) return true;
    bool good = false;
    for (const auto& key : live_secrets(auth.signature_secret.value))
        good = signature_holds(request, key, settings, auth, now) || good;
    return good;
}

// Vonage leaves the signature out now and then by a fault of its own, and posts again after a 5xx.
// Who has a good token may know that much.
refusal signature_refusal(
    const http::request& request, const config::dlr_auth_settings& auth, bool token
) {
    const bool vonage = auth.signature == signature_kind::vonage;
    const bool none = vonage && request.fields.find("authorization") == nullptr;
    return none && token ? refusal::unsigned_yet : refusal::forbidden;
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
    if (say) made.token = next_part(path);
    (say ? made.words : made.token) = path;
    made.ours = path.find('/') == std::string_view::npos &&
                (!say || (!made.token.empty() && !made.words.empty()));
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
    std::optional<attempt_id> attempt;
    if (!path.token.empty()) {
        const auto verified = keys.verify_dlr_token(result.who.carrier, path.token, now);
        if (!verified) {
            const bool unknown = verified.error() == token_error::unknown_key;
            result.refused = unknown ? refusal::unknown_key : refusal::forbidden;
            if (unknown) result.key = key_id(split_dlr_token(path.token)->key);
            return result;
        }
        attempt = *verified;
    }
    if (!is_signed(request, settings, carrier.dlr_auth, now))
        result.refused = signature_refusal(request, carrier.dlr_auth, attempt.has_value());
    else
        result.who.attempt = attempt;
    return result;
}

}  // namespace pinwire::callback
