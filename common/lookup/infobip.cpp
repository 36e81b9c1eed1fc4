// Infobip number lookup: one number a request, answered at once. Status 5 says the handset is
// there; 9 says why not by its error id. Everything else is unknown: an answer that isn't
// understood must never refuse a customer for good. The IMSI and the MSC in the answer are not
// read.
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/base_path.hpp"
#include "common/core/json_reader.hpp"
#include "common/lookup/kinds.hpp"

namespace pinwire::lookup {
namespace {

using nlohmann::json;

constexpr std::int64_t delivered_to_handset = 5;
constexpr std::int64_t not_delivered = 9;
constexpr std::int64_t unknown_subscriber = 1;
constexpr std::int64_t absent_subscriber_sm = 6;
constexpr std::int64_t absent_subscriber = 27;
constexpr std::int64_t id_max = 1'000'000;

const json& member(const json& object, const char* key) {
    static const json none = json::object();
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

std::string text(const json& object, const char* key) {
    const json& value = member(object, key);
    if (value.is_string()) return value.get<std::string>();
    return value.is_number_integer() ? value.dump() : std::string();
}

bool flag(const json& object, const char* key) {
    const json& value = member(object, key);
    return value.is_boolean() && value.get<bool>();
}

// The provider's own word, fit for a log.
std::string clean(std::string_view word) {
    std::string kept;
    for (const char c : word) {
        const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (kept.size() < 64 && (letter || (c >= '0' && c <= '9') || c == '_')) kept += c;
    }
    return kept;
}

std::string coded(const json& object, std::int64_t id) {
    const std::string name = clean(text(object, "name"));
    return (name.empty() ? "CODE" : name) + "(" + std::to_string(id) + ")";
}

std::string mccmnc_of(const json& result) {
    std::string code = text(result, "mccMnc");
    const bool digits = code.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || code.size() < 5 || code.size() > 6) code.clear();
    return code;
}

class infobip final : public provider {
public:
    explicit infobip(settings given) : provider(std::move(given)) {}

    http_request to_request(const msisdn& number) const override {
        json body = json::object();
        body["to"] = json::array();
        body["to"].push_back(number.digits());
        http_request request;
        request.target = base_path(config().base_url) + "/number/1/query";
        request.headers = {
            {"Authorization", "App " + std::string(config().api_key.reveal())},
            {"Content-Type", "application/json"},
            {"Accept", "application/json"}};
        request.body = body.dump();
        return request;
    }

    lookup_result read_answer(const http_response& response, const msisdn& asked) const override {
        lookup_result read;
        read.provider = config().name;
        if (response.status < 200 || response.status > 299) {
            read.error = "HTTP(" + std::to_string(response.status) + ")";
            return read;
        }
        json body;
        const json* result = nullptr;
        if (!read_json(response.body, body)) result = result_for(body, asked);
        if (!result) {
            read.error = "UNREADABLE_ANSWER";
            return read;
        }
        judge(*result, read);
        read.mccmnc = mccmnc_of(*result);
        read.ported = flag(*result, "ported");
        read.roaming = flag(*result, "roaming");
        return read;
    }

private:
    // An answer about another number says nothing about this one.
    static const json* result_for(const json& body, const msisdn& asked) {
        const json& results = member(body, "results");
        if (!results.is_array()) return nullptr;
        for (const json& result : results) {
            if (!result.is_object()) continue;
            if (msisdn::parse(text(result, "to")) == asked) return &result;
        }
        return nullptr;
    }

    static void judge(const json& result, lookup_result& read) {
        const json& status = member(result, "status");
        const json& error = member(result, "error");
        const auto status_id = integer_of(member(status, "id"), 0, id_max);
        const auto error_id = integer_of(member(error, "id"), 0, id_max);
        if (status_id == delivered_to_handset) {
            read.outcome = lookup_outcome::reachable;
            return;
        }
        if (status_id == not_delivered && error_id == unknown_subscriber)
            read.outcome = lookup_outcome::invalid;
        if (status_id == not_delivered &&
            (error_id == absent_subscriber || error_id == absent_subscriber_sm))
            read.outcome = lookup_outcome::absent;
        if (error_id.value_or(0) != 0)
            read.error = coded(error, *error_id);
        else if (status_id)
            read.error = coded(status, *status_id);
        else
            read.error = "UNREADABLE_ANSWER";
    }
};

}  // namespace

std::unique_ptr<provider> make_infobip(settings given) {
    return std::make_unique<infobip>(std::move(given));
}

}  // namespace pinwire::lookup
