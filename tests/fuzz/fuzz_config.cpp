// Whatever stands in pinwire.toml: named mistakes, or settings that can be printed and loaded again
// to the same. Secrets aren't opened.
#include <algorithm>
#include <cstdint>
#include <string>

#include "common/config/loader.hpp"
#include "tests/fuzz/input.hpp"

namespace {

using namespace pinwire;
using fuzz::must;

config::load_result load(std::string_view text) {
    config::load_options without_secrets;
    without_secrets.read_secrets = false;
    return config::load_text(text, "/nowhere/pinwire.toml", without_secrets);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(reinterpret_cast<const char*>(data), size);
    const auto read = load(text);
    const auto lines = static_cast<unsigned>(std::count(text.begin(), text.end(), '\n')) + 1;
    must(static_cast<bool>(read) == read.mistakes.empty());
    for (const auto& one : read.mistakes)
        must(!one.what.empty() && one.line <= lines);
    if (!read) return 0;
    const auto printed = config::print_settings(*read.settings);
    const auto again = load(printed);
    must(static_cast<bool>(again));
    must(config::print_settings(*again.settings) == printed);
    return 0;
}
