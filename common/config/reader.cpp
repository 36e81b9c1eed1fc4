#include "common/config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "common/config/bindings.hpp"
#include "common/config/rules.hpp"
#include "common/config/suggestion.hpp"

namespace pinwire::config {

namespace {

const node nothing;

// Names of strangers (unknown keys) as they may be shown: short, printable.
std::string shown(std::string_view name) {
    return is_name(name) ? std::string(name) : in_quotes(name.substr(0, 60));
}

}  // namespace

mistake file_facts::about(const std::string& key, std::string what, std::string allowed) const {
    const auto found = lines.find(key);
    return {
        file, found == lines.end() ? 0 : found->second, key, std::move(what), std::move(allowed)};
}

void file_facts::wrong(const std::string& key, std::string what, std::string allowed) {
    mistakes.push_back(about(key, std::move(what), std::move(allowed)));
}

bool file_facts::good(const std::string& key) const {
    return std::none_of(mistakes.begin(), mistakes.end(), [&key](const mistake& m) {
        return m.key == key;
    });
}

reader::reader(
    const node& table, std::string prefix, const read_context& context, file_facts& facts
)
    : table_(table), prefix_(std::move(prefix)), context_(context), facts_(facts) {}

std::string reader::path(const std::string& name) const {
    return prefix_.empty() ? name : prefix_ + "." + name;
}

void reader::key(binding given) {
    known_.push_back(given.name);
    const auto where = path(given.name);
    const auto* found = table_.find(given.name);
    if (!found) {
        if (!given.required) return;
        auto missing = facts_.about(where, "is missing", given.allowed);
        missing.line = table_.line;
        facts_.mistakes.push_back(std::move(missing));
        return;
    }
    facts_.lines[where] = found->line;
    auto wrong = given.read(*found, context_);
    if (!wrong.empty()) facts_.wrong(where, std::move(wrong), given.allowed);
}

const node& reader::table_of(const std::string& name) {
    known_.push_back(name);
    const auto* found = table_.find(name);
    if (!found) return nothing;
    facts_.lines[path(name)] = found->line;
    if (found->what == node::kind::table) return *found;
    facts_.wrong(path(name), fmt::format("is {}", to_string(found->what)), "a table");
    return nothing;
}

void reader::section(const std::string& name, const body& walk_it) {
    reader inner(table_of(name), path(name), context_, facts_);
    walk_it(inner);
    inner.refuse_unknown();
}

void reader::named(
    const std::string& name, const std::vector<std::string>&, const named_body& walk_it
) {
    for (const auto& [one, value] : table_of(name).members) {
        const auto where = path(name) + "." + shown(one);
        facts_.lines[where] = value.line;
        if (!is_name(one)) {
            facts_.wrong(where, "is no name", "1 to 40 of letters, digits, - and _");
        } else if (value.what != node::kind::table) {
            facts_.wrong(where, fmt::format("is {}", to_string(value.what)), "a table");
        } else {
            reader inner(value, where, context_, facts_);
            walk_it(one, inner);
            inner.refuse_unknown();
        }
    }
}

void reader::refuse_unknown() {
    for (const auto& [name, value] : table_.members) {
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        const auto where = path(shown(name));
        facts_.lines[where] = value.line;
        std::string what = "is unknown";
        const auto meant = nearest(name, known_);
        if (!meant.empty()) what += fmt::format("; did you mean {}?", meant);
        std::string allowed;
        for (const auto& one : known_)
            allowed += (allowed.empty() ? "" : ", ") + one;
        facts_.wrong(where, std::move(what), allowed.empty() ? "nothing yet" : allowed);
    }
}

}  // namespace pinwire::config
