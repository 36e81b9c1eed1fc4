#include "common/carriers/signatures.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "common/carriers/wire.hpp"
#include "common/core/base64.hpp"
#include "common/core/form.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/hmac_sha1.hpp"
#include "common/core/hs256.hpp"
#include "common/core/json_reader.hpp"

namespace pinwire::carriers {
namespace {

constexpr auto clock_skew = std::chrono::minutes(2);
constexpr std::size_t parameters_max = 256;

std::string hex_sha256(std::string_view body) {
    const auto digest = sha256(body);
    return hex_encode(digest);
}

// The same URL without a port, or with its scheme's own: libraries of theirs disagree.
std::string with_other_port(std::string_view url) {
    const bool https = url.starts_with("https://");
    const std::size_t scheme = https ? 8 : url.starts_with("http://") ? 7 : std::string_view::npos;
    if (scheme == std::string_view::npos) return {};
    const auto end = std::min(url.find_first_of("/?", scheme), url.size());
    const auto host = url.substr(scheme, end - scheme);
    const auto bracket = host.rfind(']');
    const auto colon = host.rfind(':');
    const bool has_port =
        colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
    const std::string start(url.substr(0, scheme));
    const std::string rest(url.substr(end));
    if (has_port) return start + std::string(host.substr(0, colon)) + rest;
    return start + std::string(host) + (https ? ":443" : ":80") + rest;
}

// Of a name that repeats: each value once, sorted.
std::string joined(const form& given) {
    std::map<std::string_view, std::set<std::string_view>> sorted;
    for (const auto& [name, value] : given.all())
        sorted[name].insert(value);
    std::string made;
    for (const auto& [name, values] : sorted)
        for (const auto& value : values) {
            made += name;
            made += value;
        }
    return made;
}

// What stands behind the URL in the signed text; none: the body isn't what the URL vouches for.
std::optional<std::string> signed_body(const signed_post& post) {
    if (post.body.empty()) return std::string();
    if (post.content_type == "application/x-www-form-urlencoded") {
        const auto given = form::parse(post.body, parameters_max);
        return given ? std::optional(joined(*given)) : std::nullopt;
    }
    const auto query = form::parse(query_of(post.url), parameters_max);
    const std::string* hash = query ? query->find("bodySHA256") : nullptr;
    if (hash == nullptr || !equal_constant_time(*hash, hex_sha256(post.body))) return std::nullopt;
    return std::string();
}

bool is_signature_of(std::string_view signature, const secret& token, const std::string& text) {
    return equal_constant_time(signature, base64_encode(hmac_sha1(token.reveal(), text)));
}

bool is_word(std::string_view text, std::string_view lower) {
    if (text.size() != lower.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if ((text[i] | 0x20) != (lower[i] | 0x20)) return false;
    return true;
}

using parameters = std::map<std::string, std::string>;

// None: they can't be read, or a name repeats, and nobody knows which one was signed.
std::optional<parameters> parameters_of(const signed_post& post) {
    parameters made;
    if (post.content_type == "application/json") {
        nlohmann::json fields;
        if (read_json(post.body, fields) || !fields.is_object()) return std::nullopt;
        for (const auto& [name, value] : fields.items())
            made[name] = value.is_string() ? value.get<std::string>() : value.dump();
        return made;
    }
    const auto given =
        form::parse(post.body.empty() ? query_of(post.url) : post.body, parameters_max);
    if (!given) return std::nullopt;
    for (const auto& [name, value] : given->all())
        if (!made.emplace(name, value).second) return std::nullopt;
    return made;
}

// "&name=value" of each, where a value can't look like another parameter.
std::string signed_text(const parameters& given) {
    std::string text;
    for (const auto& [name, value] : given) {
        text += "&" + name + "=";
        for (const char c : value)
            text += c == '&' || c == '=' ? '_' : c;
    }
    return text;
}

std::chrono::seconds unix_seconds(std::chrono::system_clock::time_point at) {
    return std::chrono::floor<std::chrono::seconds>(at.time_since_epoch());
}

bool is_young(std::int64_t at, std::chrono::seconds now, std::chrono::seconds age_max) {
    const auto age = now - std::chrono::seconds(at);
    return age <= age_max && age >= -clock_skew;
}

}  // namespace

bool twilio_signature_holds(
    const secret& token, const signed_post& post, std::string_view signature
) {
    const auto body = signed_body(post);
    if (!body || signature.empty()) return false;
    const bool plain = is_signature_of(signature, token, std::string(post.url) + *body);
    const bool other = is_signature_of(signature, token, with_other_port(post.url) + *body);
    return plain || other;
}

bool vonage_signature_holds(
    const secret& key,
    std::string_view authorization,
    std::string_view body,
    std::chrono::system_clock::time_point now,
    std::chrono::seconds age_max
) {
    constexpr std::string_view scheme = "bearer ";
    if (!is_word(authorization.substr(0, scheme.size()), scheme)) return false;
    const auto text = hs256_claims(key, authorization.substr(scheme.size()));
    nlohmann::json claims;
    if (!text || read_json(*text, claims) || !claims.is_object()) return false;
    const auto issued = wire::number_of(claims, "iat");
    if (!issued) return false;
    const auto since = unix_seconds(now);
    if (!is_young(*issued, since, age_max)) return false;
    const auto expires = wire::number_of(claims, "exp");
    if (expires && since - clock_skew > std::chrono::seconds(*expires)) return false;
    const std::string hash = wire::text_of(claims, "payload_hash");
    // a GET has no body, and its token need not hash one
    if (hash.empty() && body.empty()) return true;
    return equal_constant_time(hash, hex_sha256(body));
}

bool vonage_sig_holds(
    const secret& key,
    const signed_post& post,
    std::chrono::system_clock::time_point now,
    std::chrono::seconds age_max
) {
    auto given = parameters_of(post);
    const auto sig = given ? given->find("sig") : parameters::iterator();
    if (!given || sig == given->end()) return false;
    std::string hex = sig->second;
    for (char& c : hex)
        if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
    given->erase(sig);
    const auto wanted = hmac_sha256(key.reveal(), signed_text(*given));
    if (!equal_constant_time(hex, hex_encode(wanted))) return false;
    const auto stamp = given->find("timestamp");
    if (stamp == given->end()) return true;
    const nlohmann::json holder = {{"timestamp", stamp->second}};
    const auto at = wire::number_of(holder, "timestamp");
    return at && is_young(*at, unix_seconds(now), age_max);
}

}  // namespace pinwire::carriers
