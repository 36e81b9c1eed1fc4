#include "common/config/http_carrier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "common/config/bindings.hpp"
#include "common/config/rules.hpp"
#include "common/core/json_pointer.hpp"
#include "common/core/text_template.hpp"

namespace pinwire::config {

namespace {

using carriers::http_answer;
using carriers::http_description;
using carriers::http_dlr;
using carriers::http_error;
using carriers::http_request_template;
using carriers::verdict;

constexpr std::size_t rows_max = 500;
constexpr const char* pointer_text = "a JSON pointer: \"/messages/0/id\"";

struct class_word {
    std::string_view word;
    carriers::verdict verdict;
    bool duplicate;
};

constexpr auto class_words = std::to_array<class_word>({
    {"sent", verdict::sent, false},
    {"duplicate", verdict::sent, true},
    {"next", verdict::not_sent_next, false},
    {"later", verdict::not_sent_later, false},
    {"final", verdict::not_sent_final, false},
    {"in_doubt", verdict::in_doubt, false},
});
constexpr const char* classes_text = "sent, duplicate, next, later, final, in_doubt";

// "VALUE=WORD", split at the last sign: a value may hold one.
std::optional<std::pair<std::string, std::string>> split(const std::string& text) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0) return std::nullopt;
    return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

std::optional<http_error> error_of(const std::string& text) {
    const auto parts = split(text);
    if (!parts) return std::nullopt;
    for (const class_word& one : class_words)
        if (one.word == parts->second) return http_error{parts->first, one.verdict, one.duplicate};
    return std::nullopt;
}

std::string text_of(const http_error& given) {
    for (const class_word& one : class_words)
        if (one.verdict == given.verdict && one.duplicate == given.duplicate)
            return fmt::format("{}={}", given.value, one.word);
    return {};
}

bool is_status(const std::string& text) {
    return is_digits(text, 3) && text.size() == 3 && text >= "200" && text <= "599";
}

binding errors(std::string name, std::vector<http_error>& target) {
    return list(
        std::move(name),
        target,
        "classes",
        fmt::format("\"VALUE=CLASS\", CLASS one of {}", classes_text),
        rows_max,
        error_of,
        text_of
    );
}

binding error_statuses(std::string name, std::vector<http_error>& target) {
    const auto parse = [](const std::string& text) {
        auto made = error_of(text);
        return made && is_status(made->value) ? made : std::nullopt;
    };
    return list(
        std::move(name),
        target,
        "classes",
        fmt::format("\"STATUS=CLASS\", STATUS 200 to 599, CLASS one of {}", classes_text),
        rows_max,
        parse,
        text_of
    );
}

template <class Status, class Parse>
binding status_table(
    std::string name,
    std::vector<std::pair<std::string, Status>>& target,
    std::string allowed,
    Parse parse_word
) {
    const auto parse = [parse_word](const std::string& text) {
        std::optional<std::pair<std::string, Status>> made;
        const auto parts = split(text);
        if (!parts) return made;
        if (const auto status = parse_word(parts->second)) made.emplace(parts->first, *status);
        return made;
    };
    const auto write = [](const std::pair<std::string, Status>& one) {
        return fmt::format("{}={}", one.first, to_string(one.second));
    };
    return list(std::move(name), target, "statuses", std::move(allowed), rows_max, parse, write);
}

binding texts(
    std::string name, std::vector<std::string>& target, std::string type, text_rule rule
) {
    auto put = [&target, check = std::move(rule.check)](const std::string& text) {
        auto wrong = check ? check(text) : std::string();
        if (wrong.empty()) target.push_back(text);
        return wrong;
    };
    return text_list(
        std::move(name),
        std::move(type),
        std::move(rule.allowed),
        100,
        [&target] { target.clear(); },
        std::move(put),
        [&target] { return target; }
    );
}

text_rule pointer_rule() {
    const auto check = [](const std::string& text) {
        return std::string(is_json_pointer(text) ? "" : "is no JSON pointer");
    };
    return {pointer_text, check, "text"};
}

void walk_request(visitor& v, http_request_template& r, channel on) {
    using kind = http_request_template::body_kind;
    v.key(word("method", r.method, {"POST", "GET", "PUT", "PATCH"}));
    const auto target = [on](const std::string& text) { return carriers::target_fault(text, on); };
    v.key(text("target", r.target, {"a path with its slash, and a query; placeholders", target}));
    const auto header = [on](const std::string& text) { return carriers::header_fault(text, on); };
    v.key(texts("headers", r.headers, "headers", {"\"Name: value\"; placeholders", header}));
    v.key(choice_of<kind>(
        "body_type",
        r.kind,
        {{"json", kind::json}, {"form", kind::form}, {"xml", kind::xml}, {"text", kind::text}}
    ));
    v.key(text("content_type", r.content_type, printable_rule(128)));
    v.key(text("body", r.body, {"placeholders", nullptr}));
}

void walk_answer(visitor& v, http_answer& a) {
    using kind = http_answer::body_kind;
    v.key(choice_of<kind>("body_type", a.kind, {{"json", kind::json}, {"text", kind::text}}));
    v.key(list(
        "success_statuses",
        a.statuses,
        "statuses",
        "200 to 599",
        100,
        [](const std::string& text) -> std::optional<unsigned> {
            if (!is_status(text)) return std::nullopt;
            return static_cast<unsigned>(std::stoul(text));
        },
        [](unsigned status) { return std::to_string(status); }
    ));
    v.key(text("success_pointer", a.success_pointer, pointer_rule()));
    v.key(texts("success_values", a.success_values, "texts", {"", nullptr}));
    v.key(text("success_prefix", a.success_prefix, printable_rule(128)));
    v.key(text("id_pointer", a.id_pointer, pointer_rule()));
    v.key(text("id_after", a.id_after, printable_rule(128)));
    v.key(text("error_pointer", a.error_pointer, pointer_rule()));
    v.key(errors("errors", a.errors));
    v.key(error_statuses("error_statuses", a.error_statuses));
}

void walk_dlr(visitor& v, http_dlr& d) {
    using kind = http_dlr::body_kind;
    using time = http_dlr::time_kind;
    const text_rule field{"a JSON pointer into the entry, or a parameter's name", nullptr};
    v.key(choice_of<kind>(
        "body_type", d.kind, {{"json", kind::json}, {"form", kind::form}, {"query", kind::query}}
    ));
    v.key(text("entries", d.entries, pointer_rule()));
    v.key(text("id", d.id, field));
    v.key(text("reference", d.reference, field));
    v.key(text("to", d.to, field));
    v.key(text("status", d.status, field));
    v.key(text("error", d.error, field));
    v.key(text("done_at", d.done_at, field));
    v.key(choice_of<time>(
        "done_at_as",
        d.done_at_as,
        {{"rfc3339", time::rfc3339},
         {"plain", time::plain},
         {"short", time::short_form},
         {"unix", time::unix_s},
         {"unix_ms", time::unix_ms}}
    ));
    v.key(status_table(
        "statuses",
        d.statuses,
        "\"VALUE=STATUS\", STATUS one of ACCEPTD, ENROUTE, UNKNOWN, EXPIRED, DELETED, UNDELIV, "
        "REJECTD, DELIVRD",
        parse_dlr_status
    ));
    v.key(status_table(
        "call_statuses",
        d.call_statuses,
        "\"VALUE=STATUS\", STATUS a callStatus: PROCESSING, PROCESSED, ANSWERED_MACHINE, "
        "ERROR_USER_BUSY ...",
        parse_call_status
    ));
    v.key(integer("ack_status", d.ack_status, 200, 299));
    v.key(text("ack_content_type", d.ack_content_type, printable_rule(128)));
    v.key(text("ack_body", d.ack_body));
}

class http_checker {
public:
    http_checker(const carriers::settings& carrier, const std::string& at, file_facts& facts)
        : given_(carrier.http), carrier_at_(at), at_(at + ".http"), facts_(facts) {
        detects_machines_ = carrier.machine_detection;
        asks_for_key_ = carrier.press_key;
    }

    std::vector<mistake> run() {
        if (given_.sms.empty() && given_.voice.empty() && facts_.good(at_ + ".sms.target") &&
            facts_.good(at_ + ".voice.target"))
            facts_.wrong(
                at_, "describes neither an SMS nor a call", at_ + ".sms, " + at_ + ".voice"
            );
        check_request(given_.sms, channel::sms, at_ + ".sms");
        check_request(given_.voice, channel::voice, at_ + ".voice");
        check_voice();
        check_answer();
        check_dlr();
        return std::move(warnings_);
    }

private:
    void wrong(const std::string& key, std::string what, std::string allowed = {}) {
        if (facts_.good(key)) facts_.wrong(key, std::move(what), std::move(allowed));
    }

    bool good(const std::string& one, const std::string& other) const {
        return facts_.good(one) && facts_.good(other);
    }

    static bool holds(const http_request_template& r, channel on, std::string_view name) {
        const auto in = [on, name](const std::string& text) {
            const auto parsed = text_template::parse(text, carriers::placeholders_of(on));
            return parsed && parsed->holds(name);
        };
        return in(r.target) || in(r.body) || std::any_of(r.headers.begin(), r.headers.end(), in);
    }

    void check_request(const http_request_template& r, channel on, const std::string& at) {
        if (r.empty() || !good(at + ".body", at + ".body_type")) return;
        const auto fault = carriers::body_fault(r, on);
        if (!fault.empty()) {
            wrong(at + ".body", fault, "placeholders " + carriers::placeholders_text(on));
            return;
        }
        if (!good(at + ".target", at + ".headers")) return;
        if (!holds(r, on, "to") && !holds(r, on, "to_plus"))
            wrong(at + ".body", "says to nobody", "{to} or {to_plus} in target, headers or body");
        if (!holds(r, on, "text"))
            wrong(at + ".body", "holds no {text}", "{text} in target or body");
        const auto target = text_template::parse(r.target, carriers::placeholders_of(on));
        for (const char* name : {"text", "secret"})
            if (target && target->holds(name))
                warnings_.push_back(facts_.about(
                    at + ".target",
                    fmt::format("holds {{{}}}: access logs keep URLs", name),
                    "better in a header or the body"
                ));
        if (on == channel::voice) return;
        if (!holds(r, on, "dlr_url"))
            warnings_.push_back(facts_.about(
                at + ".body", "holds no {dlr_url}: reports come only where the carrier knows one"
            ));
    }

    // A PIN must not be spoken to voicemail just because a setting was never passed on.
    void check_voice() {
        if (given_.voice.empty()) return;
        if (asks_for_key_ && !holds(given_.voice, channel::voice, "press_key"))
            wrong(
                carrier_at_ + ".press_key",
                "is true, but the call's template doesn't pass it on",
                "{press_key} in http.voice, or false"
            );
        if (detects_machines_ && !holds(given_.voice, channel::voice, "machine_detection"))
            wrong(
                carrier_at_ + ".machine_detection",
                "is true, but the call's template doesn't pass it on",
                "{machine_detection} in http.voice, or false"
            );
    }

    void check_answer() {
        const auto& a = given_.answer;
        const auto at = at_ + ".answer";
        const bool json = a.kind == http_answer::body_kind::json;
        const auto only = [&](const char* key, bool present, bool fits, const char* type) {
            if (present && !fits)
                wrong(at + "." + key, fmt::format("is only for body_type \"{}\"", type));
        };
        only("success_pointer", !a.success_pointer.empty(), json, "json");
        only("success_values", !a.success_values.empty(), json, "json");
        only("id_pointer", !a.id_pointer.empty(), json, "json");
        only("error_pointer", !a.error_pointer.empty(), json, "json");
        only("success_prefix", !a.success_prefix.empty(), !json, "text");
        only("id_after", !a.id_after.empty(), !json, "text");
        if (a.statuses.empty()) wrong(at + ".success_statuses", "is empty", "at least one status");
        const bool no_pointer = a.success_pointer.empty() && facts_.good(at + ".success_pointer");
        if (!a.success_values.empty() && no_pointer)
            wrong(at + ".success_values", "needs success_pointer as well");
        const bool both_read = good(at + ".errors", at + ".error_pointer");
        if (json && both_read && a.errors.empty() != a.error_pointer.empty()) {
            const bool lone_table = a.error_pointer.empty();
            wrong(
                at + (lone_table ? ".errors" : ".error_pointer"),
                lone_table ? "needs error_pointer as well" : "needs errors as well"
            );
        }
        unique(at + ".errors", a.errors);
        unique(at + ".error_statuses", a.error_statuses);
    }

    void unique(const std::string& key, const std::vector<http_error>& table) {
        std::set<std::string> seen;
        for (const http_error& one : table)
            if (!seen.insert(one.value).second)
                wrong(key, in_quotes(one.value) + " stands twice", "each value once");
    }

    template <class Table>
    void unique_statuses(const std::string& key, const Table& table) {
        std::set<std::string> seen;
        for (const auto& [value, status] : table)
            if (!seen.insert(value).second)
                wrong(key, in_quotes(value) + " stands twice", "each value once");
    }

    void check_dlr() {
        const auto& d = given_.dlr;
        const auto at = at_ + ".dlr";
        const bool json = d.kind == http_dlr::body_kind::json;
        const bool any = !d.id.empty() || !d.reference.empty() || !d.status.empty() ||
                         !d.statuses.empty() || !d.call_statuses.empty();
        if (!json && !d.entries.empty()) wrong(at + ".entries", "is only for body_type \"json\"");
        const std::pair<const char*, const std::string*> fields[] = {
            {"id", &d.id},
            {"reference", &d.reference},
            {"to", &d.to},
            {"status", &d.status},
            {"error", &d.error},
            {"done_at", &d.done_at},
        };
        for (const auto& [name, place] : fields)
            if (json && !is_json_pointer(*place))
                wrong(at + "." + name, "is no JSON pointer", pointer_text);
        if (!any && facts_.good(at + ".statuses") && facts_.good(at + ".call_statuses"))
            warnings_.push_back(facts_.about(at, "describes no reports: delivery stays unknown"));
        if (any && d.status.empty())
            wrong(at + ".status", "is missing", "where the status of a report stands");
        if (any && !given_.sms.empty() && d.statuses.empty())
            wrong(at + ".statuses", "is missing", "what each value of a report means");
        if (any && !given_.voice.empty() && d.call_statuses.empty())
            wrong(at + ".call_statuses", "is missing", "what each value of a call's report means");
        unique_statuses(at + ".statuses", d.statuses);
        unique_statuses(at + ".call_statuses", d.call_statuses);
    }

    const http_description& given_;
    std::string carrier_at_;
    std::string at_;
    file_facts& facts_;
    bool detects_machines_ = true;
    bool asks_for_key_ = false;
    std::vector<mistake> warnings_;
};

}  // namespace

void walk_http_carrier(visitor& v, http_description& h) {
    v.section("sms", [&h](visitor& sub) { walk_request(sub, h.sms, channel::sms); });
    v.section("voice", [&h](visitor& sub) { walk_request(sub, h.voice, channel::voice); });
    v.section("answer", [&h](visitor& sub) { walk_answer(sub, h.answer); });
    v.section("dlr", [&h](visitor& sub) { walk_dlr(sub, h.dlr); });
}

std::vector<mistake> check_http_carrier(
    const carriers::settings& given, const std::string& at, file_facts& facts
) {
    return http_checker(given, at, facts).run();
}

}  // namespace pinwire::config
