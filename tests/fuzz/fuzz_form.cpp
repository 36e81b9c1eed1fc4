// Forms, queries and percent-encoding as strangers write them: bounded, and what was read can be
// written and read again to the same.
#include <cstdint>
#include <string>

#include "common/core/base_path.hpp"
#include "common/core/form.hpp"
#include "tests/fuzz/input.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace pinwire;
    using fuzz::must;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    must(percent_decode(percent_encode(text)) == text);
    if (const auto plain = percent_decode(text))
        must(percent_decode(percent_encode(*plain)) == plain);
    must(path_of(text).size() + query_of(text).size() <= text.size());
    must(!base_path(text).ends_with('/'));
    const auto read = form::parse(text);
    if (!read) return 0;
    must(read->all().size() <= form_parameters_max);
    const auto again = form::parse(read->encode());
    must(again && again->all() == read->all());
    for (const auto& [name, value] : read->all())
        must(read->find(name) != nullptr);
    return 0;
}
