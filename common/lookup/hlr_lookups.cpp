// hlr-lookups.com, API v2: POST /hlr-lookup, signed by three headers. The signature is the hex
// HMAC-SHA-256 over endpoint, Unix seconds, method and body under the API secret; the endpoint is
// counted from below base_url (https://www.hlr-lookups.com/api/v2), as its own SDKs do. CONNECTED
// proves reachability only where the answer came from the HLR itself: a portability database calls
// every number connected. IMSI, MSIN and MSC in the answer are not read.
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/base_path.hpp"
#include "common/core/hex.hpp"
#include "common/core/hmac.hpp"
#include "common/core/json_reader.hpp"
#include "common/lookup/kinds.hpp"
#include "common/lookup/wire.hpp"

namespace pinwire::lookup {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::string_view endpoint = "/hlr-lookup";

class hlr_lookups final : public provider {
public:
    explicit hlr_lookups(settings given) : provider(std::move(given)) {}

    http_request to_request(const msisdn& number, wall_time now) const override {
        ordered_json body;
        body["msisdn"] = number.with_plus();
        if (!config().route.empty()) body["route"] = config().route;
        if (!config().storage.empty()) body["storage"] = config().storage;
        http_request request;
        request.target = base_path(config().base_url) + std::string(endpoint);
        request.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
        const auto since = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch();
        const std::string timestamp = std::to_string(since.count());
        const std::string signed_text =
            std::string(endpoint) + timestamp + request.method + request.body;
        const auto digest = hmac_sha256(config().api_secret.reveal(), signed_text);
        request.headers = {
            {"X-Digest-Key", std::string(config().api_key.reveal())},
            {"X-Digest-Timestamp", timestamp},
            {"X-Digest-Signature", hex_encode(digest)},
            {"Content-Type", "application/json"},
            {"Accept", "application/json"}};
        return request;
    }

    lookup_result read_answer(const http_response& response, const msisdn& asked) const override {
        lookup_result read;
        read.provider = config().name;
        if (response.status != 200) {
            wire::refused(response.status, read);
            return read;
        }
        json body;
        if (read_json(response.body, body) ||
            !wire::is_number(wire::text_of(body, "msisdn"), asked)) {
            wire::unreadable(read);
            return read;
        }
        judge(body, read);
        read.mccmnc = wire::mccmnc(wire::text_of(body, "mccmnc"));
        read.ported = wire::flag_of(body, "is_ported");
        read.roaming = wire::flag_of(body, "is_roaming");
        read.cost_micros = wire::micros(wire::member(body, "cost"));
        return read;
    }

private:
    static void judge(const json& body, lookup_result& read) {
        const std::string processed = wire::text_of(body, "processing_status");
        const std::string said = wire::text_of(body, "connectivity_status");
        const std::string source = wire::text_of(body, "data_source");
        if (!processed.empty() && processed != "COMPLETED") {
            read.error = told(processed, body);
        } else if (said == "CONNECTED") {
            const bool live = source.empty() || source == "LIVE_HLR";
            read.outcome = live ? lookup_outcome::reachable : lookup_outcome::valid_only;
            read.line = line_type::mobile;
        } else if (said == "ABSENT") {
            read.outcome = lookup_outcome::absent;
            read.line = line_type::mobile;
            read.error = told(said, body);
        } else if (said == "INVALID_MSISDN") {
            read.outcome = lookup_outcome::invalid;
            read.permanent = true;
            read.error = told(said, body);
        } else if (said == "UNDETERMINED") {
            read.error = told(said, body);
        } else {
            wire::unreadable(read);
        }
    }

    // "ABSENT", or with the error code where there is one: "UNDETERMINED(191)".
    static std::string told(std::string_view word, const json& body) {
        const std::string code = wire::code_word(wire::text_of(body, "error_code"));
        return wire::code_word(word) + (code.empty() ? std::string() : "(" + code + ")");
    }
};

}  // namespace

std::unique_ptr<provider> make_hlr_lookups(settings given) {
    return std::make_unique<hlr_lookups>(std::move(given));
}

}  // namespace pinwire::lookup
