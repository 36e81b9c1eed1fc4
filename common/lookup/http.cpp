// A provider that the operator describes: target, headers and body with placeholders, and JSON
// pointers that say where the verdict and the rest stand in the answer. A verdict that the table of
// values doesn't hold is unknown, never a refusal for good.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/core/base_path.hpp"
#include "common/core/json_pointer.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/text_template.hpp"
#include "common/lookup/kinds.hpp"
#include "common/lookup/wire.hpp"

namespace pinwire::lookup {
namespace {

using nlohmann::json;

// A value as the table of values writes it: text as it is, numbers, true, false and null as JSON
// does; empty: neither (an object, an array).
std::string word_of(const json& value) {
    if (value.is_string()) return value.get<std::string>();
    return value.is_primitive() ? value.dump() : std::string();
}

bool is_yes(const json* value) {
    if (!value) return false;
    const std::string word = word_of(*value);
    const auto yes = std::to_array<std::string_view>({"true", "yes", "1", "ported", "roaming"});
    return std::find(yes.begin(), yes.end(), word) != yes.end();
}

escaping escaping_of(std::string_view content_type) {
    if (content_type.find("json") != std::string_view::npos) return escaping::json;
    if (content_type.find("form-urlencoded") != std::string_view::npos) return escaping::form;
    return escaping::none;
}

// The configuration's checks saw it: one that can't be read here belongs to a file that is refused.
text_template template_of(std::string_view text) {
    auto parsed = text_template::parse(text, placeholders());
    return parsed ? std::move(*parsed) : text_template();
}

class described final : public provider {
public:
    explicit described(settings given)
        : provider(std::move(given)),
          target_(template_of(config().http.target)),
          body_(template_of(config().http.body)) {}

    http_request to_request(const msisdn& number, wall_time) const override {
        const description& how = config().http;
        http_request request;
        request.method = how.method;
        if (request.method.empty()) request.method = how.body.empty() ? "GET" : "POST";
        request.target = base_path(config().base_url) + filled(target_, number, escaping::target);
        request.headers = how.headers;
        if (!how.key_header.empty())
            request.headers.emplace_back(
                how.key_header, how.key_prefix + std::string(config().api_key.reveal())
            );
        if (how.body.empty()) return request;
        const std::string type = how.content_type.empty() ? "application/json" : how.content_type;
        request.headers.emplace_back("Content-Type", type);
        request.body = filled(body_, number, escaping_of(type));
        return request;
    }

    lookup_result read_answer(const http_response& response, const msisdn& asked) const override {
        lookup_result read;
        read.provider = config().name;
        if (!succeeded(response.status)) {
            wire::refused(response.status, read);
            return read;
        }
        json body;
        if (read_json(response.body, body) || !is_about(body, asked)) {
            wire::unreadable(read);
            return read;
        }
        judge(body, read);
        const description& how = config().http;
        if (const json* network = at(body, how.mccmnc_at))
            read.mccmnc = wire::mccmnc(word_of(*network));
        read.ported = is_yes(at(body, how.ported_at));
        read.roaming = is_yes(at(body, how.roaming_at));
        if (const json* cost = at(body, how.cost_at)) read.cost_micros = wire::micros(*cost);
        if (const json* error = at(body, how.error_at))
            if (const auto word = wire::code_word(error->is_null() ? "" : word_of(*error));
                !word.empty() && read.outcome != lookup_outcome::reachable)
                read.error = word;
        return read;
    }

private:
    std::string filled(const text_template& what, const msisdn& number, escaping how) const {
        const std::string plus = number.with_plus();
        return what.fill(how, [&](std::string_view name) -> std::string_view {
            if (name == "number") return number.digits();
            if (name == "+number") return plus;
            return name == "key" ? config().api_key.reveal() : config().api_secret.reveal();
        });
    }

    bool succeeded(unsigned status) const {
        const auto& good = config().http.success_statuses;
        if (good.empty()) return status == 200;
        return std::find(good.begin(), good.end(), status) != good.end();
    }

    static const json* at(const json& body, const std::string& pointer) {
        return pointer.empty() ? nullptr : at_pointer(body, pointer);
    }

    bool is_about(const json& body, const msisdn& asked) const {
        const auto& pointer = config().http.number_at;
        if (pointer.empty()) return true;
        const json* number = at_pointer(body, pointer);
        return number && wire::is_number(wire::text(*number), asked);
    }

    void judge(const json& body, lookup_result& read) const {
        const description& how = config().http;
        std::string unlisted;
        bool said = false;
        for (const auto& pointer : how.verdict_at) {
            const json* value = at_pointer(body, pointer);
            if (!value || !value->is_primitive()) continue;
            const std::string word = word_of(*value);
            said = true;
            const auto meaning = how.values.find(word);
            if (meaning != how.values.end()) return conclude(meaning->second, word, read);
            if (unlisted.empty()) unlisted = word;
        }
        if (!said) return wire::unreadable(read);
        read.error = "UNLISTED(" + wire::code_word(unlisted) + ")";
    }

    static void conclude(lookup_outcome meaning, const std::string& word, lookup_result& read) {
        read.outcome = meaning;
        read.permanent = meaning == lookup_outcome::invalid || meaning == lookup_outcome::landline;
        if (meaning == lookup_outcome::landline)
            read.line = line_type::landline;
        else if (meaning == lookup_outcome::reachable || meaning == lookup_outcome::absent)
            read.line = line_type::mobile;
        const bool good = meaning == lookup_outcome::reachable ||
                          meaning == lookup_outcome::valid_only ||
                          meaning == lookup_outcome::landline;
        if (!good) read.error = wire::code_word(word);
    }

    text_template target_;
    text_template body_;
};

}  // namespace

std::unique_ptr<provider> make_http(settings given) {
    return std::make_unique<described>(std::move(given));
}

}  // namespace pinwire::lookup
