// As much of JSON Schema as our own report and event schemas use: $ref to $defs, type, const, enum,
// pattern, required, properties, additionalProperties: false, items, minItems, maxItems, minimum.
// Another keyword is a fault of the schema, so that nothing is written there that no test checks.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace pinwire::schema_check {

using nlohmann::json;

// Each reference replaced by what it names.
inline json resolved(const json& schema, const json& root) {
    if (schema.is_object() && schema.contains("$ref"))
        return root.at(json::json_pointer(schema.at("$ref").get<std::string>().substr(1)));
    json made = schema;
    if (made.is_object() || made.is_array())
        for (auto& member : made)
            member = resolved(json(member), root);
    return made;
}

inline json read(const std::string& name) {
    std::ifstream file(std::string(PINWIRE_SOURCE_DIR) + "/docs/schemas/" + name + ".schema.json");
    const auto whole = json::parse(file);
    auto made = resolved(whole, whole);
    made.erase("$defs");
    return made;
}

inline bool is_type(const json& value, const std::string& type) {
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == value.type_name();
}

inline bool has_type(const json& value, const json& types) {
    if (types.is_string()) return is_type(value, types.get<std::string>());
    for (const json& type : types)
        if (is_type(value, type.get<std::string>())) return true;
    return false;
}

inline std::string fault_of(const json& schema, const json& value, const std::string& at = "$");

inline std::string fault_of_object(const json& schema, const json& value, const std::string& at) {
    for (const json& name : schema.value("required", json::array()))
        if (!value.contains(name.get<std::string>())) return at + " lacks " + name.dump();
    const json properties = schema.value("properties", json::object());
    for (const auto& [name, member] : value.items()) {
        if (!properties.contains(name)) return at + " has an unknown " + name;
        const auto fault = fault_of(properties[name], member, at + "." + name);
        if (!fault.empty()) return fault;
    }
    return "";
}

inline std::string fault_of_array(const json& schema, const json& value, const std::string& at) {
    if (value.size() < schema.value("minItems", std::size_t(0))) return at + " is too short";
    if (value.size() > schema.value("maxItems", value.size())) return at + " is too long";
    for (const json& item : value) {
        const auto fault = fault_of(schema.at("items"), item, at + "[]");
        if (!fault.empty()) return fault;
    }
    return "";
}

inline std::string fault_of(const json& schema, const json& value, const std::string& at) {
    static const std::set<std::string> known = {
        "$schema",
        "$id",
        "title",
        "description",
        "type",
        "const",
        "enum",
        "pattern",
        "required",
        "properties",
        "items",
        "minItems",
        "maxItems",
        "additionalProperties",
        "minimum",
        "examples",
        "format"};
    for (const auto& [keyword, unused] : schema.items())
        if (!known.contains(keyword)) return at + ": unchecked keyword " + keyword;
    if (schema.contains("type") && !has_type(value, schema["type"]))
        return at + " has another type";
    if (schema.contains("const") && value != schema["const"]) return at + " has another value";
    if (schema.contains("enum")) {
        const json& allowed = schema["enum"];
        if (std::find(allowed.begin(), allowed.end(), value) == allowed.end())
            return at + " is not in the list: " + value.dump();
    }
    if (schema.contains("pattern") && value.is_string() &&
        !std::regex_search(
            value.get<std::string>(), std::regex(schema["pattern"].get<std::string>())
        ))
        return at + " doesn't fit its pattern";
    if (schema.contains("minimum") && value.is_number() && value < schema["minimum"])
        return at + " is too small";
    if (value.is_object()) return fault_of_object(schema, value, at);
    if (value.is_array()) return fault_of_array(schema, value, at);
    return "";
}

}  // namespace pinwire::schema_check
