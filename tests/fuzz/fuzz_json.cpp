// JSON from strangers and places in it: what our reader takes, the library reads to the same value;
// what a pointer finds is what the library finds there. The first line is the pointer.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "common/core/json_pointer.hpp"
#include "common/core/json_reader.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;
using nlohmann::json;

int depth_of(const json& value) {
    int deepest = 0;
    if (value.is_structured())
        for (const auto& member : value)
            deepest = std::max(deepest, depth_of(member));
    return value.is_structured() ? deepest + 1 : 0;
}

// Null: nothing, by the library's own word.
const json* found_by_library(const json& value, const std::string& pointer) {
    try {
        return &value.at(json::json_pointer(pointer));
    } catch (const json::exception&) {
        return nullptr;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::input from(data, size);
    const std::string pointer(from.line());
    json read;
    if (read_json(from.rest(), read)) {
        must(read.is_null());
        return 0;
    }
    must(depth_of(read) <= json_depth_max);
    must(read == json::parse(from.rest()));
    if (const auto number = integer_of(read, -5, 1'000'000'000'000))
        must(read.is_number_integer() && *number >= -5 && *number <= 1'000'000'000'000);
    const auto* found = at_pointer(read, pointer);
    if (!is_json_pointer(pointer)) must(found == nullptr);
    must(found == found_by_library(read, pointer));
    if (!scalar_at(read, pointer).empty()) must(found != nullptr && found->is_primitive());
    return 0;
}
