// Twilio Lookup v2 with line type intelligence: says what kind of line a number is, never whether
// its handset is there. What can get a message is valid_only; a line without a handset is a
// landline; a number that is nobody's own (premium, shared cost, company access, voicemail, pager)
// is invalid, because a PIN can't reach a person there, or costs whoever calls.
#include <array>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/core/base_path.hpp"
#include "common/core/basic_auth.hpp"
#include "common/core/form.hpp"
#include "common/core/json_reader.hpp"
#include "common/lookup/kinds.hpp"
#include "common/lookup/wire.hpp"

namespace pinwire::lookup {
namespace {

using nlohmann::json;

struct type_row {
    std::string_view type;
    line_type line;
    lookup_outcome outcome;
};

constexpr auto types = std::to_array<type_row>({
    {"mobile", line_type::mobile, lookup_outcome::valid_only},
    {"landline", line_type::landline, lookup_outcome::landline},
    {"fixedVoip", line_type::fixed_voip, lookup_outcome::valid_only},
    {"nonFixedVoip", line_type::nonfixed_voip, lookup_outcome::valid_only},
    {"personal", line_type::personal, lookup_outcome::valid_only},
    {"tollFree", line_type::toll_free, lookup_outcome::landline},
    {"premium", line_type::premium, lookup_outcome::invalid},
    {"sharedCost", line_type::shared_cost, lookup_outcome::invalid},
    {"uan", line_type::uan, lookup_outcome::invalid},
    {"voicemail", line_type::voicemail, lookup_outcome::invalid},
    {"pager", line_type::pager, lookup_outcome::invalid},
    {"unknown", line_type::unknown, lookup_outcome::valid_only},
});

class twilio final : public provider {
public:
    explicit twilio(settings given) : provider(std::move(given)) {}

    http_request to_request(const msisdn& number, wall_time) const override {
        http_request request;
        request.method = "GET";
        request.target = base_path(config().base_url) + "/v2/PhoneNumbers/" +
                         percent_encode(number.with_plus()) + "?Fields=line_type_intelligence";
        request.headers = {
            {"Authorization", basic_proof(config().api_key.reveal(), config().api_secret.reveal())},
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
        const bool readable = !read_json(response.body, body);
        const json& valid = wire::member(body, "valid");
        if (!readable || !valid.is_boolean() ||
            !wire::is_number(wire::text_of(body, "phone_number"), asked))
            wire::unreadable(read);
        else if (valid.get<bool>())
            judge(wire::member(body, "line_type_intelligence"), read);
        else
            refuse(body, read);
        return read;
    }

private:
    static void judge(const json& line, lookup_result& read) {
        const std::string error = wire::text_of(line, "error_code");
        if (!error.empty()) {  // the number is valid, but the account may not ask what it is
            read.error = "LINE_TYPE(" + wire::code_word(error) + ")";
            return;
        }
        const std::string type = wire::text_of(line, "type");
        read.outcome = lookup_outcome::valid_only;  // also for a type that came up since
        for (const type_row& row : types) {
            if (row.type != type) continue;
            read.outcome = row.outcome;
            read.line = row.line;
        }
        const bool refusing = read.outcome == lookup_outcome::invalid;
        read.permanent = refusing || read.outcome == lookup_outcome::landline;
        if (refusing) read.error = "LINE_TYPE(" + wire::code_word(type) + ")";
        read.mccmnc = wire::mccmnc(
            wire::text_of(line, "mobile_country_code") + wire::text_of(line, "mobile_network_code")
        );
    }

    static void refuse(const json& body, lookup_result& read) {
        read.outcome = lookup_outcome::invalid;
        read.permanent = true;
        read.error = "NOT_VALID";
        const json& why = wire::member(body, "validation_errors");
        if (why.is_array() && !why.empty() && why.front().is_string())
            read.error += "(" + wire::code_word(wire::text(why.front())) + ")";
    }
};

}  // namespace

std::unique_ptr<provider> make_twilio(settings given) {
    return std::make_unique<twilio>(std::move(given));
}

}  // namespace pinwire::lookup
