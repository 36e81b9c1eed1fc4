// gateway360 (SMSup, 360NRS) HLR: POST /api/hlr/request with the key in the body. The answer says
// whether the query succeeded and the network; why it failed it doesn't say, so that no success is
// "invalid" but not for good: the cache forgets it within a minute. An answer that is an error is
// the account's trouble, unless it is about the number.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/base_path.hpp"
#include "common/core/json_reader.hpp"
#include "common/lookup/kinds.hpp"
#include "common/lookup/wire.hpp"

namespace pinwire::lookup {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// error_ids of the platform that are, or may be, about the number asked for.
constexpr auto number_errors = std::to_array<std::string_view>(
    {"BAD_PARAMS", "INVALID_DESTINATION", "INVALID_MSISDN", "INVALID_NUMBER"}
);

class gateway360 final : public provider {
public:
    explicit gateway360(settings given) : provider(std::move(given)) {}

    http_request to_request(const msisdn& number, wall_time) const override {
        ordered_json body;
        body["api_key"] = std::string(config().api_key.reveal());
        body["msisdn"] = number.digits();
        http_request request;
        request.target = base_path(config().base_url) + "/api/hlr/request";
        request.headers = {{"Content-Type", "application/json"}, {"Accept", "application/json"}};
        request.body = body.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
        return request;
    }

    lookup_result read_answer(const http_response& response, const msisdn& asked) const override {
        lookup_result read;
        read.provider = config().name;
        json body;
        const bool readable = !read_json(response.body, body) && body.is_object();
        const std::string error_id = readable ? wire::text_of(body, "error_id") : std::string();
        if (!error_id.empty()) {
            wire::refused(response.status, read);
            read.error = wire::code_word(error_id) + "(" + std::to_string(response.status) + ")";
            const auto* end = number_errors.end();
            read.trouble = std::find(number_errors.begin(), end, error_id) == end;
        } else if (response.status < 200 || response.status > 299) {
            wire::refused(response.status, read);
        } else if (!readable || wire::text_of(body, "status") != "ok") {
            wire::unreadable(read);
        } else {
            judge(wire::member(body, "result"), asked, read);
        }
        return read;
    }

private:
    static void judge(const json& result, const msisdn& asked, lookup_result& read) {
        const std::string number = wire::text_of(result, "msisdn");
        const json& success = wire::member(result, "success");
        const bool other = !number.empty() && !wire::is_number(number, asked);
        if (other || !success.is_boolean()) return wire::unreadable(read);
        const bool found = success.get<bool>();
        read.outcome = found ? lookup_outcome::reachable : lookup_outcome::invalid;
        if (found) read.line = line_type::mobile;
        if (!found) read.error = "NO_SUCCESS";
        read.mccmnc = wire::mccmnc(wire::text_of(result, "mccmnc"));
    }
};

}  // namespace

std::unique_ptr<provider> make_gateway360(settings given) {
    return std::make_unique<gateway360>(std::move(given));
}

}  // namespace pinwire::lookup
