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
using carriers::http_pull;
using carriers::http_report_places;
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

binding statuses(std::string name, std::vector<unsigned>& target) {
    const auto parse = [](const std::string& text) -> std::optional<unsigned> {
        if (!is_status(text)) return std::nullopt;
        return static_cast<unsigned>(std::stoul(text));
    };
    const auto write = [](unsigned status) { return std::to_string(status); };
    return list(std::move(name), target, "statuses", "200 to 599", 100, parse, write);
}

text_rule pointer_rule() {
    const auto check = [](const std::string& text) {
        return std::string(is_json_pointer(text) ? "" : "is no JSON pointer");
    };
    return {pointer_text, check, "text"};
}

void walk_template(visitor& v, http_request_template& r, carriers::placeholders known) {
    using kind = http_request_template::body_kind;
    const auto target = [known](const std::string& text) {
        return carriers::target_fault(text, known);
    };
    v.key(text("target", r.target, {"a path with its slash, and a query; placeholders", target}));
    const auto header = [known](const std::string& text) {
        return carriers::header_fault(text, known);
    };
    v.key(texts("headers", r.headers, "headers", {"\"Name: value\"; placeholders", header}));
    v.key(choice_of<kind>(
        "body_type",
        r.kind,
        {{"json", kind::json}, {"form", kind::form}, {"xml", kind::xml}, {"text", kind::text}}
    ));
    v.key(text("content_type", r.content_type, printable_rule(128)));
    v.key(text("body", r.body, {"placeholders", nullptr}));
}

void walk_request(visitor& v, http_request_template& r, channel on) {
    v.key(word("method", r.method, {"POST", "GET", "PUT", "PATCH"}));
    walk_template(v, r, carriers::placeholders_of(on));
}

void walk_answer(visitor& v, http_answer& a) {
    using kind = http_answer::body_kind;
    v.key(choice_of<kind>("body_type", a.kind, {{"json", kind::json}, {"text", kind::text}}));
    v.key(statuses("success_statuses", a.statuses));
    v.key(text("success_pointer", a.success_pointer, pointer_rule()));
    v.key(texts("success_values", a.success_values, "texts", {"", nullptr}));
    v.key(text("success_prefix", a.success_prefix, printable_rule(128)));
    v.key(text("id_pointer", a.id_pointer, pointer_rule()));
    v.key(text("id_after", a.id_after, printable_rule(128)));
    v.key(text("error_pointer", a.error_pointer, pointer_rule()));
    v.key(errors("errors", a.errors));
    v.key(error_statuses("error_statuses", a.error_statuses));
}

void walk_places(visitor& v, http_report_places& p, const text_rule& field) {
    using time = http_report_places::time_kind;
    v.key(text("id", p.id, field));
    v.key(text("reference", p.reference, field));
    v.key(text("to", p.to, field));
    v.key(text("status", p.status, field));
    v.key(text("error", p.error, field));
    v.key(text("done_at", p.done_at, field));
    v.key(choice_of<time>(
        "done_at_as",
        p.done_at_as,
        {{"rfc3339", time::rfc3339},
         {"plain", time::plain},
         {"short", time::short_form},
         {"unix", time::unix_s},
         {"unix_ms", time::unix_ms}}
    ));
}

void walk_dlr(visitor& v, http_dlr& d) {
    using kind = http_dlr::body_kind;
    v.key(choice_of<kind>(
        "body_type", d.kind, {{"json", kind::json}, {"form", kind::form}, {"query", kind::query}}
    ));
    v.key(text("entries", d.entries, pointer_rule()));
    walk_places(v, d, {"a JSON pointer into the entry, or a parameter's name", nullptr});
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

void walk_pull(visitor& v, http_pull& p) {
    v.key(word("method", p.request.method, {"GET", "POST"}));
    walk_template(v, p.request, carriers::placeholders_of_pull());
    v.key(statuses("success_statuses", p.statuses));
    v.key(statuses("missing_statuses", p.missing_statuses));
    v.key(text("entries", p.entries, pointer_rule()));
    walk_places(v, p, pointer_rule());
}

class http_checker {
public:
    http_checker(const carriers::settings& carrier, const std::string& at, file_facts& facts)
        : given_(carrier.http), carrier_at_(at), at_(at + ".http"), facts_(facts) {
        detects_machines_ = carrier.machine_detection;
        asks_for_key_ = carrier.press_key;
        ids_as_written_ = carrier.ids == carriers::settings::id_form::as_is;
        pulled_ = !given_.pull.empty() || !given_.pull.status.empty() ||
                  !facts.good(at_ + ".pull.target");
        const auto& d = given_.dlr;
        const bool tables = !d.statuses.empty() || !d.call_statuses.empty();
        posted_ = !d.id.empty() || !d.reference.empty() || !d.status.empty();
        posted_ = posted_ || (tables && !pulled_);
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
        check_pull();
        return std::move(warnings_);
    }

private:
    void wrong(const std::string& key, std::string what, std::string allowed = {}) {
        if (facts_.good(key)) facts_.wrong(key, std::move(what), std::move(allowed));
    }

    bool good(const std::string& one, const std::string& other) const {
        return facts_.good(one) && facts_.good(other);
    }

    static bool holds(
        const http_request_template& r, carriers::placeholders known, std::string_view name
    ) {
        const auto in = [known, name](const std::string& text) {
            const auto parsed = text_template::parse(text, known);
            return parsed && parsed->holds(name);
        };
        return in(r.target) || in(r.body) || std::any_of(r.headers.begin(), r.headers.end(), in);
    }

    void check_request(const http_request_template& r, channel on, const std::string& at) {
        const auto known = carriers::placeholders_of(on);
        if (!check_template(r, known, at)) return;
        if (!holds(r, known, "to") && !holds(r, known, "to_plus"))
            wrong(at + ".body", "says to nobody", "{to} or {to_plus} in target, headers or body");
        if (!holds(r, known, "text"))
            wrong(at + ".body", "holds no {text}", "{text} in target or body");
        if (on == channel::voice || (pulled_ && !posted_)) return;
        if (!holds(r, known, "dlr_url"))
            warnings_.push_back(facts_.about(
                at + ".body", "holds no {dlr_url}: reports come only where the carrier knows one"
            ));
    }

    // False: there is nothing that could be looked into further.
    bool check_template(
        const http_request_template& r, carriers::placeholders known, const std::string& at
    ) {
        if (r.empty() || !good(at + ".body", at + ".body_type")) return false;
        const auto fault = carriers::body_fault(r, known);
        if (!fault.empty()) {
            wrong(at + ".body", fault, "placeholders " + carriers::placeholders_text(known));
            return false;
        }
        if (!good(at + ".target", at + ".headers")) return false;
        const auto target = text_template::parse(r.target, known);
        for (const char* name : {"text", "secret"})
            if (target && target->holds(name))
                warnings_.push_back(facts_.about(
                    at + ".target",
                    fmt::format("holds {{{}}}: access logs keep URLs", name),
                    "better in a header or the body"
                ));
        return true;
    }

    // A PIN must not be spoken to voicemail just because a setting was never passed on.
    void check_voice() {
        if (given_.voice.empty()) return;
        if (asks_for_key_ && !voice_holds("press_key"))
            wrong(
                carrier_at_ + ".press_key",
                "is true, but the call's template doesn't pass it on",
                "{press_key} in http.voice, or false"
            );
        if (detects_machines_ && !voice_holds("machine_detection"))
            wrong(
                carrier_at_ + ".machine_detection",
                "is true, but the call's template doesn't pass it on",
                "{machine_detection} in http.voice, or false"
            );
    }

    bool voice_holds(std::string_view name) const {
        return holds(given_.voice, carriers::placeholders_of(channel::voice), name);
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
        const bool any = posted_ || pulled_;
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
        if (posted_ && d.status.empty())
            wrong(at + ".status", "is missing", "where the status of a report stands");
        if (any && !given_.sms.empty() && d.statuses.empty())
            wrong(at + ".statuses", "is missing", "what each value of a report means");
        if (any && !given_.voice.empty() && d.call_statuses.empty())
            wrong(at + ".call_statuses", "is missing", "what each value of a call's report means");
        unique_statuses(at + ".statuses", d.statuses);
        unique_statuses(at + ".call_statuses", d.call_statuses);
    }

    // What is asked about must be known on both sides, and so must what tells the entries apart.
    void check_pull() {
        const auto& p = given_.pull;
        const auto at = at_ + ".pull";
        const bool read = !p.status.empty() || !p.id.empty() || !p.reference.empty();
        if (p.empty() && read) wrong(at + ".target", "is missing", "where to ask");
        const auto known = carriers::placeholders_of_pull();
        if (!check_template(p.request, known, at)) return;
        if (p.status.empty())
            wrong(at + ".status", "is missing", "where the status of a message stands");
        if (p.statuses.empty()) wrong(at + ".success_statuses", "is empty", "at least one status");
        for (const auto status : p.missing_statuses)
            if (std::find(p.statuses.begin(), p.statuses.end(), status) != p.statuses.end())
                wrong(at + ".missing_statuses", "stand in success_statuses as well");
        const bool by_id = holds(p.request, known, "id");
        const bool by_reference = holds(p.request, known, "reference");
        if (!by_id && !by_reference) {
            const auto* what = "{id} or {reference} in target, headers or body";
            wrong(at + ".target", "asks about no message", what);
        }
        if (by_id)
            check_id(at + ".target", "holds {id}");
        else if (by_reference)
            check_reference(at + ".target", "holds {reference}");
        if (!by_id && !p.id.empty() && p.reference.empty()) check_id(at + ".id", "is set");
        if (by_id && !p.reference.empty() && p.id.empty())
            check_reference(at + ".reference", "is set");
        if (by_id && !ids_as_written_)
            warnings_.push_back(facts_.about(
                at + ".target", "holds {id}: as id_form made it, not as the carrier wrote it"
            ));
    }

    void check_id(const std::string& key, const char* what) {
        const auto& a = given_.answer;
        const bool told = !a.id_pointer.empty() || !a.id_after.empty() || !given_.dlr.id.empty();
        const bool read = facts_.good(at_ + ".answer.id_pointer");
        if (!told && read)
            wrong(
                key,
                fmt::format("{}, but nothing tells the carrier's id before", what),
                "http.answer.id_pointer or id_after"
            );
    }

    void check_reference(const std::string& key, const char* what) {
        for (const auto on : {channel::sms, channel::voice}) {
            const bool voice = on == channel::voice;
            const auto& sent = voice ? given_.voice : given_.sms;
            const auto at = at_ + (voice ? ".voice" : ".sms");
            if (sent.empty() || holds(sent, carriers::placeholders_of(on), "reference")) continue;
            if (good(at + ".target", at + ".body") && facts_.good(at + ".headers"))
                wrong(
                    key,
                    fmt::format("{}, but the carrier isn't told it", what),
                    fmt::format("{{reference}} in http.{}, or {{id}}", voice ? "voice" : "sms")
                );
        }
    }

    const http_description& given_;
    std::string carrier_at_;
    std::string at_;
    file_facts& facts_;
    bool detects_machines_ = true;
    bool asks_for_key_ = false;
    bool ids_as_written_ = true;
    bool posted_ = false;  // reports are described
    bool pulled_ = false;  // and how to ask for them
    std::vector<mistake> warnings_;
};

}  // namespace

void walk_http_carrier(visitor& v, http_description& h) {
    v.section("sms", [&h](visitor& sub) { walk_request(sub, h.sms, channel::sms); });
    v.section("voice", [&h](visitor& sub) { walk_request(sub, h.voice, channel::voice); });
    v.section("answer", [&h](visitor& sub) { walk_answer(sub, h.answer); });
    v.section("dlr", [&h](visitor& sub) { walk_dlr(sub, h.dlr); });
    v.section("pull", [&h](visitor& sub) { walk_pull(sub, h.pull); });
}

std::vector<mistake> check_http_carrier(
    const carriers::settings& given, const std::string& at, file_facts& facts
) {
    return http_checker(given, at, facts).run();
}

}  // namespace pinwire::config
