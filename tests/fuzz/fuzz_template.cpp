// A template and one value: whatever the value holds, it is read back as it was from where it was
// put, and nothing in it opens a place of its own. The first line is the template, the rest the
// value.
#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "common/core/form.hpp"
#include "common/core/json_reader.hpp"
#include "common/core/text.hpp"
#include "common/core/text_template.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;

void check_escapes(std::string_view value) {
    must(form::parse("a=" + escaped(escaping::form, value))->find("a")[0] == value);
    must(percent_decode(escaped(escaping::target, value)) == value);
    nlohmann::json read;
    must(!read_json('"' + escaped(escaping::json, value) + '"', read));
    if (is_utf8(value)) must(read.get<std::string>() == value);
    for (const char c : escaped(escaping::xml, value))
        must(c != '<' && c != '>' && c != '"' && static_cast<unsigned char>(c) >= 0x20);
    must(is_utf8(escaped(escaping::xml, value)));
    for (const char c : escaped(escaping::header, value))
        must(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static constexpr std::array<std::string_view, 2> known{"to", "text"};
    fuzz::input from(data, size);
    const auto given = from.line();
    const auto value = from.rest();
    check_escapes(value);
    const auto made = text_template::parse(given, known);
    if (!made) {
        must(given.find(made.error()) != std::string_view::npos);
        return 0;
    }
    const auto itself = [](std::string_view name) { return name == "to" ? "{to}" : "{text}"; };
    must(made->fill(escaping::none, itself) == given);
    const auto filled = made->fill(escaping::none, [value](std::string_view) { return value; });
    const bool holds = made->holds("to") || made->holds("text");
    must(holds ? filled.find(value) != std::string::npos : filled == given);
    return 0;
}
