// Infobip number lookup: one number a request, answered at once. Status 5 says the handset is
// there; 9 says why not by its error id. Everything else is unknown: an answer that isn't
// understood must never refuse a customer for good. The IMSI and the MSC in the answer are not
// read.
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/base_path.hpp"
#include "common/core/json_reader.hpp"
#include "common/lookup/kinds.hpp"
#include "common/lookup/wire.hpp"

namespace pinwire::lookup {
namespace {

using nlohmann::json;

constexpr std::int64_t delivered_to_handset = 5;
constexpr std::int64_t not_delivered = 9;
constexpr std::int64_t not_enough_credits = 12;
constexpr std::int64_t unknown_subscriber = 1;
constexpr std::int64_t absent_subscriber_sm = 6;
constexpr std::int64_t absent_subscriber = 27;
constexpr std::int64_t id_max = 1'000'000;

std::string coded(const json& object, std::int64_t id) {
    const std::string name = wire::code_word(wire::text_of(object, "name"));
    return (name.empty() ? "CODE" : name) + "(" + std::to_string(id) + ")";
}

class infobip final : public provider {
public:
    explicit infobip(settings given) : provider(std::move(given)) {}

    http_request to_request(const msisdn& number, wall_time) const override {
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
            wire::refused(response.status, read);
            return read;
        }
        json body;
        const json* result = nullptr;
        if (!read_json(response.body, body)) result = result_for(body, asked);
        if (!result) {
            wire::unreadable(read);
            return read;
        }
        judge(*result, read);
        read.mccmnc = wire::mccmnc(wire::text_of(*result, "mccMnc"));
        read.ported = wire::flag_of(*result, "ported");
        read.roaming = wire::flag_of(*result, "roaming");
        return read;
    }

private:
    // An answer about another number says nothing about this one.
    static const json* result_for(const json& body, const msisdn& asked) {
        const json& results = wire::member(body, "results");
        if (!results.is_array()) return nullptr;
        for (const json& result : results) {
            if (!result.is_object()) continue;
            if (wire::is_number(wire::text_of(result, "to"), asked)) return &result;
        }
        return nullptr;
    }

    static void judge(const json& result, lookup_result& read) {
        const json& status = wire::member(result, "status");
        const json& error = wire::member(result, "error");
        const auto status_id = integer_of(wire::member(status, "id"), 0, id_max);
        const auto error_id = integer_of(wire::member(error, "id"), 0, id_max);
        if (status_id == delivered_to_handset) {
            read.outcome = lookup_outcome::reachable;
            read.line = line_type::mobile;
            return;
        }
        if (status_id == not_delivered && error_id == unknown_subscriber) {
            read.outcome = lookup_outcome::invalid;
            const json& permanent = wire::member(error, "permanent");
            read.permanent = !permanent.is_boolean() || permanent.get<bool>();
        }
        if (status_id == not_delivered &&
            (error_id == absent_subscriber || error_id == absent_subscriber_sm)) {
            read.outcome = lookup_outcome::absent;
            read.line = line_type::mobile;
        }
        if (error_id.value_or(0) != 0)
            read.error = coded(error, *error_id);
        else if (status_id)
            read.error = coded(status, *status_id);
        else
            wire::unreadable(read);
        if (status_id == not_enough_credits) read.trouble = true;
    }
};

}  // namespace

std::unique_ptr<provider> make_infobip(settings given) {
    return std::make_unique<infobip>(std::move(given));
}

}  // namespace pinwire::lookup
