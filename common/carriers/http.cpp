// A carrier that no file of ours knows: what is sent, how its answers are told apart, how its
// reports are read and fetched stand in the configuration ([carriers.NAME.http]). Values are
// escaped as their place demands, so that no text can break out of it.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "common/carriers/kinds.hpp"
#include "common/carriers/wire.hpp"
#include "common/core/base_path.hpp"
#include "common/core/form.hpp"
#include "common/core/json_pointer.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/sms_encoding.hpp"
#include "common/core/text_template.hpp"
#include "common/core/time_format.hpp"
#include "common/core/zone_offset.hpp"

namespace pinwire::carriers {
namespace {

using nlohmann::json;
using request_kind = http_request_template::body_kind;
using answer_kind = http_answer::body_kind;
using dlr_kind = http_dlr::body_kind;
using time_kind = http_report_places::time_kind;
using value_source = std::function<std::string_view(std::string_view name)>;

constexpr std::int64_t validity_minutes_max = 7 * 24 * 60;

escaping escaping_of(request_kind kind) {
    switch (kind) {
        case request_kind::json:
            return escaping::json;
        case request_kind::form:
            return escaping::form;
        case request_kind::xml:
            return escaping::xml;
        case request_kind::text:
            break;
    }
    return escaping::none;
}

std::string_view content_type_of(request_kind kind) {
    switch (kind) {
        case request_kind::json:
            return "application/json";
        case request_kind::form:
            return "application/x-www-form-urlencoded";
        case request_kind::xml:
            return "application/xml; charset=UTF-8";
        case request_kind::text:
            break;
    }
    return "text/plain; charset=UTF-8";
}

// A request whose templates are read. The configuration's checks saw them: one that can't be read
// here belongs to a file that is refused anyway.
struct prepared_request {
    struct header {
        std::string name;
        text_template value;
    };
    bool described = false;
    text_template target;
    std::vector<header> headers;
    text_template body;

    prepared_request(const http_request_template& given, placeholders names)
        : described(!given.empty()) {
        const auto read = [names](std::string_view text) {
            auto parsed = text_template::parse(text, names);
            return parsed ? std::move(*parsed) : text_template();
        };
        target = read(given.target);
        body = read(given.body);
        for (const std::string_view line : given.headers) {
            const auto colon = std::min(line.find(':'), line.size());
            auto value = line.substr(std::min(colon + 1, line.size()));
            while (value.starts_with(' '))
                value.remove_prefix(1);
            headers.push_back({std::string(line.substr(0, colon)), read(value)});
        }
    }

    bool holds(std::string_view name) const {
        return target.holds(name) || body.holds(name) ||
               std::any_of(headers.begin(), headers.end(), [name](const header& one) {
                   return one.value.holds(name);
               });
    }

    http_request fill(
        const http_request_template& how, std::string_view base_url, const value_source& value_of
    ) const {
        http_request request;
        request.method = how.method;
        request.target = base_path(base_url) + target.fill(escaping::target, value_of);
        if (request.target.empty()) request.target = "/";
        if (!body.empty()) {
            const auto type = how.content_type.empty() ? content_type_of(how.kind)
                                                       : std::string_view(how.content_type);
            request.headers.emplace_back("Content-Type", std::string(type));
            request.body = body.fill(escaping_of(how.kind), value_of);
        }
        for (const auto& [name, value] : headers)
            request.headers.emplace_back(name, value.fill(escaping::header, value_of));
        return request;
    }
};

// Every value that a template may ask for.
class values {
public:
    values(const order& given, const settings& how)
        : order_(given),
          how_(how),
          to_plus_("+" + given.to.digits()),
          reference_(given.attempt.hex()),
          minutes_(std::to_string(wire::minutes_of(given.validity, validity_minutes_max))),
          seconds_(std::to_string(std::max<std::int64_t>(given.validity.count(), 1))),
          parts_(std::to_string(sms_parts(given.text.reveal()))),
          rate_(fmt::format("{}", given.voice.speech_rate)) {}

    std::string_view operator()(std::string_view name) const {
        if (name == "to") return std::string_view(to_plus_).substr(1);
        if (name == "to_plus") return to_plus_;
        if (name == "from") return order_.from.view();
        if (name == "text") return order_.text.reveal();
        if (name == "reference") return reference_;
        if (name == "dlr_url") return order_.dlr_url;
        if (name == "validity_minutes") return minutes_;
        if (name == "validity_seconds") return seconds_;
        if (name == "parts") return parts_;
        if (name == "username") return how_.username;
        if (name == "secret") return how_.password.reveal();
        if (name == "language") return order_.voice.language;
        if (name == "speech_rate") return rate_;
        if (name == "repeat_dtmf") return order_.voice.repeat_dtmf;
        if (name == "voice_name") return order_.voice.voice;
        if (name == "machine_detection") return how_.machine_detection ? "true" : "false";
        if (name == "press_key") return how_.press_key ? "true" : "false";
        if (name == "dlt_entity") return order_.dlt.principal_entity_id;
        if (name == "dlt_template") return order_.dlt.content_template_id;
        if (name == "dlt_telemarketer") return order_.dlt.telemarketer_id;
        return {};
    }

private:
    const order& order_;
    const settings& how_;
    std::string to_plus_;
    std::string reference_;
    std::string minutes_;
    std::string seconds_;
    std::string parts_;
    std::string rate_;
};

std::optional<std::chrono::system_clock::time_point> unix_time(
    std::string_view text, std::int64_t per_second
) {
    constexpr std::int64_t seconds_max = 7'258'118'400;  // the year 2200
    std::int64_t value = 0;
    const auto* last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc() || end != last) return std::nullopt;
    if (value <= 0 || value / per_second >= seconds_max) return std::nullopt;
    const auto millis = std::chrono::milliseconds(value * (1000 / per_second));
    return std::chrono::system_clock::time_point(millis);
}

// "ERR 1" isn't the beginning of "ERR 12": a number is compared whole.
bool begins_with(std::string_view body, std::string_view beginning) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (!body.starts_with(beginning)) return false;
    if (beginning.empty() || body.size() == beginning.size()) return true;
    return !is_digit(beginning.back()) || !is_digit(body[beginning.size()]);
}

template <class Value>
std::optional<Value> find_value(
    const std::vector<std::pair<std::string, Value>>& table, std::string_view said
) {
    for (const auto& [value, means] : table)
        if (value == said) return means;
    return std::nullopt;
}

class described final : public carrier {
public:
    explicit described(settings given)
        : carrier(std::move(given)),
          sms_(config().http.sms, placeholders_of(channel::sms)),
          voice_(config().http.voice, placeholders_of(channel::voice)),
          pull_(config().http.pull.request, placeholders_of_pull()),
          zone_(zone_offset(config().time_zone)) {
        for (const http_error& one : answer_of().errors) {
            std::string word = wire::code_word(one.value);
            words_.push_back(word.empty() ? "ERROR" : std::move(word));
        }
        for (std::size_t i = 0; i < words_.size(); ++i) {
            const http_error& one = answer_of().errors[i];
            rows_.push_back({200, one.value, words_[i], one.verdict, one.duplicate});
        }
    }

    bool can(pinwire::channel channel) const override {
        return channel == channel::voice ? voice_.described : sms_.described;
    }

    http_request to_request(const order& given) const override {
        const bool voice = given.channel == channel::voice;
        const prepared_request& prepared = voice ? voice_ : sms_;
        const http_request_template& how = voice ? config().http.voice : config().http.sms;
        const values value_of(given, config());
        return prepared.fill(how, config().base_url, std::cref(value_of));
    }

    answer read_answer(const http_response& response, pinwire::channel channel) const override {
        answer made = class_of(response);
        const bool refused =
            made.verdict == verdict::not_sent_next || made.verdict == verdict::not_sent_final;
        if (channel == pinwire::channel::voice) {
            if (made.verdict == verdict::sent) made.call = call_status::pending_accepted;
            if (refused) made.call = call_status::error;
        }
        return made;
    }

    std::span<const error_class> error_table(pinwire::channel) const override { return rows_; }

    dlr_reading read_dlrs(const dlr_request& request, pinwire::channel channel) const override {
        return dlr_of().kind == dlr_kind::json ? read_json_dlrs(request, channel)
                                               : read_form_dlr(request, channel);
    }

    http_response acknowledgement() const override {
        http_response made;
        made.status = dlr_of().ack_status;
        if (!dlr_of().ack_content_type.empty())
            made.headers.emplace_back("Content-Type", dlr_of().ack_content_type);
        made.body = dlr_of().ack_body;
        return made;
    }

    pull_terms pulls(pinwire::channel on) const override {
        pull_terms made;
        made.by_id = pull_.holds("id");
        if (pull_.described && can(on)) made.most = 1;
        return made;
    }

    http_request to_pull(const pull& wanted) const override {
        const auto& about = wanted.about.front();
        const std::string to_plus = "+" + about.to.digits();
        const std::string reference = about.attempt.hex();
        const auto value_of = [&](std::string_view name) -> std::string_view {
            if (name == "id") return about.carrier_message_id;
            if (name == "reference") return reference;
            if (name == "to") return std::string_view(to_plus).substr(1);
            if (name == "to_plus") return to_plus;
            if (name == "username") return config().username;
            if (name == "secret") return config().password.reveal();
            return {};
        };
        const auto& at = config().inquiry_url.empty() ? config().base_url : config().inquiry_url;
        return pull_.fill(pull_of().request, at, value_of);
    }

    // Nothing where the entries should stand: it knows nothing, or nothing yet.
    pull_reading read_pull(const http_response& response, const pull& wanted) const override {
        pull_reading made;
        json body;
        const bool there = is_one_of(pull_of().statuses, response.status) &&
                           !read_json(response.body, body) && body.is_structured();
        made.readable = there || is_one_of(pull_of().missing_statuses, response.status);
        if (!made.readable) made.word = wire::http_word(response);
        const json* found = there ? at_pointer(body, pull_of().entries) : nullptr;
        if (!found) return made;
        std::vector<const json*> entries;
        if (found->is_object()) entries.push_back(found);
        if (found->is_array())
            for (const json& entry : *found)
                entries.push_back(&entry);
        // an entry that doesn't say whose it is: of the one message, if it is alone as well
        const bool says_whose = !pull_of().id.empty() || !pull_of().reference.empty();
        if (!says_whose && (entries.size() != 1 || wanted.about.size() != 1)) return made;
        for (const json* entry : entries) {
            auto read = read_pulled(*entry, wanted.channel);
            if (!read) continue;
            if (!says_whose) read->reference = wanted.about.front().attempt;
            made.entries.push_back(std::move(*read));
        }
        return made;
    }

private:
    const http_answer& answer_of() const { return config().http.answer; }
    const http_dlr& dlr_of() const { return config().http.dlr; }
    const http_pull& pull_of() const { return config().http.pull; }

    static bool is_one_of(const std::vector<unsigned>& statuses, unsigned status) {
        return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
    }

    // The value of an error speaks before the success test: an answer may hold both.
    answer class_of(const http_response& response) const {
        json body;
        const bool is_json = answer_of().kind == answer_kind::json;
        const bool readable = !is_json || !read_json(response.body, body);
        const std::string said = is_json ? scalar_at(body, answer_of().error_pointer) : "";
        const error_class* row = is_json ? wire::find_error(rows_, said) : beginning(response.body);
        // An unknown code is shown only if it looks like one: free text may quote the message.
        const bool is_code = wire::code_word(said) == said;
        const std::string_view unknown = is_code ? std::string_view(said) : "UNKNOWN_CODE";
        answer made = wire::answer_of_status(response, row ? row->word : unknown);
        const bool good = response.status >= 200 && response.status <= 299;
        if (row) {
            made.verdict = row->verdict;
            made.duplicate = row->duplicate;
        } else if (readable && is_success(response, body)) {
            made.verdict = verdict::sent;
        } else if (const auto* status = row_of_status(response.status)) {
            made.verdict = status->verdict;
            made.duplicate = status->duplicate;
        } else if (good && said.empty()) {
            made.error = "UNREADABLE_ANSWER(" + std::to_string(response.status) + ")";
        }
        if (made.verdict == verdict::sent) {
            made.error.clear();
            made.carrier_message_id = wire::normalise_id(config().ids, id_in(response, body));
        }
        return made;
    }

    // The longest that fits.
    const error_class* beginning(std::string_view body) const {
        const error_class* found = nullptr;
        for (const error_class& row : rows_)
            if (begins_with(body, row.says) && (!found || row.says.size() > found->says.size()))
                found = &row;
        return found;
    }

    const http_error* row_of_status(unsigned status) const {
        for (const http_error& one : answer_of().error_statuses)
            if (one.value == std::to_string(status)) return &one;
        return nullptr;
    }

    bool is_success(const http_response& response, const json& body) const {
        const auto& how = answer_of();
        if (!is_one_of(how.statuses, response.status)) return false;
        if (how.kind == answer_kind::text) return begins_with(response.body, how.success_prefix);
        if (how.success_pointer.empty()) return true;
        const json* found = at_pointer(body, how.success_pointer);
        if (!found || found->is_null()) return false;
        const auto& values = how.success_values;
        const std::string said = scalar_at(body, how.success_pointer);
        return values.empty() || std::find(values.begin(), values.end(), said) != values.end();
    }

    // In a text: the word behind id_after, up to a space, a line's end, a quote or a comma.
    std::string id_in(const http_response& response, const json& body) const {
        const auto& how = answer_of();
        if (how.kind == answer_kind::json)
            return how.id_pointer.empty() ? std::string() : scalar_at(body, how.id_pointer);
        if (how.id_after.empty()) return {};
        std::string_view text = response.body;
        const auto at = text.find(how.id_after);
        if (at == std::string_view::npos) return {};
        text.remove_prefix(at + how.id_after.size());
        while (text.starts_with(' '))
            text.remove_prefix(1);
        return std::string(text.substr(0, text.find_first_of(" \t\r\n\",;<")));
    }

    // One field of one entry, by its configured place.
    using lookup = std::function<std::string(const std::string& place)>;

    std::optional<dlr> read_entry(
        const http_report_places& how, const lookup& at, pinwire::channel channel
    ) const {
        const auto field = [&at](const std::string& place) {
            return place.empty() ? std::string() : at(place);
        };
        const std::string word = field(how.status);
        if (word.empty()) return std::nullopt;
        dlr read;
        read.reference = attempt_id::parse(field(how.reference));
        read.carrier_message_id = wire::normalise_report_id(config(), field(how.id));
        read.to = msisdn::parse(field(how.to));
        read.raw_status = wire::code_word(word);
        if (channel == pinwire::channel::voice) {
            read.call = find_value(dlr_of().call_statuses, word);
            if (read.call) read.status = delivery_of(*read.call);
        } else {
            read.status = find_value(dlr_of().statuses, word);
        }
        const std::string error = wire::code_word(field(how.error));
        if (error.find_first_not_of('0') != std::string::npos) read.error_code = error;
        read.done_at = time_of(how.done_at_as, field(how.done_at));
        json kept = json::object();  // nothing but what was asked for: the rest may quote the text
        for (const auto* place :
             {&how.id, &how.reference, &how.to, &how.status, &how.error, &how.done_at})
            if (const auto value = field(*place); !value.empty()) kept[*place] = value;
        read.raw = wire::raw_dump(kept);
        return read;
    }

    // Its ids are written as in answers, not as in reports.
    std::optional<dlr> read_pulled(const json& entry, pinwire::channel channel) const {
        const auto at = [&entry](const std::string& place) { return scalar_at(entry, place); };
        auto read = read_entry(pull_of(), at, channel);
        if (read && !pull_of().id.empty())
            read->carrier_message_id = wire::normalise_id(config().ids, at(pull_of().id));
        return read;
    }

    std::optional<std::chrono::system_clock::time_point> time_of(
        time_kind as, const std::string& text
    ) const {
        switch (as) {
            case time_kind::rfc3339:
                return parse_rfc3339(text);
            case time_kind::plain:
                return zone_ ? parse_plain(text, *zone_) : std::nullopt;
            case time_kind::short_form:
                return zone_ ? wire::short_time(text, *zone_) : std::nullopt;
            case time_kind::unix_s:
                return unix_time(text, 1);
            case time_kind::unix_ms:
                return unix_time(text, 1000);
        }
        return std::nullopt;
    }

    dlr_reading read_json_dlrs(const dlr_request& request, pinwire::channel channel) const {
        dlr_reading reading;
        json body;
        const json* found =
            read_json(request.body, body) ? nullptr : at_pointer(body, dlr_of().entries);
        if (!found || (!found->is_array() && !found->is_object())) {
            reading.unreadable.push_back(request.body);
            return reading;
        }
        const auto read_one = [&](const json& entry) {
            const auto at = [&entry](const std::string& place) { return scalar_at(entry, place); };
            if (auto read = read_entry(dlr_of(), at, channel))
                reading.entries.push_back(std::move(*read));
            else
                reading.unreadable.push_back(
                    entry.dump(-1, ' ', false, json::error_handler_t::replace)
                );
        };
        if (found->is_object()) {
            read_one(*found);
            return reading;
        }
        for (const json& entry : *found)
            read_one(entry);
        return reading;
    }

    dlr_reading read_form_dlr(const dlr_request& request, pinwire::channel channel) const {
        dlr_reading reading;
        const bool in_body = dlr_of().kind == dlr_kind::form;
        const auto fields = form::parse(in_body ? request.body : query_of(request.target));
        const auto at = [&fields](const std::string& name) {
            const std::string* found = fields->find(name);
            return found ? *found : std::string();
        };
        auto read = fields ? read_entry(dlr_of(), at, channel) : std::nullopt;
        if (read)
            reading.entries.push_back(std::move(*read));
        else
            reading.unreadable.push_back(in_body ? request.body : request.target);
        return reading;
    }

    prepared_request sms_;
    prepared_request voice_;
    prepared_request pull_;
    std::optional<std::chrono::seconds> zone_;  // none: a name we can't resolve; times are left out
    std::vector<std::string> words_;            // what the rows' words refer to
    std::vector<error_class> rows_;
};

}  // namespace

std::unique_ptr<carrier> make_http(settings given) {
    return std::make_unique<described>(std::move(given));
}

}  // namespace pinwire::carriers
