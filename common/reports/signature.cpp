#include "common/reports/signature.hpp"

#include <stdexcept>

#include "common/core/base64.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/text.hpp"

namespace pinwire::reports {
namespace {

constexpr std::string_view prefix = "whsec_";
constexpr std::size_t secret_bytes_min = 24;
constexpr std::size_t secret_bytes_max = 64;

}  // namespace

secret parse_webhook_secret(std::string_view text) {
    const std::string_view written = trimmed(text);  // a file usually ends in a newline
    if (!written.starts_with(prefix))
        throw std::runtime_error("a webhook secret starts with whsec_");
    auto bytes = base64_decode(written.substr(prefix.size()));
    if (!bytes) throw std::runtime_error("a webhook secret is whsec_ and base64 with padding");
    secret key(std::move(*bytes));
    const std::size_t size = key.reveal().size();
    if (size < secret_bytes_min || size > secret_bytes_max)
        throw std::runtime_error("a webhook secret has 24 to 64 bytes");
    return key;
}

http_headers sign(
    std::string_view webhook_id,
    std::chrono::system_clock::time_point now,
    std::string_view body,
    std::span<const secret> live
) {
    const auto since = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
    const std::string timestamp = std::to_string(since.count());
    std::string signed_text;
    signed_text.reserve(webhook_id.size() + timestamp.size() + body.size() + 2);
    signed_text.append(webhook_id).append(".").append(timestamp).append(".").append(body);
    std::string signatures;
    for (const secret& key : live) {
        if (!signatures.empty()) signatures += ' ';
        signatures += "v1," + base64_encode(hmac_sha256(key.reveal(), signed_text));
    }
    http_headers headers = {
        {"webhook-id", std::string(webhook_id)}, {"webhook-timestamp", timestamp}};
    if (!signatures.empty()) headers.emplace_back("webhook-signature", signatures);
    return headers;
}

std::string webhook_id(std::span<const report_id> members) {
    if (members.size() == 1) return members.front().hex();
    std::string joined = "pinwire report batch:";  // so that it can't be mistaken for a report's id
    for (const report_id& member : members)
        joined += member.hex();
    const digest256 digest = sha256(joined);
    constexpr std::size_t id_bytes = 16;
    return hex_encode(std::span(digest).first<id_bytes>());
}

}  // namespace pinwire::reports
