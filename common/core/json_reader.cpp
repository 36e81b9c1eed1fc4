#include "common/core/json_reader.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

namespace pinwire {
namespace {

using nlohmann::json;

// Builds the value itself, because the library's own builder looks at neither keys nor depth.
class builder : public nlohmann::json_sax<json> {
public:
    explicit builder(json& root) : root_(root) {}

    bool null() override { return put(json(nullptr)); }
    bool boolean(bool value) override { return put(json(value)); }
    bool number_integer(number_integer_t value) override { return put(json(value)); }
    bool number_unsigned(number_unsigned_t value) override { return put(json(value)); }
    bool number_float(number_float_t value, const string_t&) override { return put(json(value)); }
    bool string(string_t& value) override { return put(json(std::move(value))); }
    bool binary(binary_t&) override { return false; }

    bool start_object(std::size_t) override { return open(json::object()); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(json::array()); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        if (open_.back()->contains(name)) return fail(json_fault::duplicate_key);
        key_ = std::move(name);
        return true;
    }

    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

    json_fault fault() const { return fault_; }

private:
    bool fail(json_fault fault) {
        fault_ = fault;
        return false;
    }

    json* place(json&& value) {
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        json& parent = *open_.back();
        if (parent.is_array()) {
            parent.push_back(std::move(value));
            return &parent.back();
        }
        json& member = parent[key_];
        member = std::move(value);
        return &member;
    }

    bool put(json&& value) {
        place(std::move(value));
        return true;
    }

    bool open(json&& container) {
        if (open_.size() >= json_depth_max) return fail(json_fault::too_deep);
        open_.push_back(place(std::move(container)));
        return true;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    json& root_;
    std::vector<json*> open_;  // innermost last; a parent grows only while it is the innermost
    std::string key_;
    json_fault fault_ = json_fault::not_json;
};

}  // namespace

std::string_view to_string(json_fault fault) {
    switch (fault) {
        case json_fault::not_json:
            return "not_json";
        case json_fault::duplicate_key:
            return "duplicate_key";
        case json_fault::too_deep:
            return "too_deep";
    }
    return "?";
}

std::optional<json_fault> read_json(std::string_view bytes, json& into) {
    into = nullptr;
    builder sink(into);
    if (json::sax_parse(bytes, &sink)) return std::nullopt;
    into = nullptr;
    return sink.fault();
}

std::optional<std::int64_t> integer_of(const json& value, std::int64_t least, std::int64_t most) {
    if (!value.is_number_integer()) return std::nullopt;
    if (value.is_number_unsigned()) {
        const auto number = value.get<std::uint64_t>();
        if (number > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
    }
    const auto number = value.get<std::int64_t>();
    if (number < least || number > most) return std::nullopt;
    return number;
}

}  // namespace pinwire
