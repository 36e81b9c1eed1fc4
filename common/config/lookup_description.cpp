#include "common/config/lookup_description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "common/config/bindings.hpp"
#include "common/config/rules.hpp"
#include "common/core/json_pointer.hpp"
#include "common/core/text_template.hpp"
#include "common/lookup/registry.hpp"

namespace pinwire::config {

namespace {

using lookup_value = std::pair<std::string, lookup_outcome>;
using header = std::pair<std::string, std::string>;

// A list that is left out when it is empty: only one kind of provider has any of these keys.
binding sparse(binding made) {
    made.write = [write = std::move(made.write)] {
        auto text = write();
        return text == "[]" ? std::string() : text;
    };
    return made;
}

text_rule target_rule() {
    const auto check = [](const std::string& text) -> std::string {
        if (text.empty() || text.front() != '/') return "begins without a slash";
        const auto odd = [](char c) {
            return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
                   c == '#';
        };
        if (text.size() > 2000 || std::any_of(text.begin(), text.end(), odd))
            return "is no path and query";
        return {};
    };
    return {"a path with its query, escaped, below base_url; placeholders", check};
}

text_rule pointer_rule() {
    const auto check = [](const std::string& text) -> std::string {
        return is_json_pointer(text) ? "" : "is no JSON pointer";
    };
    return {"a JSON pointer, \"/result/status\"", check};
}

std::optional<header> parse_header(const std::string& text) {
    const auto colon = text.find(':');
    if (colon == std::string::npos) return std::nullopt;
    header made{text.substr(0, colon), text.substr(colon + 1)};
    const auto begin = made.second.find_first_not_of(' ');
    made.second = begin == std::string::npos ? std::string() : made.second.substr(begin);
    if (!header_name_rule().check(made.first).empty()) return std::nullopt;
    if (!printable_rule(1000).check(made.second).empty()) return std::nullopt;
    // the client writes these itself; content_type has a key of its own
    for (const auto* own : {"Content-Length", "Connection", "Host", "Content-Type"})
        if (!find_header({{made.first, "there"}}, own).empty()) return std::nullopt;
    return made;
}

std::optional<lookup_value> parse_value(const std::string& text) {
    const auto equals = text.rfind('=');
    if (equals == std::string::npos || equals == 0 || equals > 200) return std::nullopt;
    const auto outcome = parse_lookup_outcome(text.substr(equals + 1));
    if (!outcome || *outcome == lookup_outcome::no_provider) return std::nullopt;
    return lookup_value{text.substr(0, equals), *outcome};
}

std::optional<unsigned> parse_status(const std::string& text) {
    unsigned status = 0;
    const auto* end = text.data() + text.size();
    const auto done = std::from_chars(text.data(), end, status);
    const bool good = done.ec == std::errc{} && done.ptr == end && status >= 200 && status <= 499;
    return good ? std::optional(status) : std::nullopt;
}

binding header_list(std::string name, http_headers& target) {
    return sparse(list(
        std::move(name),
        target,
        "headers",
        "\"Name: value\"",
        32,
        parse_header,
        [](const header& one) { return one.first + ": " + one.second; }
    ));
}

binding pointer_list(std::string name, std::vector<std::string>& target) {
    return sparse(list(
        std::move(name),
        target,
        "JSON pointers",
        "\"/result/status\"",
        8,
        [](const std::string& text) {
            return is_json_pointer(text) ? std::optional(text) : std::nullopt;
        },
        [](const std::string& text) { return text; }
    ));
}

// As a map, so that a value has one meaning.
binding value_list(std::string name, std::map<std::string, lookup_outcome>& target) {
    binding made;
    made.name = std::move(name);
    made.type = "list of values";
    made.allowed =
        "\"VALUE=OUTCOME\", OUTCOME one of reachable, absent, invalid, landline, valid_only, "
        "unknown; at most 200";
    made.read = [&target](const node& given, const read_context& c) -> std::string {
        std::vector<lookup_value> read;
        const auto write = [](const lookup_value& one) { return one.first; };
        auto wrong = list("", read, "", "", 200, parse_value, write).read(given, c);
        if (!wrong.empty()) return wrong;
        for (auto& [value, outcome] : read)
            if (!target.emplace(value, outcome).second)
                return in_quotes(value) + " stands there twice";
        return {};
    };
    made.write = [&target] {
        std::string all;
        for (const auto& [value, outcome] : target)
            all += (all.empty() ? "" : ", ") +
                   in_quotes(fmt::format("{}={}", value, to_string(outcome)));
        return all.empty() ? std::string() : "[" + all + "]";
    };
    return made;
}

// What must and what may not stand there, for one provider.
class provider_checker {
public:
    provider_checker(const provider_settings& p, const std::string& at, file_facts& facts)
        : p_(p), d_(p.translator.http), at_(at), facts_(facts) {}

    void run() {
        const auto needs = lookup::needs_of(p_.translator.kind);
        if (!needs.known) return;
        file("api_key_file", p_.api_key_file, needs.key || (needs.described && d_.wants_key()));
        file(
            "api_secret_file",
            p_.api_secret_file,
            needs.secret || (needs.described && d_.wants_secret())
        );
        if (!needs.route) {
            unused("route", !p_.translator.route.empty());
            unused("storage", !p_.translator.storage.empty());
        }
        if (needs.described)
            described();
        else
            unused("http", is_described());
    }

private:
    bool good(const std::string& key) const { return facts_.good(at_ + "." + key); }
    void wrong(const std::string& key, std::string what, std::string allowed = {}) {
        if (!good(key)) return;
        const auto where = at_ + "." + key;
        // what is missing stands on no line of its own: its table's
        if (const auto table = facts_.lines.find(at_); table != facts_.lines.end())
            facts_.lines.emplace(where, table->second);
        facts_.wrong(where, std::move(what), std::move(allowed));
    }
    void file(const std::string& key, const std::filesystem::path& path, bool needed) {
        const auto kind = in_quotes(p_.translator.kind);
        if (needed && path.empty())
            wrong(key, fmt::format("is missing; kind {} needs it", kind));
        else if (!needed)
            unused(key, !path.empty());
    }
    void unused(const std::string& key, bool there) {
        if (!there) return;
        const auto kind = in_quotes(p_.translator.kind);
        wrong(key, fmt::format("is read by nothing in kind {} as it is set up", kind));
    }

    bool is_described() const {
        const lookup::description none;
        return d_.target != none.target || !d_.method.empty() || !d_.headers.empty() ||
               !d_.key_header.empty() || !d_.key_prefix.empty() || !d_.body.empty() ||
               !d_.content_type.empty() || !d_.success_statuses.empty() || !d_.verdict_at.empty() ||
               !d_.values.empty() || !d_.number_at.empty() || !d_.mccmnc_at.empty() ||
               !d_.ported_at.empty() || !d_.roaming_at.empty() || !d_.error_at.empty() ||
               !d_.cost_at.empty();
    }

    void described() {
        const auto needed = [this](const char* key, bool there) {
            if (!there) wrong(key, "is missing; kind \"http\" needs it");
        };
        needed("http.target", !d_.target.empty());
        needed("http.verdict_at", !d_.verdict_at.empty());
        needed("http.values", !d_.values.empty());
        if (!d_.target.empty() && !d_.mentions("{number}") && !d_.mentions("{+number}"))
            wrong(
                "http.target", "says nowhere which number", "{number} or {+number} in it or body"
            );
        placeholders("http.target", d_.target);
        placeholders("http.body", d_.body);
        if (d_.method == "GET" && !d_.body.empty())
            wrong("http.body", "goes with no GET", "method \"POST\"");
        if (d_.body.empty()) unused("http.content_type", !d_.content_type.empty());
        if (d_.key_header.empty()) unused("http.key_prefix", !d_.key_prefix.empty());
    }

    void placeholders(const std::string& key, const std::string& text) {
        const auto parsed = text_template::parse(text, lookup::placeholders());
        if (parsed) return;
        wrong(
            key,
            "holds " + parsed.error() + ", which stands for nothing",
            "{number}, {+number}, {key} or {secret}"
        );
    }

    const provider_settings& p_;
    const lookup::description& d_;
    const std::string& at_;
    file_facts& facts_;
};

}  // namespace

void walk_lookup_description(visitor& v, lookup::description& d) {
    v.key(word("method", d.method, {"GET", "POST"}));
    v.key(text("target", d.target, target_rule()));
    v.key(header_list("headers", d.headers));
    v.key(text("key_header", d.key_header, header_name_rule()));
    v.key(text("key_prefix", d.key_prefix, printable_rule(64)));
    v.key(text("body", d.body));
    v.key(text("content_type", d.content_type, printable_rule(128)));
    v.key(sparse(list(
        "success_statuses",
        d.success_statuses,
        "statuses",
        "200 to 499",
        32,
        parse_status,
        [](unsigned status) { return std::to_string(status); }
    )));
    v.key(pointer_list("verdict_at", d.verdict_at));
    v.key(value_list("values", d.values));
    v.key(text("number_at", d.number_at, pointer_rule()));
    v.key(text("mccmnc_at", d.mccmnc_at, pointer_rule()));
    v.key(text("ported_at", d.ported_at, pointer_rule()));
    v.key(text("roaming_at", d.roaming_at, pointer_rule()));
    v.key(text("error_at", d.error_at, pointer_rule()));
    v.key(text("cost_at", d.cost_at, pointer_rule()));
}

void check_provider_keys(const provider_settings& p, const std::string& at, file_facts& facts) {
    provider_checker(p, at, facts).run();
}

}  // namespace pinwire::config
