#include "common/carriers/reread.hpp"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "common/core/json_reader.hpp"

namespace pinwire::carriers {
namespace {

// What holds an entry, as deep as the names of a JSON pointer say: {"a":{"b":[ENTRY]}}.
std::string wrapped(const std::string& entry, std::string_view pointer) {
    std::string before;
    std::string after;
    while (pointer.starts_with('/')) {
        pointer.remove_prefix(1);
        const auto name = pointer.substr(0, pointer.find('/'));
        pointer.remove_prefix(name.size());
        before += "{" + nlohmann::json(name).dump() + ":";
        after += "}";
    }
    return before + "[" + entry + "]" + after;
}

std::vector<dlr_request> forms_of(
    const carrier& by, const std::string& raw, const std::string& content_type
) {
    std::vector<dlr_request> made;
    if (raw.starts_with('/')) {
        dlr_request asked;
        asked.method = "GET";
        asked.target = raw;
        made.push_back(std::move(asked));
    }
    nlohmann::json value;
    const bool json = !read_json(raw, value) && value.is_structured();
    dlr_request post;
    post.method = "POST";
    post.content_type = content_type;
    if (content_type.empty())
        post.content_type = json ? "application/json" : "application/x-www-form-urlencoded";
    post.body = raw;
    made.push_back(post);
    if (!json || !value.is_object()) return made;
    post.content_type = "application/json";
    const bool is_described = by.config().kind == "http";
    post.body = wrapped(raw, is_described ? by.config().http.dlr.entries : "/results");
    made.push_back(post);
    return made;
}

}  // namespace

dlr_reading read_again(
    const carrier& by, const std::string& raw, const std::string& content_type, channel on
) {
    for (const auto& form : forms_of(by, raw, content_type)) {
        auto read = by.read_dlrs(form, on);
        if (!read.entries.empty()) return read;
    }
    dlr_reading nothing;
    nothing.unreadable.push_back(raw);
    return nothing;
}

}  // namespace pinwire::carriers
