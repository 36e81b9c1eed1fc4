#include <toml++/toml.h>
#include <algorithm>

#include "common/config/node.hpp"

namespace pinwire::config {

namespace {

node convert(const toml::node& given);

void convert_table(const toml::table& given, node& made) {
    made.what = node::kind::table;
    for (const auto& [name, value] : given)
        made.members.push_back(member{std::string(name.str()), convert(value)});
    std::stable_sort(
        made.members.begin(),
        made.members.end(),
        [](const member& left, const member& right) { return left.value.line < right.value.line; }
    );
}

node convert(const toml::node& given) {
    node made;
    made.line = given.source().begin.line;
    if (const auto* table = given.as_table()) {
        convert_table(*table, made);
    } else if (const auto* array = given.as_array()) {
        made.what = node::kind::array;
        for (const auto& item : *array)
            made.items.push_back(convert(item));
    } else if (const auto* text = given.as_string()) {
        made.what = node::kind::text;
        made.text = text->get();
    } else if (const auto* integer = given.as_integer()) {
        made.what = node::kind::integer;
        made.integer = integer->get();
    } else if (const auto* real = given.as_floating_point()) {
        made.what = node::kind::real;
        made.real = real->get();
    } else if (const auto* flag = given.as_boolean()) {
        made.what = node::kind::flag;
        made.flag = flag->get();
    } else {
        made.what = node::kind::other;
    }
    return made;
}

}  // namespace

const node* node::find(std::string_view name) const {
    for (const auto& member : members)
        if (member.name == name) return &member.value;
    return nullptr;
}

std::string_view to_string(node::kind what) {
    switch (what) {
        case node::kind::table:
            return "a table";
        case node::kind::array:
            return "a list";
        case node::kind::text:
            return "text";
        case node::kind::integer:
            return "an integer";
        case node::kind::real:
            return "a fraction";
        case node::kind::flag:
            return "true or false";
        case node::kind::other:
            break;
    }
    return "a date or time";
}

node parse_toml(std::string_view text) {
    try {
        const auto table = toml::parse(text);
        node root;
        convert_table(table, root);
        root.line = 1;
        return root;
    } catch (const toml::parse_error& error) {
        throw toml_error{error.source().begin.line, std::string(error.description())};
    }
}

}  // namespace pinwire::config
