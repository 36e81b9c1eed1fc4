#include "common/core/hs256.hpp"

#include <nlohmann/json.hpp>

#include "common/core/base64.hpp"
#include "common/core/hmac.hpp"
#include "common/core/json_reader.hpp"

namespace pinwire {
namespace {

bool is_hs256(std::string_view encoded_header) {
    const auto text = base64url_decode(encoded_header);
    nlohmann::json header;
    if (!text || read_json(*text, header) || !header.is_object()) return false;
    const auto alg = header.find("alg");
    return alg != header.end() && *alg == "HS256";
}

}  // namespace

std::optional<std::string> hs256_claims(const secret& key, std::string_view token) {
    const auto first = token.find('.');
    const auto second = first == std::string_view::npos ? first : token.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto given = base64url_decode(token.substr(second + 1));
    const auto wanted = hmac_sha256(key.reveal(), token.substr(0, second));
    const std::string_view bytes(reinterpret_cast<const char*>(wanted.data()), wanted.size());
    if (!given || !equal_constant_time(*given, bytes)) return std::nullopt;
    if (!is_hs256(token.substr(0, first))) return std::nullopt;
    return base64url_decode(token.substr(first + 1, second - first - 1));
}

}  // namespace pinwire
